import { assert, assertStringIncludes } from "@std/assert";
import { METRICS } from "./metrics.ts";
import { LAYER_COLUMNS, recordsReference, SAMPLE_COLUMNS, SUMMARY_COLUMNS } from "./records.ts";

Deno.test("recordsReference() describes every column and metric with a sentence", () => {
  const text = recordsReference();
  const columns = [...SAMPLE_COLUMNS, ...SUMMARY_COLUMNS, ...LAYER_COLUMNS];
  for (const { name, description } of [...columns, ...METRICS]) {
    assertStringIncludes(text, `| \`${name}\` |`);
    assert(description.endsWith("."), `${name}: ${description}`);
  }
});
