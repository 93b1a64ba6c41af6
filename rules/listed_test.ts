/**
 * What documents list by hand is what the registries have.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { COMPRESSORS } from "../compressors/registry.ts";
import { pathsOf } from "../harness/experiments/open_part.ts";
import { DATA_SOURCES } from "../suites/datasets/sources.ts";
import { EXPERIMENTS } from "../suites/experiments/registry.ts";
import { textOf } from "./project.ts";

/** Cells of the rows of all tables in a text, without the lines that head them. */
function tableRows(text: string): string[][] {
  const lines = text.split("\n");
  return lines.filter((line, i) => line.startsWith("| ") && !/^\| -/.test(lines[i + 1] ?? ""))
    .filter((line) => !/^\| -/.test(line))
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
}

/** What stands between the first pair of backticks of a cell. */
function codeIn(cell: string): string | undefined {
  return /^`([^`]*)`/.exec(cell)?.[1];
}

/** A default as documents write it; undefined for none. */
function written(value: unknown): string | undefined {
  if (typeof value !== "object") return value === "" ? undefined : String(value);
  const { filters, channels } = value as { filters: number; channels: number };
  return `${filters}x${channels}`;
}

for (const compressor of COMPRESSORS) {
  const { id } = compressor;
  Deno.test(`docs/methods.md tells the options of ${id} with their defaults`, () => {
    const sections = textOf("docs/methods.md").split(/^(?=##+ )/m);
    const found = sections.filter((text) => text.split("\n")[0].includes(`\`${id}\``));
    assertEquals(found.length, 1, `sections of ${id}`);
    const told = new Map(
      tableRows(found[0]).map(([name, value]) => [codeIn(name)!, codeIn(value)]),
    );
    // Throws when it takes no option of this name.
    for (const name of told.keys()) compressor.parseOptions({ [name]: undefined });
    const defaults = Object.entries(compressor.parseOptions({}) as Record<string, unknown>);
    for (const [name, value] of defaults) {
      assert(told.has(name), `"${name}" is not told`);
      assertEquals(told.get(name), written(value), name);
    }
    const others = [...told].filter(([name]) => !defaults.some(([own]) => own === name));
    assertEquals(others.filter(([, value]) => value !== undefined), []);
  });
}

Deno.test("docs/experiments.md tells what each part of an experiment needs", () => {
  const told = tableRows(textOf("docs/experiments.md"))
    .filter(([id]) => EXPERIMENTS.some((experiment) => codeIn(id) === experiment.id))
    .map(([id, part, data]) => [
      codeIn(id),
      codeIn(part),
      ...[...data.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
    ]);
  const needed = EXPERIMENTS.flatMap(({ id, parts }) =>
    [...parts("small"), ...parts("full")].map((part) => [id, part.id, ...pathsOf(part)])
  );
  assertEquals(told.map(String).sort(), [...new Set(needed.map(String))].sort());
});

Deno.test("docs/training.md lists every source of data", () => {
  const told = tableRows(textOf("docs/training.md")).map(([id]) => codeIn(id)?.split(":")[0]);
  assertEquals(DATA_SOURCES.filter(({ id }) => !told.includes(id)), []);
});
