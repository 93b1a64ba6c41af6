import { assert, assertEquals } from "@std/assert";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { OPERATOR_READERS } from "../graph/onnx/operators/table.ts";
import { recordsPage, runInDocument, withRunTable } from "../harness/report/documents.ts";
import { readRun } from "../harness/records/store.ts";
import { projectFiles, ROOT, textOf } from "./project.ts";

Deno.test("docs/results.md tells every column of the records (deno task readme)", () => {
  assertEquals(textOf("docs/results.md"), recordsPage());
});

Deno.test("the README's table is what the records of its run give (deno task readme)", () => {
  const readme = textOf("README.md");
  const folder = runInDocument(readme);
  const runs = projectFiles().filter((path) => /^results\/.*\/manifest\.json$/.test(path));
  if (folder === undefined) return assertEquals(runs, [], "there is a run and no table of it");
  const run = readRun(join(ROOT, folder));
  assert(run.manifest.finished, "the run was finished");
  assertEquals(withRunTable(readme, run, folder), readme);
});

Deno.test("every link between documents leads somewhere", () => {
  const broken = projectFiles().filter((path) => path.endsWith(".md")).flatMap((path) =>
    [...textOf(path).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target]) => target.split("#")[0])
      .filter((target) => target !== "" && !/^[a-z]+:/.test(target))
      .filter((target) => !existsSync(join(ROOT, dirname(path), target)))
      .map((target) => `${path}: ${target}`)
  );
  assertEquals(broken, []);
});

Deno.test("docs/operators.md names every operator that is read, and no other", () => {
  const [table] = /^\|[^]*\|$/m.exec(textOf("docs/operators.md")) ?? [""];
  const named = [...table.matchAll(/^\| (.*?) \|/gm)]
    .flatMap(([, cell]) => [...cell.matchAll(/`([A-Z]\w+)`/g)].map(([, name]) => name));
  assertEquals(named.toSorted(), [...OPERATOR_READERS.keys()].toSorted());
});

Deno.test("CI runs the test command that the README gives", () => {
  const [command] = /npx -y deno@2 task test\b/.exec(textOf("README.md")) ?? [];
  assert(command !== undefined && textOf(".ci/run").includes(`\n${command} `));
});
