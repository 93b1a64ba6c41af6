import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { type Column, describeColumns, fromCsv, toCsv } from "./schema.ts";

const COLUMNS = [
  { name: "name", type: "text", description: "Any text." },
  { name: "kind", type: "text", values: ["x", "y"], description: "One of two." },
  { name: "count", type: "integer", description: "A count." },
  { name: "time", type: "number", unit: "ms", optional: true, description: "A time." },
] as const satisfies readonly Column[];

const ROWS = [
  { name: 'a "quoted", \nbroken', kind: "x", count: 3, time: 0.1 + 0.2 },
  { name: "", kind: "y", count: -1 },
] as const;

Deno.test("fromCsv() reads back exactly what toCsv() wrote", () => {
  assertEquals(fromCsv(COLUMNS, toCsv(COLUMNS, ROWS), "f.csv"), [...ROWS]);
});

Deno.test("toCsv() writes an absent value as an empty cell, never 0", () => {
  assertEquals(toCsv(COLUMNS, [ROWS[1]], { header: false }).trim(), ",y,-1,");
});

Deno.test("toCsv() refuses a value that does not fit its column", () => {
  const row = { name: "a", kind: "x", count: 1 } as const;
  assertThrows(() => toCsv(COLUMNS, [{ ...row, count: 1.5 }]), TypeError, '"count"');
  assertThrows(() => toCsv(COLUMNS, [{ ...row, time: NaN }]), TypeError, "a finite number");
});

Deno.test("fromCsv() drops a last line that was torn off while being written", () => {
  const text = toCsv(COLUMNS, [{ name: "a", kind: "x", count: 1 }]);
  for (const torn of ["b", "b,x", "b,x,12", "b,x,12,1.5"]) {
    assertEquals(fromCsv(COLUMNS, text + torn, "f.csv").length, 1);
  }
});

Deno.test("fromCsv() names file, line, column and value of what it cannot read", () => {
  const text = toCsv(COLUMNS, [{ name: "a", kind: "x", count: 1 }]);
  const read = (from: string, to: string) => () =>
    fromCsv(COLUMNS, text.replace(from, to), "f.csv");
  assertThrows(
    read("x,1", "x,one"),
    SyntaxError,
    'Cannot use "f.csv" line 2 as "count" must be a finite number: current value is "one"',
  );
  assertThrows(read("x,1", "z,1"), SyntaxError, "one of x, y");
  assertThrows(read("x,1", "x,"), SyntaxError, '"count" must be given');
  assertThrows(read("x,1,", "x,1"), SyntaxError, "must have 4 cells");
  assertThrows(read("kind", "sort"), SyntaxError, "its header must be");
  assertThrows(() => fromCsv(COLUMNS, "", "f.csv"), SyntaxError, "its header must be");
});

Deno.test("describeColumns() has a line for every column", () => {
  const text = describeColumns(COLUMNS);
  assertStringIncludes(text, "| `kind` | `x`, `y` |  | One of two. |");
  assertStringIncludes(text, "| `time` | number, may be empty | ms | A time. |");
});
