import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import config from "../deno.json" with { type: "json" };
import { readRun } from "../harness/records/store.ts";
import type { RunResult } from "../harness/result.ts";
import { npyFile, npyHeader, withFolder } from "../suites/datasets/testing.ts";
import { runTask, type TaskOutput } from "./testing.ts";

const ROOT = new URL("../", import.meta.url);

/** `deno task bench`, with a suite that takes seconds. */
function tinyBench(words: readonly string[], options: Deno.CommandOptions = {}): Deno.Command {
  const [, ...args] = config.tasks.bench.command
    .replace("tasks/bench.ts", "tasks/testdata/tiny_bench.ts").split(" ");
  return new Deno.Command(Deno.execPath(), {
    args: [...args, ...words],
    cwd: fileURLToPath(ROOT),
    stdout: "piped",
    stderr: "piped",
    ...options,
  });
}

async function ended(output: Promise<Deno.CommandOutput>): Promise<TaskOutput> {
  const { code, stdout, stderr } = await output;
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** Asserts that a task ended with one error and nothing else; gives its message. */
function errorOf({ code, stdout, stderr }: TaskOutput): string {
  assertEquals([code, stdout], [1, ""], stderr);
  assertMatch(stderr, /^error: .+\n$/);
  return stderr.trimEnd();
}

/** Waits until `found` gives something, for as long as the task runs. */
async function waitFor<T>(found: () => T | undefined, task: Promise<TaskOutput>): Promise<T> {
  let output: TaskOutput | undefined;
  task.then((end) => output = end);
  while (output === undefined) {
    const value = found();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`The task ended with ${output.code} too early: ${output.stderr}`);
}

/** The folder of the only run below `out`, once it has finished a round. */
function folderAfterOneRound(out: string): string | undefined {
  try {
    const [{ name }] = [...Deno.readDirSync(join(out, "test"))];
    const folder = join(out, "test", name);
    const progress = JSON.parse(Deno.readTextFileSync(join(folder, "progress.json")));
    return progress.finishedRounds.length > 0 ? folder : undefined;
  } catch {
    return undefined;
  }
}

/** The folder of programs of a process, while there is one. */
function programsOf(pid: number): string | undefined {
  return [...Deno.readDirSync(new URL(".build/programs/", ROOT))].map(({ name }) => name)
    .find((name) => name.startsWith(`${pid}-`));
}

Deno.test("help and list are printed and nothing is done", async () => {
  const help = await runTask("bench", "--help");
  assertEquals([help.code, help.stderr], [0, ""]);
  assertMatch(help.stdout, /^deno task bench SUITE\|MODEL\.onnx \[options\]\n/);
  const list = await runTask("bench", "--list");
  assertEquals([list.code, list.stderr], [0, ""]);
  assertMatch(list.stdout, /^suites\n {2}c3d [^]+methods\n {2}rt3d [^]+devices\n {2}host /);
});

Deno.test("bad input ends in one line that says what is wrong, and nothing is written", async () => {
  await withFolder(async (folder) => {
    const out = join(folder, "results");
    const file = join(folder, "file");
    const clip = join(folder, "clip.npy");
    const header = npyHeader("<f4", [1, 3, 16, 112, 100]);
    await Deno.writeFile(clip, npyFile(header, new Float32Array(3 * 16 * 112 * 100)));
    await Deno.writeTextFile(file, "");
    const before = [...Deno.readDirSync(folder)].length;
    for (
      const [words, message] of [
        [[], "one suite or model must be named"],
        [["c3"], 'Cannot find suite "c3": did you mean "c3d" or'],
        [["c3d", "--methods", "rt3"], 'Cannot find method "rt3": did you mean "rt3d" or'],
        [["c3d", "--thread", "2"], 'Cannot find option "--thread": did you mean "--threads" or'],
        [["c3d", "--rate", "0.5"], '"rate" must be a number of at least 1: current value is 0.5'],
        [["c3d", "--rate", "fast"], '--rate must be a number: current value is "fast"'],
        [["c3d", "--rate", "10000"], '"rate" must be one that a method reaches, at most '],
        [["c3d", "--threads", "0"], '"threads" must be different integers from 1 to 1024'],
        [["c3d", "--seed=-1"], '"seed" must be an integer of at least 0: current value is -1'],
        [["c3d", "--input", join(folder, "no.mp4")], "a path that does not exist"],
        [["c3d", "--input", clip], "current value is <f4 [1,3,16,112,100]"],
        [["c3d", "--machine", "a/b"], '"machine" must be letters, digits'],
        [["--resume", folder], "holds no progress.json"],
        [["--resume", join(file, "x")], "holds no progress.json"],
      ] satisfies [string[], string][]
    ) {
      const given = words.includes("c3d") ? [...words, "--out", out] : words;
      assertStringIncludes(errorOf(await runTask("bench", ...given)), message);
      assertEquals([...Deno.readDirSync(folder)].length, before, message);
    }
    const unwritable = await runTask("bench", "c3d", "--out", join(file, "results"));
    assertStringIncludes(errorOf(unwritable), "Choose another folder with --out");
  });
});

Deno.test("without a C compiler the error says what to install, and nothing is written", async () => {
  await withFolder(async (folder) => {
    const out = join(folder, "results");
    const child = tinyBench(["tiny", "--out", out], {
      clearEnv: true,
      env: { PATH: folder, CC: join(folder, "cc"), ...homeOf() },
    });
    const error = errorOf(await ended(child.output()));
    assertStringIncludes(error, "there must be a C compiler");
    assertStringIncludes(error, "on Debian, apt-get install gcc");
    assertEquals([...Deno.readDirSync(folder)], []);
  });
});

Deno.test("a run prints the table, then the pages that it wrote", async () => {
  await withFolder(async (out) => {
    const words = ["tiny", "--quick", "--methods", "rt3d", "--threads", "1,2", "--out", out];
    const { code, stdout, stderr } = await ended(tinyBench(words).output());
    assertEquals(code, 0, stderr);
    assertMatch(stderr, /^C3D in small.*\ndense, onnxruntime dense, rt3d kgs 4x4.*; rate 2x\n/);
    assertMatch(stdout, /^rt3d kgs 4x4, 1 thread /m);
    const [, page] = /^page +(.+)$/m.exec(stdout) ?? [];
    const [, index] = /^index +(.+)$/m.exec(stdout) ?? [];
    assertEquals(new URL(index, ROOT).pathname, join(out, "index.html"));
    const folder = join(new URL(page, ROOT).pathname, "..");
    assertEquals(readRun(folder).cases.length, 2 * 7);
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), [
      "charts",
      "index.html",
      "layers.csv",
      "manifest.json",
      "samples.csv",
      "summary.csv",
    ]);
  });
});

