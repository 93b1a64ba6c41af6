import { assertEquals } from "@std/assert";
import { dirname } from "node:path";
import { importsOf, modules, projectFiles, textOf } from "./project.ts";

/** Longer files are not read in one sitting. */
const MAX_LINES = 350;

Deno.test(`no file of code is longer than ${MAX_LINES} lines`, () => {
  const long = projectFiles()
    .filter((path) => /\.(ts|js|c|h|cl)$/.test(path) && !/_test\.ts$|^results\//.test(path))
    .map((path) => ({ path, lines: textOf(path).split("\n").length - 1 }))
    .filter(({ lines }) => lines > MAX_LINES);
  assertEquals(long, []);
});

/** Modules that no test imports, and why that will do. */
const STARTED_AS_PROGRAMS: Readonly<Record<string, string>> = {
  "harness/measure/serve.ts":
    "a round's side of the wire, started by harness/measure/spawn_test.ts",
  "kernels/bench/conv_bench.ts": "a tool to look at one layer's speed, which no test may judge",
  "kernels/bench/operators_bench.ts": "the same for the other operators",
  "tasks/round.ts": "the program of a round, started by every run",
};

Deno.test("every module has a test beside it, or is reached by one in its folder or above", () => {
  const all = modules();
  const tests = all.filter((path) => path.endsWith("_test.ts"));
  const reached = new Set<string>();
  for (const test of tests) {
    const folder = dirname(test);
    const visit = (path: string) => {
      if (reached.has(path) || !path.startsWith(`${folder}/`)) return;
      reached.add(path);
      importsOf(path).forEach(visit);
    };
    importsOf(test).forEach(visit);
  }
  const untested = all.filter((path) =>
    !reached.has(path) && !tests.includes(path) &&
    !tests.includes(path.replace(/\.ts$/, "_test.ts")) && path !== "mod.ts" &&
    !/\/(testdata|testing)(\/|\.ts$)/.test(path) && !(path in STARTED_AS_PROGRAMS)
  );
  assertEquals(untested, []);
});

/** What text files are made of here. */
const TEXT = /\.(ts|js|css|c|h|cl|json|lock|md|csv|html|sh)$|^\.ci\/|^LICENSE$/;

function offences(pattern: RegExp): string[] {
  return projectFiles().filter((path) => TEXT.test(path)).flatMap((path) =>
    textOf(path).split("\n").flatMap((line, index) => {
      const match = pattern.exec(line);
      return match ? [`${path}:${index + 1}: ${match[0]}`] : [];
    })
  );
}

Deno.test("no file names a folder of one machine", () => {
  assertEquals(offences(/(?<![\w.*)/-])\/(?:home|root|work|Users)\/[\w.]+/), []);
});

Deno.test("no file names the host of a package registry", () => {
  assertEquals(offences(/\b(?:registry\.[a-z0-9-]+|npmjs|jsr)\.(?:org|com|io|dev|net)\b/), []);
});

Deno.test("every task says what it does, and none may leave this machine", () => {
  const { tasks } = JSON.parse(textOf("deno.json")) as {
    tasks: Record<string, { description?: string; command: string }>;
  };
  const wrong = Object.entries(tasks).filter(([, { description, command }]) =>
    !description ||
    / (-A|-P|--allow-all|--allow-import|--allow-net(?!=127\.0\.0\.1\b))\b/.test(command)
  );
  assertEquals(wrong, []);
});
