import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Question } from "../../suites/claims/question.ts";
import { publishedValues } from "../../suites/claims/published.ts";
import { directionOf, gainOf, notWorse, roundsTo } from "../../suites/claims/rule.ts";
import { exampleRecord } from "../experiments/testing.ts";
import { type JudgedLine, judgeLedger, judgeLine } from "./judge.ts";
import { NO_RESULTS, ofResults, writeExperiment, writeRun } from "./testing.ts";
import { VERDICTS } from "./verdict.ts";

const [PUBLISHED] = publishedValues();
const TIMING: Question = {
  kind: "timing",
  suite: "c3d",
  faster: { method: "rt3d", scheme: "kgs 8x4" },
  than: { method: "dense", scheme: "" },
  rule: gainOf(2),
};
const DERIVED: Question = {
  kind: "derivation",
  what: "six by two",
  derive: () => 3,
  rule: roundsTo("3"),
};

/** What is said of a claim where KGS takes a share of the dense time. */
function judged(share: number | undefined, ...questions: Question[]): JudgedLine {
  const slow = [10, 11, 12, 13, 14, 15, 16, 17];
  const fill = (folder: string) => {
    if (share === undefined) return;
    writeRun(folder, {
      ...{ folder: "m/one", suite: "c3d", rate: 3.6, noise: 0.01 },
      rows: [
        { method: "dense", role: "baseline", times: slow },
        { method: "rt3d", scheme: "kgs 8x4", times: slow.map((ms) => ms * share) },
      ],
    });
    const cell = (cell: string, top: number) =>
      exampleRecord({ experiment: "rt3d", cell, part: "c3d-a" }, { "top-1": top });
    writeExperiment(folder, { machine: "m", id: "rt3d" }, [cell("a", 0.9), cell("b", 0.8)]);
  };
  const line = { published: PUBLISHED, entry: { claims: [PUBLISHED.id], questions } };
  return ofResults(fill, (results) => judgeLine(line, results));
}

const TRAINING: Question = {
  kind: "training",
  experiment: "rt3d",
  parts: "c3d-*",
  pairs: [{ better: "a", than: "b" }],
  rule: directionOf(notWorse()),
};

Deno.test("every verdict occurs", () => {
  const found = [
    judged(0.25, TIMING),
    judged(0.6, TIMING),
    judged(2, TIMING),
    judged(0.25, TIMING, TRAINING),
    judged(0.25, { kind: "out of reach", reason: "needs a phone" }),
    judged(undefined, TIMING),
    judged(0.25, { kind: "setting", here: "as many" }),
  ].map(({ verdict }) => verdict);
  assertEquals(found, [...VERDICTS]);
});

Deno.test("arithmetic and measurements are judged together, each number by its own rule", () => {
  const { verdict, findings, commands } = judged(0.6, DERIVED, TIMING);
  assertEquals(verdict, "reproduced in direction");
  assertEquals(findings.map(({ source, judgement }) => [source, judgement.verdict]), [
    ["derived", "reproduced"],
    ["measured", "reproduced in direction"],
  ]);
  assertEquals(commands, ["deno task bench c3d --invented"]);
});

Deno.test("a claim of which only a part was run is not decided", () => {
  const pairs = [{ better: "a", than: "b" }, { better: "a", than: "c" }];
  const alone = judged(0.25, TIMING, { ...TRAINING, parts: "s3d-*" });
  assertEquals([alone.verdict, alone.findings.length], ["undecided", 1]);
  assertStringIncludes(alone.remark, "not everything was run: no record of rt3d");
  assertEquals(judged(0.25, DERIVED, { ...TIMING, suite: "s3d" }).verdict, "undecided");
  assertEquals(judged(0.25, { ...TRAINING, pairs: [pairs[1]] }).verdict, "not run");
});

Deno.test("with no record at all every value of the list has a line, and only arithmetic a number", () => {
  const lines = judgeLedger(NO_RESULTS);
  assertEquals(lines.map(({ published }) => published.id), publishedValues().map(({ id }) => id));
  for (const { verdict, findings, remark, commands, published: { id } } of lines) {
    assert(findings.every(({ source }) => source === "derived"), id);
    if (verdict === "not run") assert(remark !== "" && commands.length > 0, id);
    if (findings.length > 0) assert(["reproduced", "contradicted"].includes(verdict), id);
  }
});
