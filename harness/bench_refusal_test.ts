import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { join } from "node:path";
import { DeviceUnavailableError } from "../devices/device.ts";
import { withFolder } from "../suites/datasets/testing.ts";
import type { SuiteRow } from "../suites/suite.ts";
import { tinySuite } from "../suites/testing.ts";
import { type BenchOptions, resumeBench, startBench } from "./bench.ts";
import type { BenchSettings } from "./settings.ts";
import {
  changedHost,
  interrupted,
  npyOf,
  programFolders,
  SCRIPTED,
  tinySettings,
} from "./testdata/tiny_run.ts";

/** What a run of changed settings is refused with, having written nothing. */
async function refusal(
  change: Partial<BenchSettings>,
  options: Partial<BenchOptions> = {},
): Promise<Error> {
  let refused: unknown;
  await withFolder(async (folder) => {
    const settings = { ...tinySettings(join(folder, "results"), ["rt3d"]), ...change };
    refused = await assertRejects(() => startBench(settings, { ...SCRIPTED, ...options }));
    assertEquals([...Deno.readDirSync(folder)], []);
  });
  assertInstanceOf(refused, Error);
  assert(!refused.message.includes("\n"), refused.message);
  assertEquals(programFolders(), []);
  return refused;
}

Deno.test("a rate that no method reaches is refused before work, with what each one reaches", async () => {
  const error = await refusal({ rate: 10_000, rows: tinySuite.rows });
  assertInstanceOf(error, RangeError);
  assertStringIncludes(error.message, '"rate" must be one that a method reaches, at most 5.257 (');
  assertStringIncludes(error.message, "tucker tucker-2 + svd: 4.73");
  assertStringIncludes(error.message, "current value is 10000");
});

/** A row of a file that is not there. */
const given: SuiteRow = {
  ...{ method: "amc", scheme: "half", options: {}, role: "control" },
  file: { kind: "model", path: "no/such.onnx", sha256: "" },
};

Deno.test("settings out of range are refused before work, with the setting and its value", async () => {
  for (
    const [change, message] of [
      [{ rate: 0.5 }, '"rate" must be a number of at least 1: current value is 0.5'],
      [{ rate: NaN }, '"rate" must be a number of at least 1: current value is NaN'],
      [{ threads: [] }, '"threads" must be different integers from 1 to 1024'],
      [{ threads: [0] }, '"threads" must be different integers from 1 to 1024: current value is 0'],
      [{ threads: [1, 1] }, "current value is 1,1"],
      [{ threads: [1.5] }, "current value is 1.5"],
      [{ seed: -1 }, '"seed" must be an integer of at least 0: current value is -1'],
      [{ rounds: 0 }, '"rounds" must be an integer of at least 1: current value is 0'],
      [{ blocks: 0 }, '"blocks" must be an integer of at least 1: current value is 0'],
      [{ rows: tinySuite.rows.slice(1) }, '"rows" must be some with one baseline among them'],
      [
        { rows: [...tinySuite.rows, { ...given, rate: 0 }] },
        '"rate of amc half" must be a positive',
      ],
      [
        { rows: [...tinySuite.rows, { ...given, role: "peer" }] },
        '"role of amc half" must be subject or control: current value is peer',
      ],
      [{ rows: [...tinySuite.rows, given] }, '"no/such.onnx" as it must be an ONNX file'],
      [
        { packings: ["csr", "full", "csr"] },
        '"packings" must be different packings, at least one: current value is csr,full,csr',
      ],
      [{ packings: [] }, '"packings" must be different packings, at least one'],
      [
        { packings: ["csr"], rows: tinySuite.rows.slice(0, 2) },
        '"packings" must be left out where no row is compressed: current value is csr',
      ],
      [{ machine: "a/b" }, '"machine" must be letters, digits'],
    ] satisfies [Partial<BenchSettings>, string][]
  ) {
    const error = await refusal(change);
    assertInstanceOf(error, RangeError);
    assertStringIncludes(error.message, message);
  }
});

