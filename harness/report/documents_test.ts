import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { recordsPage, runInDocument, withRunTable } from "./documents.ts";
import { renderMarkdown } from "./table.ts";
import { countedRun } from "./testdata/counted_run.ts";
import { exampleRun } from "./testdata/example_run.ts";

const FOLDER = "results/machine/run";
const DOCUMENT = "# Title\n\n<!-- table:begin -->\nold\n<!-- table:end -->\n\nend\n";

Deno.test("withRunTable() replaces the region and nothing else, the same each time", () => {
  const run = exampleRun();
  const made = withRunTable(DOCUMENT, run, FOLDER);
  assertEquals(withRunTable(made, run, FOLDER), made);
  assertEquals(
    made.replace(/<!-- table:begin -->[^]*<!-- table:end -->/, ""),
    "# Title\n\n\n\nend\n",
  );
  assertStringIncludes(made, renderMarkdown(run));
  assertStringIncludes(made, `](${FOLDER}/charts/speedup.png)`);
  assertEquals(made.includes("old"), false);
});

Deno.test("a run without speed-ups has a table and no picture of any", () => {
  const made = withRunTable(DOCUMENT, countedRun(), FOLDER);
  assertStringIncludes(made, renderMarkdown(countedRun()));
  assertEquals(made.includes("charts/"), false);
});

Deno.test("runInDocument() finds the run whose table a document shows", () => {
  assertEquals(runInDocument(DOCUMENT), undefined);
  assertEquals(runInDocument(withRunTable(DOCUMENT, exampleRun(), FOLDER)), FOLDER);
});

Deno.test("a document without the region is refused", () => {
  assertThrows(() => withRunTable("# Title", exampleRun(), FOLDER), SyntaxError, "table:begin");
  const swapped = "<!-- table:end --><!-- table:begin -->";
  assertThrows(() => runInDocument(swapped), SyntaxError, "table:begin");
});

Deno.test("recordsPage() is left alone by the formatter", () => {
  assertEquals(recordsPage().startsWith("<!-- deno-fmt-ignore-file -->\n"), true);
});
