import { assertEquals } from "@std/assert";
import { textTable } from "./text_table.ts";

Deno.test("columns are as wide as their longest cell, and numbers stand to the right", () => {
  const table = textTable<[string, number]>([
    { title: "name", cell: ([name]) => name },
    { title: "n", align: "right", cell: ([, n]) => String(n) },
    { title: "again", cell: ([name]) => name },
  ], [["a", 100], ["longer", 7]]);
  assertEquals(table.split("\n"), [
    "name      n  again",
    "──────  ───  ──────",
    "a       100  a",
    "longer    7  longer",
  ]);
});

Deno.test("control characters of names do not reach the terminal, and no rows are no error", () => {
  const columns = [{ title: "name", cell: (name: string) => name }];
  assertEquals(textTable(columns, ["\x1b[2J"]).split("\n")[2], "\uFFFD[2J");
  assertEquals(textTable(columns, []), "name\n────");
});
