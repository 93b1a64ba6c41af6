import { assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import type { ClaimPair } from "../../suites/experiments/experiment.ts";
import { claimsFinding, judgeClaims, pairFinding } from "./claims.ts";
import { renderExperimentPage } from "./page.ts";
import { printExperiment } from "./print.ts";
import type { CellRecord, PartDescription } from "./records.ts";
import {
  EXAMPLE_CLAIMS,
  exampleExperiment,
  exampleFailure,
  exampleManifest,
  exampleRecord,
} from "./testing.ts";

/** The judgement of one pair, whose cells have these top-1 by seed, in percent. */
function judged(left: number[], right: number[], pair: Partial<ClaimPair> = {}) {
  const of = (cell: string, values: number[]) =>
    values.map((value, seed) => exampleRecord({ cell, seed }, { "top-1": value / 100 }));
  return judge([...of("a", left), ...of("b", right)], pair);
}

function judge(records: readonly CellRecord[], pair: Partial<ClaimPair> = {}) {
  const claim = {
    published: [],
    statement: "",
    parts: "*",
    pairs: [{ better: "a", than: "b", ...pair }],
  };
  const [{ pairs: [only] }] = judgeClaims([claim], { manifest: exampleManifest(), records });
  return only;
}

Deno.test("a pair holds or is against when the interval of paired differences is on one side", () => {
  // Seeds differ by far more than methods do: pairing takes that away.
  const holds = judged([90, 70, 50], [88, 67.9, 48.1]);
  assertEquals(holds.verdict, "holds");
  assertAlmostEquals(holds.difference!.value, 2);
  assertEquals(judged([88, 67.9, 48.1], [90, 70, 50]).verdict, "against");
});

Deno.test("a pair is undecided when the interval touches, and the direction is told", () => {
  const { verdict, remark } = judged([90, 70, 50], [88, 71, 49]);
  assertEquals([verdict, remark], ["undecided", "seeds differ too much: on average it holds"]);
  for (const same of [[90, 71], [0]]) {
    assertEquals(judged(same, same).remark, "no difference in any seed");
  }
});

Deno.test("one seed decides nothing, but its direction is told", () => {
  const better = judged([90], [80]), worse = judged([70], [80]);
  assertEquals([better.verdict, better.remark], ["undecided", "one seed: this one holds"]);
  assertEquals([worse.verdict, worse.remark], ["undecided", "one seed: this one is against"]);
  assertEquals(pairFinding(worse), "−10.0 points of top-1; one seed: this one is against");
});

Deno.test("within its margin the left may be worse", () => {
  const left = [89.5, 79.4, 69.6], right = [90, 80, 70];
  assertEquals(judged(left, right).verdict, "against");
  assertEquals(judged(left, right, { margin: 1 }).verdict, "holds");
  assertEquals(judged(left, right, { margin: 1 }).statement, "a ≥ b − 1");
});

Deno.test("seeds that only one side has are left out", () => {
  assertEquals(judged([90, 80, 99], [89, 79]).difference?.values.map(Math.round), [1, 1]);
});

Deno.test("metrics just after cutting and reductions can be compared, too", () => {
  const records = [1, 2].flatMap((seed) => [
    exampleRecord({ cell: "a", seed }, { "top-1": 0.5 }, {
      cutMetrics: { "top-1": 0.4 + 0.01 * seed },
      macs: 100_000_000,
    }),
    exampleRecord({ cell: "b", seed }, { "top-1": 0.9 }, {
      cutMetrics: { "top-1": 0.3 + 0.01 * seed },
      macs: 205_000_000,
    }),
  ]);
  assertEquals(judge(records).verdict, "against");
  const cut = judge(records, { value: "cut" });
  assertEquals([cut.verdict, cut.unit], ["holds", "points of top-1 just after cutting"]);
  const rate = judge(records, { value: "MACs rate" });
  assertEquals([rate.verdict, rate.difference?.value], ["holds", 410 / 100 - 2]);
});

Deno.test("with a margin below 0 the left must be better by as much; nothing is cut of the dense one", () => {
  const records = (lost: readonly number[]) =>
    lost.flatMap((points, seed) => [
      exampleRecord({ seed }, { "top-1": 0.8 }),
      exampleRecord({ cell: "b", seed }, { "top-1": 0.79 }, {
        cutMetrics: { "top-1": 0.8 - points / 100 },
      }),
    ]);
  const pair = { better: "dense", than: "b", value: "cut", margin: -50 } as const;
  const { statement, verdict, difference } = judge(records([60, 61, 62]), pair);
  assertEquals([statement, verdict], ["dense ≥ b + 50", "holds"]);
  assertAlmostEquals(difference!.value, 61);
  assertEquals(judge(records([10, 11, 12]), pair).verdict, "against");
  assertEquals(judge(records([48, 51, 53]), pair).verdict, "undecided");
});

Deno.test("a pair without results says what is missing, and one of other parts is not asked", () => {
  const a = exampleRecord({ cell: "a" });
  assertEquals(pairFinding(judge([a])), "b is not finished");
  const failed = judge([a, exampleFailure({ cell: "b" }, "failed", "loss is NaN")]);
  assertEquals([failed.verdict, failed.remark], ["not run", "b failed: loss is NaN"]);
  assertEquals(judge([exampleRecord()]), undefined);
});

Deno.test("a part is judged by the pairs that its definition has, run or not", () => {
  const pairs = [{ better: "a", than: "b" }, { better: "a", than: "elsewhere" }];
  const claim = { published: [], statement: "", parts: "*", pairs };
  const { part } = exampleRecord({ cell: "a" }).spec;
  const described = { id: part, title: "", network: "", data: "", settings: {} };
  const remarks = (cells?: string[]) => {
    const parts = [{ ...described, ...(cells && { cells }) }];
    const records = [exampleRecord({ cell: "a" })];
    const [judged] = judgeClaims([claim], { manifest: exampleManifest({ parts }), records });
    return judged.pairs.map(({ remark }) => remark);
  };
  assertEquals(remarks(["a", "b"]), ["b is not finished"]);
  assertEquals(remarks(["b"]), []);
  assertEquals(remarks(), ["b is not finished", "elsewhere is not finished"]);
});

Deno.test("cells that were not run are called as people call them, on the page and in print", async () => {
  const pairs = [{ better: "kgs-8x", than: "filter-8x" }];
  const claim = { published: [], statement: "KGS is better.", parts: "*", pairs };
  const one = exampleRecord({ cell: "a" }), { part } = one.spec;
  const described = { id: part, title: "Shapes", network: "", data: "", settings: {} };
  const labels = { "kgs-8x": "KGS 8x4, 8x", "filter-8x": "Filter, 8x" };
  const judged = (parts: readonly PartDescription[], ...records: readonly CellRecord[]) => {
    const experiment = { manifest: exampleManifest({ parts }), records: [one, ...records] };
    return { experiment, claims: judgeClaims([claim], experiment) };
  };
  const cells = Object.keys(labels);
  const { experiment, claims } = judged([{ ...described, cells, labels }]);
  const { manifest, records } = experiment;
  const texts = [
    printExperiment(experiment, claims),
    await renderExperimentPage(manifest, records, { claims }),
  ];
  for (const text of texts) {
    assertStringIncludes(text, "KGS 8x4, 8x ≥ Filter, 8x");
    assertStringIncludes(text, "KGS 8x4, 8x is not finished");
    assertEquals(/kgs-8x|filter-8x/.exec(text)?.[0], undefined);
  }
  // Records from before the description had labels: what another part calls them.
  const elsewhere = cells.map((cell) => ({
    ...exampleRecord({ part: "other", cell }),
    label: labels[cell as keyof typeof labels],
  }));
  const old = judged([{ ...described, cells }, { ...described, id: "other" }], ...elsewhere);
  const [{ pairs: [first] }] = old.claims;
  assertEquals([first.part.id, first.statement], [part, "KGS 8x4, 8x ≥ Filter, 8x"]);
});

Deno.test("orderings against a paper are shown as they are", () => {
  const claims = judgeClaims(EXAMPLE_CLAIMS, exampleExperiment());
  assertEquals(claims.map(({ pairs }) => pairs.map(({ verdict }) => verdict)), [
    ["holds", "holds"],
    ["against"],
    ["undecided"],
  ]);
  assertEquals(
    claimsFinding(claims),
    "Of 4 comparisons, 2 hold here, 1 come out against, 1 undecided.",
  );
});
