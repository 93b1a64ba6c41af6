import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import type { SamplingError } from "../devices/emulation/sampling_error.ts";
import { openDevice } from "../devices/registry.ts";
import type { Reading } from "../devices/reading.ts";
import { writeOnnx } from "../graph/onnx/write.ts";
import { smallNet } from "../graph/testing.ts";
import { readSamplingErrors } from "../harness/records/sampling_errors.ts";
import { withFolder } from "../suites/datasets/testing.ts";
import { emulateTask } from "./emulate.ts";
import { captured, runTask } from "./testing.ts";

await using device = await openDevice("snapdragon-865");
const { missing } = await device.probe();
const needs = missing.length ? ` (needs ${missing.join("; ")})` : "";

Deno.test({
  name: `emulate tells counts of every operator, what is modelled, and by what${needs}`,
  ignore: needs !== "",
  fn: () =>
    withFolder(async (folder) => {
      const path = join(folder, "net.onnx");
      await writeOnnx(smallNet(2), path);
      const { code, stdout, stderr } = await runTask("emulate", path, "--threads", "2");
      assertEquals(code, 0, stderr);
      assertMatch(stdout, /^QEMU [\d.]+ with the caches of snapdragon-865, threads 2$/m);
      assertMatch(stdout, /^conv1 .* \d+ % /m);
      assertMatch(stdout, /^all .* \d+ % /m);
      assertStringIncludes(stdout, "Times are modelled, no latencies");

      const json = await captured(() => emulateTask([path, "--device", "exynos-7420", "--json"]));
      const readings = JSON.parse(json.stdout) as Reading[];
      const lacking = readings.filter(({ value }) => value === undefined);
      assertEquals(lacking.map(({ unavailable }) => unavailable), [
        "Samsung Exynos 7420 has no third cache",
      ]);
    }),
});

Deno.test({
  name: `emulate tells how far samples are from all units${needs}`,
  ignore: needs !== "",
  fn: () =>
    withFolder(async (folder) => {
      const path = join(folder, "net.onnx");
      await writeOnnx(smallNet(3), path);
      const out = join(folder, "results");
      const args = [path, "--direct", "--errors", "4,1000", "--json", "--out", out];
      const { code, stdout, stderr } = await captured(() => emulateTask(args));
      assertEquals(code, 0);
      assertStringIncludes(stderr, `errors  ${join(out, "sampling-errors.csv")}`);
      const rows = readSamplingErrors(out);
      assertEquals(rows.map(({ operator, quantity, error }) => [operator, quantity, error]), [
        ...(JSON.parse(stdout) as { errors: SamplingError[] }[]).flatMap(({ errors }) =>
          errors.map(({ operator, quantity, error }) => [operator, quantity, error])
        ),
      ]);
      const sampled = rows.filter(({ operator }) => operator !== undefined);
      assertEquals(sampled.every(({ units, counted_units }) => counted_units! < units!), true);
      const [few, all] = JSON.parse(stdout) as { size: number; errors: SamplingError[] }[];
      const near = (errors: SamplingError[]) =>
        errors.filter(({ quantity }) => quantity === "instructions")
          .every(({ error }) => Math.abs(error!) < 0.2);
      assertEquals([few.size, all.size, near(few.errors)], [4, 1000, true]);
      assertEquals(few.errors.some(({ operator }) => operator !== undefined), true);
      assertEquals(all.errors.map(({ operator, error }) => [operator, error ?? 0]), [
        ...Array(all.errors.length).fill([undefined, 0]),
      ]);
    }),
});

Deno.test("emulate refuses what it cannot do in one line", async () => {
  const { stdout } = await captured(() => emulateTask(["--help"]));
  assertMatch(stdout, /^deno task emulate MODEL/);
  await withFolder(async (folder) => {
    const path = join(folder, "net.onnx");
    await writeOnnx(smallNet(2), path);
    for (
      const [args, text] of [
        [["--device", "host"], '--device must be emulated: current value is "host"'],
        [["--device", "snapdragon"], 'Cannot find device "snapdragon": did you mean'],
        [["--threads", "0"], "--threads must be an integer of at least 1"],
        [["--errors", "4", "--sample", "4"], "both --sample and --errors"],
        [["--out", folder], "Cannot use --out without --errors"],
      ] as const
    ) {
      const { code, stderr } = await captured(() => emulateTask([path, ...args]));
      assertEquals(code, 1);
      assertStringIncludes(stderr, text);
    }
  });
});
