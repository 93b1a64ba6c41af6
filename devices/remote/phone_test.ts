/**
 * Phones, end to end: a pretended phone behind a pretended adb server, on which the AArch64 runner
 * runs under an emulator.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { randomInputs, smallNet } from "../../graph/testing.ts";
import { lower } from "../../kernels/plan/lower.ts";
import { writePlan } from "../../kernels/plan/write.ts";
import { findExecutable } from "../../kernels/testing/executable.ts";
import type { Program } from "../device.ts";
import { testContract } from "../testing/contract.ts";
import { openAdbDevice } from "./open.ts";
import { eventually, MachineRoot } from "./testing/machine_root.ts";
import { Phone } from "./testing/phone.ts";
import { BATTERY, THERMAL_SERVICE } from "./testing/recorded.ts";

const found = await findExecutable("aarch64-linux", { emulator: "qemu-aarch64" });
const reason = "missing" in found ? `: ${found.missing}` : "";
const needs = `qemu-user and gcc-aarch64-linux-gnu${reason}`;
const FOREVER = { warmupCalls: 0, warmupMs: 1e8, samples: 1 };

let root: MachineRoot, phone: Phone;
Deno.test.beforeAll(async () => {
  root = await MachineRoot.make({
    arch: "aarch64",
    android: { battery: BATTERY, thermal: THERMAL_SERVICE },
  });
  phone = new Phone(root, "PHONE1");
});
Deno.test.afterAll(async () => {
  await phone[Symbol.asyncDispose]();
  await root[Symbol.asyncDispose]();
});

const open = () => openAdbDevice({ argument: "PHONE1", server: phone.address });

function test(name: string, fn: (program: Program) => Promise<void>): void {
  Deno.test({
    name: `${name} (needs ${needs})`,
    ignore: "missing" in found,
    async fn() {
      const path = await Deno.makeTempFile({ suffix: ".plan" });
      try {
        await writePlan(lower(smallNet(2)), path);
        await fn({ kind: "plan", path });
      } finally {
        await Deno.remove(path);
      }
    },
  });
}

testContract({ id: "adb:PHONE1", runs: "plan", open, missing: reason && needs });

test("a phone tells what it is, and marks what it measured while Android slowed it down", async (program) => {
  await using device = await open();
  const { name, facts } = await device.probe();
  assertEquals([name, facts.android], ["Pretended Phone, SM0000", "12"]);
  await using session = await device.load(program, { threads: 1 });
  await session.run(randomInputs(smallNet(2)));
  const request = { warmupCalls: 1, warmupMs: 0, samples: 2 };
  const { conditions } = await session.measure(request);
  assertEquals(conditions?.throttled, undefined);
  assertEquals(conditions?.before.celsius, {
    "cpu-1-0-usr": 41.3,
    "CPU0": 43.1,
    "GPU0": 40.5,
    "skin": 33.75,
    "battery": 31.2,
  });
  assertEquals(conditions?.after.hertz, { cpu1: 2841600000 });
  await root.write("thermalservice", THERMAL_SERVICE.replace("Status: 0", "Status: 2"));
  assertEquals(
    (await session.measure(request)).conditions?.throttled,
    "Android's thermal status was 2 (moderate)",
  );
});

test("a phone that is unplugged while it measures is told, and nothing runs on there", async (program) => {
  await using device = await open();
  await using session = await device.load(program, { threads: 1 });
  const measured = assertRejects(
    () => session.measure(FOREVER),
    Error,
    'Cannot go on as the connection to "PHONE1" broke',
  );
  await eventually(async () => (await root.runners()).length > 0, "it runs");
  phone.unplug();
  await measured;
  await eventually(async () => (await root.runners()).length === 0, "nothing runs");
  const scratch = async () => (await root.files("data")).filter((name) => /scratch/.test(name));
  await eventually(async () => (await scratch()).length === 0, "the scratch folder is gone");
});