Deno.test("a clip that does not fit is refused before work", async () => {
  await withFolder(async (folder) => {
    const input = join(folder, "clip.npy");
    await Deno.writeFile(input, npyOf([1, 3, 4, 12, 13]));
    const error = await refusal({ input });
    assertInstanceOf(error, RangeError);
    assertStringIncludes(error.message, "[1,3,4,12,13]");
  });
  assertStringIncludes((await refusal({ input: "no/such.npy" })).message, "does not exist");
});

Deno.test("results that cannot be written are refused before work", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "file");
    await Deno.writeTextFile(file, "");
    const error = await refusal({ out: join(file, "results") });
    assertStringIncludes(error.message, "Cannot write results to");
    assertStringIncludes(error.message, "--out");
  });
});

Deno.test("a device that lacks something is refused before work, with how to get it", async () => {
  const open = async (id: string) => {
    const device = await changedHost({});
    const missing = ["no phone: plug one in"];
    return {
      ...device,
      id,
      probe: () => Promise.resolve({ available: false, name: id, facts: {}, missing }),
    };
  };
  const error = await refusal({}, { openDevice: open });
  assertInstanceOf(error, DeviceUnavailableError);
  assertEquals(error.message, 'Cannot use device "host": no phone: plug one in');
});

Deno.test("an abort before the work leaves nothing behind", async () => {
  const signal = AbortSignal.abort(new Error("stopped"));
  assertEquals((await refusal({}, { signal })).message, "stopped");
});

Deno.test("what cannot be resumed is refused, and left as it is", async () => {
  const resume = (folder: string, options: Partial<BenchOptions> = {}) =>
    assertRejects(
      () =>
        resumeBench(folder, {
          ...SCRIPTED,
          openSuite: () => Promise.resolve(tinySuite),
          ...options,
        }),
      Error,
    );
  await withFolder(async (out) => {
    assertStringIncludes((await resume(out)).message, "holds no progress.json");
    assertStringIncludes((await resume(join(out, "no"))).message, "holds no progress.json");
    const settings = tinySettings(out, ["unstructured"]);
    const finished = await startBench(settings, SCRIPTED);
    assertStringIncludes((await resume(finished.folder)).message, "the run is finished");

    const { folder } = await startBench(settings, interrupted((_, round) => round === 1));
    const before = await Deno.readTextFile(join(folder, "progress.json"));
    const open = async () => {
      const device = await changedHost({});
      const probe = await device.probe();
      const facts = { ...probe.facts, build: "another" };
      return { ...device, probe: () => Promise.resolve({ ...probe, facts }) };
    };
    const { message } = await resume(folder, { openDevice: open });
    assertStringIncludes(message, 'current value is "another"');
    assertEquals(await Deno.readTextFile(join(folder, "progress.json")), before);
  });
});

Deno.test("a run is not resumed on another file than it began with, and opens the one it had", async () => {
  await withFolder(async (out) => {
    const file = { kind: "model", path: join(out, "model.onnx"), sha256: "a1".repeat(32) } as const;
    const suite = { ...tinySuite, files: [file] };
    const settings = tinySettings(out, ["unstructured"], { suite });
    const { folder, run } = await startBench(settings, interrupted((_, round) => round === 1));
    assertEquals(run.manifest.settings.model, `model.onnx (sha256 ${file.sha256})`);
    assertEquals(run.cases[0].spec.model, "tiny@a1a1a1a1a1a1");
    const resume = (sha256: string) =>
      resumeBench(folder, {
        ...SCRIPTED,
        openSuite: (id, files) => {
          assertEquals([id, files], ["tiny", [file]]);
          return Promise.resolve({ ...suite, files: [{ ...file, sha256 }] });
        },
      });
    const { message } = await assertRejects(() => resume("b2".repeat(32)), Error);
    assertStringIncludes(
      message,
      `must be what it was, sha256 ${file.sha256}: current value is b2b2`,
    );
    assertEquals((await resume(file.sha256)).interrupted, false);
  });
});
