import { assertEquals, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { setupOf } from "../harness/measure/testdata/mock_run.ts";
import { readRun, RunStore } from "../harness/records/store.ts";
import { recordsPage, withRunTable } from "../harness/report/documents.ts";
import { countedRun } from "../harness/report/testdata/counted_run.ts";
import { exampleRun } from "../harness/report/testdata/example_run.ts";

const README = "# Title\n\n<!-- table:begin -->\n<!-- table:end -->\n";

/** Runs the task's program in a project that has nothing but documents and perhaps runs. */
async function withProject(
  test: (folder: string, readme: (...args: string[]) => Promise<string>) => Promise<void>,
): Promise<void> {
  const cwd = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${cwd}/docs`);
    await Deno.mkdir(`${cwd}/results`);
    await Deno.writeTextFile(`${cwd}/README.md`, README);
    await test(cwd, async (...args) => {
      const program = fileURLToPath(new URL("readme.ts", import.meta.url));
      const write = "--allow-write=README.md,docs/results.md";
      const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "--quiet", "--no-prompt", "--allow-read", write, program, ...args],
        cwd,
      }).output();
      return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    });
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
}

/** Stores the example as a run that began at `started`; gives its folder from the project's. */
function storeRun(project: string, started: string, run = exampleRun()): string {
  const store = RunStore.create(`${project}/results`, setupOf());
  store.writeResult({ ...run, manifest: { ...run.manifest, started, finished: started } });
  return store.folder.slice(project.length + 1);
}

Deno.test("readme shows the newest run with times, or the one that is named", async () => {
  await withProject(async (project, readme) => {
    const older = storeRun(project, "2026-01-01T00:00:00Z");
    const newer = storeRun(project, "2026-02-01T00:00:00Z");
    storeRun(project, "2026-03-01T00:00:00Z", countedRun());
    const shown = () => Deno.readTextFile(`${project}/README.md`);
    const made = (folder: string) => withRunTable(README, readRun(`${project}/${folder}`), folder);
    assertStringIncludes(await readme(), `README.md        ${newer}`);
    assertEquals(await shown(), made(newer));
    assertStringIncludes(await readme(`${older}/`), `README.md        ${older}`);
    assertEquals(await shown(), made(older));
    assertEquals(await Deno.readTextFile(`${project}/docs/results.md`), recordsPage());
  });
});

Deno.test("readme says what to do when there is no run, and refuses what it does not know", async () => {
  await withProject(async (_project, readme) => {
    assertStringIncludes(await readme(), "must have a finished run: deno task bench c3d");
    assertStringIncludes(await readme("--newest"), 'Cannot run with "--newest": see --help');
    assertStringIncludes(await readme("a", "b"), 'Cannot run with "a b": see --help');
  });
});
