import { assert, assertEquals, assertThrows } from "@std/assert";
import { parse } from "@std/csv";
import { EXPERIMENTS } from "../experiments/registry.ts";
import { sharedFile } from "../models/testing.ts";
import { findSuite } from "../registry.ts";
import { findPublished, parsePublished, publishedValues } from "./published.ts";
import type { Question } from "./question.ts";
import { ledgerLines } from "./registry.ts";

const lines = ledgerLines();
const listed = await sharedFile("claims/published.csv");
const checked = await sharedFile("claims/cross-checks.csv");
const questions = lines.flatMap(({ published, entry }) =>
  entry.questions.map((question) => [published.id, question] as const)
);

function ofKind<Kind extends Question["kind"]>(kind: Kind) {
  return questions.flatMap(([id, question]) =>
    question.kind === kind ? [[id, question as Extract<Question, { kind: Kind }>] as const] : []
  );
}

Deno.test("every published value has one test, in the order of the list", () => {
  assertEquals(lines.map(({ published }) => published.id), publishedValues().map(({ id }) => id));
  for (const { entry } of lines) assert(entry.questions.length > 0);
});

Deno.test({
  name: "the list has every value that was published (needs ../shared)",
  ignore: listed === undefined,
  fn() {
    const text = Deno.readTextFileSync(listed!);
    const facts = ({ id, value, unit, metric, model }: Record<string, string>) =>
      [id, value, unit, metric, model].join("|");
    assertEquals(
      publishedValues().map((row) => facts(row as unknown as Record<string, string>)),
      parse(text, { skipFirstRow: true }).map(facts),
    );
  },
});

Deno.test("times are asked of rows that suites have, or of peers", () => {
  const ofSuites = ofKind("timing").filter(([, { experiment }]) => experiment === undefined);
  for (const [id, { suite, faster, than }] of [...ofSuites, ...ofKind("layer timing")]) {
    for (const { method, scheme } of [faster, than]) {
      const known = findSuite(suite).rows.some((row) =>
        row.method === method && (row.scheme === scheme || scheme === "direct")
      );
      assert(known || method === "pytorch", `${id}: ${suite} has no row ${method} ${scheme}`);
    }
  }
});

Deno.test("trained networks are asked of cells that an experiment has at small scale", () => {
  const known = ofKind("training").length;
  assert(known > 30, String(known));
  for (const [id, { experiment, parts, pairs }] of ofKind("training")) {
    const found = EXPERIMENTS.find((one) => one.id === experiment);
    assert(found, `${id}: no experiment ${experiment}`);
    const start = parts.replace("*", "");
    const cells = found.parts("small").filter((part) => part.id.startsWith(start))
      .flatMap((part) => ["dense", ...part.cells.map((cell) => cell.id)]);
    for (const cell of pairs.flatMap(({ better, than }) => [better, than])) {
      assert(cells.includes(cell), `${id}: ${experiment} ${parts} has no cell ${cell}`);
    }
  }
});

Deno.test("times of an experiment are asked of cells of a part that it times", () => {
  const asked = ofKind("timing").filter(([, { experiment }]) => experiment !== undefined);
  assert(asked.length > 0);
  for (const [id, { experiment, suite, faster, than }] of asked) {
    const part = EXPERIMENTS.find((one) => one.id === experiment)?.parts("small")
      .find((part) => part.timed && `${experiment}-small-${part.id}` === suite);
    assert(part, `${id}: ${suite} is timed by no experiment`);
    for (const { method, scheme } of [faster, than]) {
      const known = part.cells.some((cell) => cell.method === method && cell.label === scheme);
      assert(known, `${id}: ${suite} has no cell ${scheme}`);
    }
  }
});

Deno.test("what is out of reach says why, and settings say what Kerf does", () => {
  for (const [id, { reason }] of ofKind("out of reach")) assert(reason.length > 10, id);
  for (const [id, { here }] of ofKind("setting")) assert(here.length > 0, id);
});

/** Cross-checks of others that are the same arithmetic: id there, id here, digits. */
const CROSS_CHECKS = [
  ["rt3d.c3d.params", "rt3d.t1.c3d.base.size", 1],
  ["rt3d.c3d.rate.15.2", "rt3d.t1.c3d.flops.2.6x", 2],
  ["rt3d.c3d.rate.10.8", "rt3d.t1.c3d.flops.3.6x", 2],
  ["rt3d.c3d.rate.16.4", "rt3d.t3.c3d.vanilla.flops_after", 2],
  ["rt3d.c3d.rate.9.7", "rt3d.t3.c3d.kgs.flops_after", 2],
  ["rt3d.r21d.rate.15.9", "rt3d.t1.r21d.flops.2.6x", 2],
  ["rt3d.r21d.rate.12.7", "rt3d.t1.r21d.flops.3.2x", 2],
  ["rt3d.r21d.rate.15.5", "rt3d.t3.r21d.vanilla.flops_after", 2],
  ["rt3d.r21d.rate.10.2", "rt3d.t3.r21d.kgs.flops_after", 2],
  ["yolobile.cfg.v14.weight_rate", "yolobile.head.rate", 2],
  ["yolobile.cfg.pattern_bound", "yolobile.pattern.max_rate", 1],
] as const;

Deno.test({
  name: "arithmetic agrees with cross-checks of others (needs ../shared)",
  ignore: checked === undefined,
  fn() {
    const text = Deno.readTextFileSync(checked!);
    const checks = new Map(parse(text, { skipFirstRow: true }).map((row) => [row.id, row.value]));
    const derivations = new Map(ofKind("derivation"));
    for (const [check, id, digits] of CROSS_CHECKS) {
      const value = derivations.get(id)!.derive();
      assertEquals(value.toFixed(digits), Number(checks.get(check)).toFixed(digits), id);
    }
  },
});

Deno.test("a list that does not fit is refused with the row", () => {
  const [header, row] = Deno.readTextFileSync(new URL("./published.csv", import.meta.url))
    .split("\n");
  const refused = (text: string, message: string) =>
    assertThrows(() => parsePublished(text, "list.csv"), SyntaxError, message);
  refused(`id,paper\n`, '"list.csv" as its header must be id,paper,claim');
  refused(`${header}\n${row}\n${row}\n`, '"id" of row 3 must be unique');
  refused(
    `${header}\n${row.replace(",RT3D,", ",RT4D,")}\n`,
    '"paper" of row 2 must be one of RT3D',
  );
  refused(`${header}\n${row.replace("paper or repository", "hearsay")}\n`, '"confidence" of row 2');
  refused(`${header}\na,b\n`, "row 2 must be 11 cells");
});

Deno.test("a value is found by its id", () => {
  assertEquals(findPublished("rt3d.t1.c3d.base.size").value, "299");
  assertThrows(() => findPublished("rt5d"), RangeError, 'Cannot find a published value "rt5d"');
});
