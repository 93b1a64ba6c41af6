import { assert, assertEquals, assertExists, assertStringIncludes } from "@std/assert";
import { join, relative } from "node:path";
import { openDevice } from "../devices/registry.ts";
import { withFolder } from "../suites/datasets/testing.ts";
import { tinySuite } from "../suites/testing.ts";
import { resumeBench, startBench } from "./bench.ts";
import type { RoundExecutor, RoundRequest } from "./measure/round.ts";
import { spawnRounds } from "./measure/spawn.ts";
import { SAMPLE_COLUMNS } from "./records/records.ts";
import { fromCsv } from "./records/schema.ts";
import { readRun, RunStore } from "./records/store.ts";
import type { CaseResult, RunResult } from "./result.ts";
import {
  changedHost,
  interrupted,
  npyOf,
  programFolders,
  SCRIPTED,
  scriptedRounds,
  tinySettings,
} from "./testdata/tiny_run.ts";

const resuming = { openSuite: () => Promise.resolve(tinySuite) };

/** What a row found, without what differs from run to run. */
function found(run: RunResult): Partial<CaseResult>[] {
  return run.cases.map(({ peakBytes: _, ...row }) => row);
}

Deno.test("a run compares every row at every thread count, with peer and second copy, and stores it", async () => {
  await withFolder(async (out) => {
    const settings = tinySettings(out, ["tucker", "unstructured"], { threads: [1, 2], rounds: 6 });
    const { run, folder, interrupted } = await startBench(settings, SCRIPTED);
    assertEquals(interrupted, false);
    const roles = ["baseline", "direct", "A/A", "peer", "subject", "control"];
    assertEquals(run.cases.map(({ role }) => role), [...roles, ...roles]);
    assertEquals(run.cases.map(({ spec }) => spec.threads), [
      ...Array(6).fill(1),
      ...Array(6).fill(2),
    ]);
    for (const { label, status, latency, role, speedupDense } of run.cases) {
      assertEquals([status, latency?.rounds], ["ok", 6], label);
      assertEquals(speedupDense !== undefined, role !== "baseline");
    }
    assertExists(run.aaBand);
    const { manifest } = run;
    assertEquals([manifest.suite, manifest.machine], ["tiny", "test"]);
    assertEquals(manifest.input, "generated moving shapes (seed 1)");
    assertEquals(manifest.settings.threads, "1,2");
    assertExists(manifest.finished);
    assertEquals(readRun(folder), run);
    assertEquals(programFolders(), []);
  });
});

Deno.test("a run in fresh processes on this machine measures all that is compared", async () => {
  await withFolder(async (out) => {
    const settings = tinySettings(out, ["rt3d"], { threads: [1, 2], rounds: 1, blocks: 1 });
    const told: number[] = [];
    const { run, folder } = await startBench(settings, {
      openDevice,
      onProgress: ({ fraction }) => told.push(fraction),
    });
    for (const { label, status, reason, latency, layers, role } of run.cases) {
      assertEquals([status, reason], ["ok", undefined], label);
      assert(latency && latency.value > 0, label);
      assertEquals(layers.every(({ microseconds }) => microseconds), true, label);
      assertEquals(layers.length > 0, role !== "peer", label);
    }
    const path = join(folder, "samples.csv");
    const samples = fromCsv(SAMPLE_COLUMNS, Deno.readTextFileSync(path), path);
    assertEquals(new Set(samples.map((row) => row.case)), new Set(run.cases.map(({ id }) => id)));
    assertEquals(told, told.toSorted((a, b) => a - b));
    assertEquals(told.at(-1), 1);
  });
});

Deno.test("a run interrupted while measuring keeps finished rounds; resumed it finds what the whole would", async () => {
  const methods = ["tucker", "unstructured"];
  await withFolder(async (out) => {
    const whole = await startBench(tinySettings(out, methods, { rounds: 4 }), SCRIPTED);
    const options = interrupted((_, round) => round === 2);
    const first = await startBench(tinySettings(out, methods, { rounds: 4 }), options);
    assertEquals(first.interrupted, true);
    assertEquals(first.run.cases.map(({ latency }) => latency?.rounds), Array(6).fill(2));
    assertEquals(readRun(first.folder), first.run);
    assertEquals(programFolders(), []);

    const rounds: number[] = [];
    const execute: RoundExecutor = (request, emit, signal) => {
      rounds.push(request.round);
      return scriptedRounds(request, emit, signal);
    };
    const second = await resumeBench(first.folder, { ...SCRIPTED, ...resuming, execute });
    assertEquals(rounds, [2, 3]);
    assertEquals(second.interrupted, false);
    assertEquals(found(second.run), found(whole.run));
    const samplesOf = (folder: string) => Deno.readTextFile(join(folder, "samples.csv"));
    assertEquals(await samplesOf(second.folder), await samplesOf(whole.folder));
  });
});

