import { assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import type { Training } from "../../suites/claims/question.ts";
import { notWorse } from "../../suites/claims/rule.ts";
import { exampleFailure, exampleRecord } from "../experiments/testing.ts";
import type { CellRecord, PartDescription } from "../experiments/records.ts";
import { answerTraining } from "./answer_trainings.ts";
import { ofResults, writeExperiment } from "./testing.ts";

const ASKED: Training = {
  kind: "training",
  experiment: "rt3d",
  parts: "c3d-*",
  pairs: [{ better: "kgs", than: "filter" }],
  rule: notWorse(),
};

/** A cell of each seed from 1 on, with these top-1 accuracies. */
function cells(part: string, cell: string, ...tops: number[]): CellRecord[] {
  return tops.map((top, i) =>
    exampleRecord({ experiment: "rt3d", part, cell, seed: i + 1 }, { "top-1": top })
  );
}

const part = (id: string, defined: readonly string[] = ["kgs", "filter"]): PartDescription => ({
  ...{ id, title: id, network: "", data: "", settings: {} },
  cells: defined,
});

function answer(
  machines: Readonly<Record<string, readonly CellRecord[]>>,
  parts: readonly PartDescription[] = [part("c3d-a")],
  scale = "small",
) {
  return ofResults((folder) => {
    for (const [machine, records] of Object.entries(machines)) {
      writeExperiment(folder, { machine, id: "rt3d", scale, parts }, records);
    }
  }, (results) => answerTraining(ASKED, results));
}

Deno.test("differences are of the same seeds, in points, with Student's interval", () => {
  const { findings: [found], missing } = answer({
    m: [...cells("c3d-a", "kgs", 0.9, 0.85, 0.86), ...cells("c3d-a", "filter", 0.88, 0.84, 0.83)],
  });
  assertEquals(missing, undefined);
  assertAlmostEquals(found.value, 2);
  // Differences 2, 1, 3: standard error 1/√3, t of 2 degrees of freedom 4.3027.
  assertAlmostEquals(found.low!, 2 - 4.3027 / Math.sqrt(3), 1e-4);
  assertAlmostEquals(found.high!, 2 + 4.3027 / Math.sqrt(3), 1e-4);
  assertEquals([found.unit, found.source, found.repeats], [
    ...["points of top-1", "measured"] as const,
    { of: "seeds", count: 3 },
  ]);
});

Deno.test("one seed gives a number without an interval", () => {
  const { findings: [found] } = answer({
    m: [...cells("c3d-a", "kgs", 0.9), ...cells("c3d-a", "filter", 0.8)],
  });
  assertAlmostEquals(found.value, 10);
  assertEquals([found.low, found.repeats?.count], [undefined, 1]);
});

Deno.test("the same seeds on two machines are not twice as many: the record with more of them counts", () => {
  const { findings } = answer({
    a: [...cells("c3d-a", "kgs", 0.9), ...cells("c3d-a", "filter", 0.8)],
    b: [...cells("c3d-a", "kgs", 0.7, 0.7), ...cells("c3d-a", "filter", 0.65, 0.66)],
  });
  assertEquals(findings.map(({ record }) => record), ["b/experiments/rt3d-small"]);
});

Deno.test("a pair that was declared but is not there is told, beside those that are", () => {
  const { findings, missing } = answer({
    m: [
      ...[...cells("c3d-a", "kgs", 0.9), ...cells("c3d-a", "filter", 0.8)],
      ...cells("c3d-b", "kgs", 0.9),
      exampleFailure({ experiment: "rt3d", part: "c3d-c", cell: "kgs" }, "failed", "loss is NaN"),
      ...cells("c3d-c", "filter", 0.9),
    ],
  }, [part("c3d-a"), part("c3d-b"), part("c3d-c"), part("c3d-other", ["kgs"]), part("r21d-a")]);
  assertEquals(findings.length, 1);
  assertStringIncludes(missing!, "c3d-b: filter is not finished");
  assertStringIncludes(missing!, "c3d-c: kgs failed: loss is NaN");
});

Deno.test("no record, or one of another scale, is told with the command", () => {
  const pair = [...cells("c3d-a", "kgs", 0.9), ...cells("c3d-a", "filter", 0.8)];
  for (
    const { findings, missing, command } of [answer({}), answer({ m: pair }, undefined, "quick")]
  ) {
    assertEquals(findings, []);
    assertEquals(missing, "no record of rt3d at scale small has these cells");
    assertEquals(command, "deno task experiment rt3d --scale small");
  }
});
