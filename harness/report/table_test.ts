import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { RunResult } from "../result.ts";
import { renderMarkdown, renderTable } from "./table.ts";
import { exampleRun } from "./testdata/example_run.ts";

function lineOf(text: string, ...parts: string[]): string {
  const line = text.split("\n").find((line) => parts.every((part) => line.includes(part)));
  assert(line !== undefined, `no line has ${parts.join(" and ")}`);
  return line;
}

Deno.test("the table fits 120 columns, and its numbers stand under their headings", () => {
  const lines = renderTable(exampleRun()).split("\n");
  assert(lines.every((line) => line.length <= 120), lines.find((line) => line.length > 120));
  const rule = lines[2];
  const ends = [...rule.matchAll(/─+/g)].map((match) => match.index + match[0].length);
  for (const line of lines.slice(3, 13)) {
    // A number ends where its column ends, so after that come two spaces or nothing.
    for (const end of ends.slice(1)) assert(/^( {2}|$)/.test(line.slice(end)), line);
  }
});

Deno.test("a row tells name, rate, size, latency and speed-ups with intervals", () => {
  const line = lineOf(renderTable(exampleRun()), "rt3d", "kgs 8x4");
  assertEquals(line.trim().split(/\s{2,}/), [
    "rt3d kgs 8x4",
    "3.59×",
    "223.4",
    "110.5 [109.6–111.6]",
    "2.99 [2.95–3.03]",
    "3.70 [3.65–3.76]",
    "0.87",
  ]);
});

Deno.test("rows without a time show status and reason in its place", () => {
  const run = exampleRun();
  const cases = run.cases.map((row) =>
    row.status === "invalid" ? { ...row, latency: { value: 777.7, rounds: 10 } } : row
  );
  for (const text of [renderTable({ ...run, cases }), renderMarkdown({ ...run, cases })]) {
    assertStringIncludes(
      lineOf(text, "autocompress", "filter+column"),
      "invalid: relative error 3.1e-2",
    );
    assertStringIncludes(
      lineOf(text, "yolobile", "pattern"),
      "skipped: patterns need 3x3 kernels",
    );
    assert(!text.includes("777.7"));
  }
});

Deno.test("a reason that was cut short in the table is told in full below it", () => {
  assertStringIncludes(
    renderTable(exampleRun()),
    "autocompress filter+column: invalid: relative error 3.1e-2 of the output against ONNX Runtime is above 1e-4",
  );
});

Deno.test("no difference shown is marked in the row and told in words", () => {
  const text = renderTable(exampleRun());
  assertStringIncludes(lineOf(text, "unstructured", "3.59×"), "~1.01 [1.00–1.02]");
  assertStringIncludes(
    text.replace(/\s+/g, " "),
    "No difference shown from our dense model (~): unstructured.",
  );
});

Deno.test("the noise band, notes and warnings with their remedies stand below the table", () => {
  const run = exampleRun();
  const text = renderTable(run).replace(/\s+/g, " ");
  assertStringIncludes(
    text,
    "Noise band: a second copy of our dense model ran at 0.988× to 1.011×",
  );
  assertStringIncludes(text, "EVBMF finds no signal");
  for (const { cause, remedy } of run.manifest.warnings) {
    assertStringIncludes(text, `${cause}. ${remedy}.`);
  }
});

Deno.test("a run without rows or intervals still gives a table", () => {
  const run: RunResult = { ...exampleRun(), cases: [], aaBand: undefined };
  assertStringIncludes(renderTable(run), "No compressed model gave a time in this run.");
  assertStringIncludes(renderMarkdown(run), "| method | scheme |");
});

Deno.test("control characters of hostile names do not reach the terminal", () => {
  const run = exampleRun();
  const hostile = "\x1b]0;owned\x07\r\n";
  const cases = run.cases.map((row) => ({
    ...row,
    label: row.label + hostile,
    spec: { ...row.spec, scheme: hostile },
    notes: [hostile],
  }));
  // deno-lint-ignore no-control-regex
  assert(!/[\x00-\x09\x0b-\x1f\x7f]/.test(renderTable({ ...run, cases })));
});

Deno.test("Markdown escapes what would break its table or become HTML or a link", () => {
  const run = exampleRun();
  const cases = run.cases.map((row) => ({
    ...row,
    spec: { ...row.spec, scheme: "a|b <img onerror=x> [c](javascript:d) `e`" },
  }));
  const text = renderMarkdown({ ...run, cases });
  assertStringIncludes(text, "a\\|b &lt;img onerror=x> [c]\\(javascript:d) \\`e\\`");
  const columns = text.split("\n")[0].split(/(?<!\\)\|/).length;
  for (const line of text.split("\n\n")[0].split("\n")) {
    assertEquals(line.split(/(?<!\\)\|/).length, columns);
  }
});

Deno.test("rows of several thread counts are told apart", () => {
  const run = exampleRun();
  assert(!renderTable(run).includes("threads"));
  const doubled = run.cases.map((row) => ({ ...row, spec: { ...row.spec, threads: 7 } }));
  const table = renderTable({ ...run, cases: [...run.cases, ...doubled] });
  assertStringIncludes(table, "threads");
  assertEquals(table.split("\n").filter((text) => /^dense, 7 threads /.test(text)).length, 1);
  assertMatch(table, /[a-z0-9], 7 threads/);
});
