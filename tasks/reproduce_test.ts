import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { counting, timing } from "../harness/ledger/commands.ts";
import { commandText } from "../harness/ledger/commands.ts";
import { isAsked } from "../harness/ledger/judge.ts";
import { ledgerLines } from "../suites/claims/registry.ts";
import { withFolder } from "../suites/datasets/testing.ts";
import { findSuite } from "../suites/registry.ts";
import { benchSettings, parseBenchCommand } from "./bench_flags.ts";
import { parseExperimentCommand } from "./experiment_flags.ts";
import { reproduce, type Runners } from "./reproduce.ts";
import { captured } from "./testing.ts";

/** Runners that write down what they are asked for, and end with a code of one's own. */
function mock(code: (args: readonly string[]) => number = () => 0) {
  const asked: string[][] = [];
  const run = (args: string[]) => {
    asked.push(args);
    return Promise.resolve(code(args));
  };
  const look: Runners["look"] = (id) =>
    Promise.resolve({ missing: id === "pytorch" ? ["torch is not installed"] : [], build: "x" });
  return { asked, runners: { bench: run, experiment: run, look } };
}

const into = (folder: string) => ["--out", folder];

Deno.test("a plan is told, and nothing is run or written", () =>
  withFolder(async (folder) => {
    const { asked, runners } = mock();
    const { code, stdout } = await captured(() =>
      reproduce(["tucker", "--plan", ...into(folder)], runners)
    );
    assertEquals([code, asked, [...Deno.readDirSync(folder)]], [0, [], []]);
    assertStringIncludes(stdout, "deno task bench vgg-16 --methods tucker --rate 4.93 --rounds 8");
    assertStringIncludes(stdout, "tucker, alexnet-cifar10: --data cifar10-images=PATH not given");
    assert(!stdout.includes("c3d"), stdout);
  }));

Deno.test("everything is run in order, then the ledger is printed and written", () =>
  withFolder(async (folder) => {
    const { asked, runners } = mock();
    const { code, stdout } = await captured(() =>
      reproduce(["rt3d", "--machine", "m", "--data", "weizmann=w", ...into(folder)], runners)
    );
    assertEquals(code, 0);
    assertEquals(asked.map(([name]) => name), ["c3d", "r2plus1d-18", "s3d", "rt3d"]);
    assertEquals(asked[0].slice(-4), ["--out", folder, "--machine", "m"]);
    assertEquals(asked[3].slice(1), [
      ...["--scale", "small", "--data", "weizmann=w", "--results", folder, "--machine", "m"],
    ]);
    assertStringIncludes(stdout, "pytorch: torch is not installed");
    assertStringIncludes(stdout, "rt3d.t1.c3d.base.size: 299 MB");
    assert(!stdout.includes("yolobile.head.rate"));
    // The files have all papers.
    assertStringIncludes(Deno.readTextFileSync(join(folder, "ledger.csv")), "yolobile.head.rate");
    assertStringIncludes(Deno.readTextFileSync(join(folder, "index.html")), "./ledger.html");
    assert(existsSync(join(folder, "ledger.html")) && !existsSync(join(folder, ".reproduce.lock")));
  }));

Deno.test("a command that fails does not hold up the others, and is told", () =>
  withFolder(async (folder) => {
    const { asked, runners } = mock(([name]) => name === "c3d" ? 1 : 0);
    const { code, stderr } = await captured(() => reproduce(["rt3d", ...into(folder)], runners));
    assertEquals([code, asked.length], [1, 4]);
    assertStringIncludes(stderr, "failed: deno task bench c3d");
    assert(existsSync(join(folder, "ledger.html")));
  }));

Deno.test("an interrupt ends it, and what is there is judged", () =>
  withFolder(async (folder) => {
    const { asked, runners } = mock(([name]) => name === "r2plus1d-18" ? 130 : 0);
    const { code } = await captured(() => reproduce(["rt3d", ...into(folder)], runners));
    assertEquals([code, asked.length], [130, 2]);
    assert(existsSync(join(folder, "ledger.csv")));
  }));

