import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { setupOf } from "../harness/measure/testdata/mock_run.ts";
import { readRun, RunStore } from "../harness/records/store.ts";
import { renderPage } from "../harness/report/page.ts";
import { exampleRun } from "../harness/report/testdata/example_run.ts";
import { withFolder } from "../suites/datasets/testing.ts";
import { page } from "./page.ts";
import { captured, runTask } from "./testing.ts";

Deno.test("page makes the page of a run anew from its records, and the list of runs", () =>
  withFolder(async (results) => {
    const store = RunStore.create(results, setupOf());
    store.writeResult(exampleRun());
    const { code, stdout, stderr } = await runTask("page", `${store.folder}/`);
    assertEquals(code, 0, stderr);
    assertStringIncludes(stdout, `page    ${join(store.folder, "index.html")}`);
    const made = await Deno.readTextFile(join(store.folder, "index.html"));
    assertEquals(made, await renderPage(readRun(store.folder)));
    assertStringIncludes(await Deno.readTextFile(join(results, "index.html")), "c3d on");
  }));

Deno.test("page writes nothing when a run cannot be read", () =>
  withFolder(async (results) => {
    const store = RunStore.create(results, setupOf());
    store.writeResult(exampleRun());
    const missing = join(results, "nothing");
    const { code, stderr } = await captured(() => page([store.folder, missing]));
    assertEquals(code, 1);
    assertStringIncludes(stderr, "nothing");
    assertEquals(
      [...Deno.readDirSync(store.folder)].some(({ name }) => name === "index.html"),
      false,
    );
    const none = await captured(() => page([]));
    assertStringIncludes(none.stderr, "a run must be named");
  }));
