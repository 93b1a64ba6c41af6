import { assertEquals, assertGreater, assertRejects } from "@std/assert";
import { DeviceUnavailableError } from "./device.ts";
import { type DeviceEntry, DEVICES } from "./registry.ts";
import { testContract } from "./testing/contract.ts";

/** Devices that need nothing but the project. */
const PARTS = ["host", "onnxruntime"];

/** What a device lacks here. */
async function lacks({ id, open }: DeviceEntry): Promise<readonly string[]> {
  await using device = await open();
  const { available, missing } = await device.probe();
  return available || PARTS.includes(id) ? [] : missing;
}

// Kinds of devices that have to be named, such as "ssh:", are held to it by tests of their own.
for (const entry of DEVICES.filter(({ id }) => !id.endsWith(":"))) {
  const { id, runs, open } = entry, missing = await lacks(entry);
  // Of engines it is told here what is missing; emulators and the like are part of this project, so
  // their tests are skipped visibly.
  if (runs === "plan" || missing.length === 0) {
    testContract({ ...entry, missing: missing.join("; ") });
    continue;
  }
  Deno.test(`${id}, which is not available here, says what is missing and loads nothing`, async () => {
    await using device = await open();
    assertGreater(missing.length, 0);
    const error = await assertRejects(
      () => device.load({ kind: "onnx", path: "no/such.onnx" }, { threads: 1 }),
      DeviceUnavailableError,
    );
    assertEquals(error.missing, missing);
  });
}