Deno.test("with --json nothing but the run goes to standard output", async () => {
  await withFolder(async (out) => {
    const words = ["tiny", "--quick", "--methods", "tucker", "--json", "--out", out];
    const { code, stdout, stderr } = await ended(tinyBench(words).output());
    assertEquals(code, 0, stderr);
    const run = JSON.parse(stdout) as RunResult;
    assertEquals(run.cases.map(({ role, status }) => `${role} ${status}`), [
      "baseline ok",
      "direct ok",
      "A/A ok",
      "peer ok",
      "subject ok",
    ]);
    assertStringIncludes(stderr, "page    ");
  });
});

Deno.test("an interrupt keeps the finished rounds and tells how to go on, which does", async () => {
  await withFolder(async (out) => {
    const words = ["tiny", "--methods", "rt3d", "--rounds", "12", "--machine", "test"];
    const child = tinyBench([...words, "--threads", "1", "--out", out]).spawn();
    const output = ended(child.output());
    const folder = await waitFor(() => folderAfterOneRound(out), output);
    child.kill("SIGINT");
    const first = await output;
    assertEquals(first.code, 130, first.stderr);
    assertStringIncludes(first.stderr, "interrupted: keeping what is finished");
    assertEquals(programsOf(child.pid), undefined);
    const kept = readRun(folder);
    assertEquals(kept.manifest.finished, undefined);
    const rounds = kept.cases[0].latency?.rounds ?? 0;
    assert(rounds >= 1 && rounds < 12, `${rounds} rounds`);

    const [, path] = /^resume +deno task bench --resume (.+)$/m.exec(first.stdout) ?? [];
    assertEquals(new URL(path, ROOT).pathname, folder);
    const second = await ended(tinyBench(["--resume", path]).output());
    assertEquals(second.code, 0, second.stderr);
    const run = readRun(folder);
    assert(run.manifest.finished);
    assertEquals(run.cases.map(({ latency }) => latency?.rounds), Array(7).fill(12));
    const third = await ended(tinyBench(["--resume", path]).output());
    assertStringIncludes(errorOf(third), "the run is finished");
  });
});

Deno.test("programs are removed when a run is terminated, or interrupted twice", async () => {
  await withFolder(async (out) => {
    for (const signals of [["SIGTERM"], ["SIGINT", "SIGINT"]] as const) {
      const child = tinyBench(["tiny", "--out", out]).spawn();
      const output = ended(child.output());
      await waitFor(() => programsOf(child.pid), output);
      for (const signal of signals) child.kill(signal);
      const { code, stderr } = await output;
      assertEquals(code, 130, stderr);
      assertEquals(programsOf(child.pid), undefined);
    }
  });
});

/** What a process without an environment still needs to find cached packages. */
function homeOf(): Record<string, string> {
  const names = ["HOME", "DENO_DIR", "XDG_CACHE_HOME"];
  return Object.fromEntries(names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}