Deno.test("a run interrupted while preparing keeps what is prepared; resumed it finds what the whole would", async () => {
  const methods = ["tucker", "unstructured"];
  await withFolder(async (out) => {
    const whole = await startBench(tinySettings(out, methods), SCRIPTED);
    // First in the middle of the run's preparing, then before the first row of the resumed one.
    const first = await startBench(
      tinySettings(out, methods),
      interrupted((label) => label.startsWith("tucker")),
    );
    assertEquals(first.run.cases.map(({ label, status }) => `${label}: ${status}`), [
      "dense: interrupted",
      "dense direct: interrupted",
      "dense: interrupted",
      "onnxruntime dense: interrupted",
    ]);
    assertEquals(RunStore.resume(first.folder).progress.finishedRounds, []);
    const options = { ...interrupted((label) => label === "dense"), ...resuming };
    const second = await resumeBench(first.folder, options);
    assertEquals(second.run.cases.length, 4);
    const third = await resumeBench(first.folder, { ...SCRIPTED, ...resuming });
    assertEquals(third.interrupted, false);
    assertEquals(found(third.run), found(whole.run));
    assertEquals(programFolders(), []);
  });
});

Deno.test("a run interrupted before its first row measures every round when it is resumed", async () => {
  await withFolder(async (out) => {
    const settings = tinySettings(out, ["unstructured"]);
    const first = await startBench(settings, interrupted((label) => label === "dense"));
    assertEquals(first.run.cases, []);
    const { run } = await resumeBench(first.folder, { ...SCRIPTED, ...resuming });
    assertEquals(run.cases.map(({ latency }) => latency?.rounds), [2, 2, 2, 2, 2]);
  });
});

Deno.test("a resumed run feeds the clip that it began with, wherever it is resumed from", async () => {
  await withFolder(async (out) => {
    const clip = join(out, "clip.npy");
    await Deno.writeFile(clip, npyOf([1, 3, 4, 12, 12]));
    const settings = tinySettings(out, ["unstructured"], { input: relative(Deno.cwd(), clip) });
    const { folder } = await startBench(settings, interrupted((_, round) => round === 1));
    assertEquals(RunStore.resume(folder).progress.setup.input, clip);
    const { run } = await resumeBench(folder, { ...SCRIPTED, ...resuming });
    assertStringIncludes(run.manifest.input, "clip.npy");
    assertEquals(run.cases.map(({ status }) => status), Array(5).fill("ok"));
    // The path is this machine's own; what others read has the clip's name only.
    assert(!Deno.readTextFileSync(join(folder, "manifest.json")).includes(clip));
  });
});

Deno.test("a round that is killed is done again, and the run says so", async () => {
  await withFolder(async (out) => {
    const requests: RoundRequest[] = [];
    const execute: RoundExecutor = async (request, emit, signal) => {
      requests.push(request);
      if (requests.length !== 2) return await scriptedRounds(request, emit, signal);
      // What a spawned round tells when its process is killed in the second case.
      const killed = new URL("./measure/testdata/mock_round.ts", import.meta.url);
      const cases = request.cases.map((one, i) => (
        { ...one, device: "mock", program: { ...one.program, path: i === 1 ? "killed" : "quiet" } }
      ));
      await spawnRounds(killed)({ ...request, inputs: [], cases }, emit, signal);
    };
    const settings = tinySettings(out, ["unstructured"], { rounds: 3 });
    const { run } = await startBench(settings, { openDevice, execute });
    assertEquals(requests.map(({ round }) => round), [0, 1, 1, 2]);
    assertEquals(run.cases.map(({ latency }) => latency?.rounds), [3, 3, 3, 3, 3]);
    const failure = run.manifest.warnings.find(({ code }) => code === "round-failed");
    assertStringIncludes(failure?.cause ?? "", "SIGKILL");
  });
});

Deno.test("a device that computes something else gives rows that are invalid and have no time", async () => {
  await withFolder(async (out) => {
    const open = (id: string) => id === "host" ? changedHost({ error: 0.5 }) : openDevice(id);
    const settings = tinySettings(out, ["unstructured"]);
    const { run } = await startBench(settings, { ...SCRIPTED, openDevice: open });
    for (const { label, role, status, latency } of run.cases) {
      assertEquals(status, role === "peer" ? "ok" : "invalid", label);
      assertEquals(latency !== undefined, role === "peer", label);
    }
  });
});

Deno.test("methods that cannot reach the rate are skipped where others can", async () => {
  await withFolder(async (out) => {
    const settings = tinySettings(out, ["tucker", "unstructured"], { rate: 5.1 });
    const { run } = await startBench(settings, SCRIPTED);
    const rows = run.cases.map(({ label, status }) => `${label}: ${status}`);
    assert(rows.includes("tucker tucker-2 + svd: skipped"));
    assert(rows.includes("unstructured: ok"));
  });
});
