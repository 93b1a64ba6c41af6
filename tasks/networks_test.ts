import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { setupOf } from "../harness/measure/testdata/mock_run.ts";
import { RunStore } from "../harness/records/store.ts";
import { exampleRun } from "../harness/report/testdata/example_run.ts";
import { withFolder } from "../suites/datasets/testing.ts";
import { networks } from "./networks.ts";
import { captured } from "./testing.ts";

/** Stores the example as a finished run. */
function storeRun(results: string): void {
  const setup = setupOf();
  RunStore.create(results, { ...setup, manifest: { ...setup.manifest, machine: "machine" } })
    .writeResult(exampleRun());
}

Deno.test("networks writes page, table and index of the only machine, or the one that is named", async () => {
  await withFolder(async (results) => {
    storeRun(results);
    await Deno.mkdir(join(results, "emulated", "no times"), { recursive: true });
    for (const words of [[], [`${join(results, "machine")}/`]]) {
      const { code, stdout, stderr } = await captured(() => networks(words, results));
      assertEquals([code, stderr], [0, ""]);
      assertMatch(stdout, /^1 comparisons?$/m);
    }
    const read = (...names: string[]) => Deno.readTextFile(join(results, ...names));
    assertStringIncludes(await read("machine", "networks.md"), "## c3d, 2 threads");
    assertMatch(await read("machine", "networks.csv"), /^c3d,2,rt3d,kgs 8x4,subject,/m);
    assertStringIncludes(await read("index.html"), 'href="./machine/networks.md"');
  });
});

Deno.test("networks tells what is missing in one line", async () => {
  await withFolder(async (results) => {
    const errorOf = async (...words: string[]) => {
      const { code, stdout, stderr } = await captured(() => networks(words, results));
      assertEquals([code, stdout], [1, ""]);
      assertMatch(stderr, /^error: .+\n$/);
      return stderr;
    };
    assertStringIncludes(await errorOf(), "one machine must be named");
    assertStringIncludes(await errorOf("a", "b"), 'current value is "a b"');
    assertStringIncludes(await errorOf(join(results, "no")), "must be a folder of runs");
    await Deno.mkdir(join(results, "machine", "no run"), { recursive: true });
    assertStringIncludes(await errorOf(), "must have a finished run");
  });
});