Deno.test("an interrupted run is gone on with, and begun anew where that fails", () =>
  withFolder(async (folder) => {
    const run = join(folder, "m", "2026-01-01-vgg-16");
    Deno.mkdirSync(run, { recursive: true });
    const command = "deno task bench vgg-16 --methods tucker --rate 4.93 --rounds 8";
    const progress = JSON.stringify({ setup: { manifest: { command } } });
    Deno.writeTextFileSync(join(run, "progress.json"), progress);
    for (const [code, commands] of [[0, 1], [1, 2]]) {
      const { asked, runners } = mock(([name]) => name === "--resume" ? code : 0);
      await captured(() => reproduce(["tucker", ...into(folder)], runners));
      const own = asked.filter(([name]) => name === "--resume" || name === "vgg-16");
      assertEquals(own[0], ["--resume", run]);
      assertEquals(own.length, commands);
    }
  }));

Deno.test("only one may run in a folder", () =>
  withFolder(async (folder) => {
    using held = Deno.openSync(join(folder, ".reproduce.lock"), { create: true, write: true });
    assert(held.tryLockSync(true));
    const { asked, runners } = mock();
    const { code, stderr } = await captured(() => reproduce(["tucker", ...into(folder)], runners));
    assertEquals([code, asked], [1, []]);
    assertStringIncludes(stderr, "another one does already");
  }));

Deno.test("judging alone runs nothing, and asks no device", () =>
  withFolder(async (folder) => {
    const { asked, runners } = mock();
    const look = () => Promise.reject(new Error("looked"));
    const { code, stdout } = await captured(() =>
      reproduce(["--no-run", ...into(folder)], { ...runners, look })
    );
    assertEquals([code, asked], [0, []]);
    assertStringIncludes(stdout, "AutoCompress: ");
  }));

Deno.test("a quick look runs one round and trainings at quick scale", () =>
  withFolder(async (folder) => {
    const { asked, runners } = mock();
    await captured(() => reproduce(["tucker", "--quick", ...into(folder)], runners));
    assertEquals(asked.map(([name]) => name), [
      "alexnet",
      "vgg-s",
      "googlenet",
      "vgg-16",
      "tucker",
    ]);
    for (const args of asked.slice(0, 4)) assert(args.includes("--quick"), args.join(" "));
    assertEquals(asked[4].slice(0, 3), ["tucker", "--scale", "quick"]);
    assertStringIncludes(Deno.readTextFileSync(join(folder, "ledger.html")), "A quick look");
  }));

Deno.test("what cannot be understood is refused in one line", async () => {
  const { runners } = mock();
  for (
    const [words, message] of [
      [["rt4d"], "the paper must be one of rt3d, yolobile, tucker, autocompress, all"],
      [["rt3d", "tucker"], 'one paper or all must be named: current value is "rt3d tucker"'],
      [["--data", "weizman=x"], "--data weizman=PATH as experiments need"],
      [["--data", "weizmann"], "--data must be NAME=PATH"],
      [["--plan", "--no-run"], "--plan as --no-run is given"],
      [["--fast"], 'Cannot find option "--fast"'],
    ] as const
  ) {
    const { code, stdout, stderr } = await captured(() => reproduce([...words], runners));
    assertEquals([code, stdout], [1, ""]);
    assertStringIncludes(stderr, message);
  }
  const { code, stdout } = await captured(() => reproduce(["--help"], runners));
  assertEquals(code, 0);
  assertStringIncludes(stdout, "deno task reproduce [rt3d|");
});

Deno.test("every command of the ledger is one that its task takes, and calls the same", () => {
  for (const question of ledgerLines().flatMap(({ entry }) => entry.questions).filter(isAsked)) {
    if (question.kind === "derivation") continue;
    if (question.kind === "training") {
      const args = [question.experiment, "--scale", "small"];
      assertEquals(parseExperimentCommand(args).kind, "run");
      continue;
    }
    const command = question.kind === "count" ? counting([question]) : timing([question]);
    if (command.task !== "bench") continue;
    const parsed = parseBenchCommand([...command.args]);
    assert(parsed.kind === "start");
    const settings = benchSettings(parsed, findSuite(question.suite));
    // By this an interrupted run is known again.
    assertEquals(settings.command, commandText(command));
    const names = question.kind === "count"
      ? [question.of, question.against]
      : [question.faster, question.than];
    for (const { method } of names) {
      assert(settings.rows.some((row) => row.method === method), commandText(command));
    }
  }
});
