import { type DeviceEntry, DEVICES } from "./registry.ts";
import { testContract } from "./testing/contract.ts";

/** What an emulated device lacks here, without which its tests are skipped; others must be here. */
async function lacks({ open }: DeviceEntry): Promise<string> {
  await using device = await open();
  return device.timebase === "emulated" ? (await device.probe()).missing.join("; ") : "";
}

// Kinds of devices that have to be named, such as "ssh:", are held to it by tests of their own.
for (const entry of DEVICES.filter(({ id }) => !id.endsWith(":"))) {
  testContract({ ...entry, missing: await lacks(entry) });
}
