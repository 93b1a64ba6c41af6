import { assertEquals, assertGreater, assertRejects } from "@std/assert";
import { DeviceUnavailableError } from "./device.ts";
import { DEVICES, openDevice } from "./registry.ts";
import { testContract } from "./testing/contract.ts";

/** Devices that need nothing but the project. */
const PARTS = ["host", "onnxruntime"];

/** Which device stands for a kind of them; other kinds are held to the contract by tests of their own. */
const EXAMPLES: Readonly<Record<string, string>> = {
  "opencl:": "opencl:0:untuned",
  "coexec:": "coexec:0:untuned",
};

/** What a device lacks here. */
async function lacks(id: string): Promise<readonly string[]> {
  await using device = await openDevice(id);
  const { available, missing } = await device.probe();
  return available || PARTS.includes(id) ? [] : missing;
}

for (const { id: listed, runs } of DEVICES) {
  const id = EXAMPLES[listed] ?? listed, open = () => openDevice(id);
  if (id.endsWith(":")) continue;
  const missing = await lacks(id);
  // Of engines it is told here what is missing; emulators and the like are part of this project, so
  // their tests are skipped visibly.
  if (runs === "plan" || missing.length === 0) {
    testContract({ id, runs, open, missing: missing.join("; ") });
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
