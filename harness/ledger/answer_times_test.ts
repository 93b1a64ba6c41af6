import { assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import type { LayerTiming, Timing } from "../../suites/claims/question.ts";
import { gainOf } from "../../suites/claims/rule.ts";
import { answerLayerTiming, answerTiming } from "./answer_times.ts";
import { type InventedRun, ofResults, writeRun } from "./testing.ts";

const ASKED: Timing = {
  kind: "timing",
  suite: "c3d",
  rate: 3,
  faster: { method: "rt3d", scheme: "kgs 8x4" },
  than: { method: "dense", scheme: "" },
  rule: gainOf(2),
};
const SLOW = [10, 11, 12, 13, 14, 15, 16, 17];

/** A run in which KGS takes a share of the dense time in each round. */
function run(folder: string, share: readonly number[], change: Partial<InventedRun> = {}) {
  const slow = SLOW.slice(0, share.length);
  return {
    folder,
    suite: "c3d",
    rate: 3,
    noise: 0.1,
    rows: [
      { method: "dense", role: "baseline", times: slow },
      { method: "rt3d", scheme: "kgs 8x4", times: slow.map((ms, i) => ms * share[i]) },
    ],
    ...change,
  } satisfies InventedRun;
}

function answer(runs: readonly InventedRun[], asked: Timing = ASKED) {
  return ofResults(
    (folder) => runs.forEach((one) => writeRun(folder, one)),
    (results) => answerTiming(asked, results),
  );
}

const QUARTER = [0.25, 0.25, 0.25, 0.2, 0.3, 0.25, 0.25, 0.25];

Deno.test("a ratio is paired by round, and its interval is widened by the noise of the run", () => {
  const { findings: [found], missing } = answer([run("m/one", QUARTER)]);
  assertEquals(missing, undefined);
  assertAlmostEquals(found.value, 4);
  // Of 8 rounds an interval of 99 % goes from the smallest to the largest.
  assertAlmostEquals(found.low!, 1 / 0.3 / 1.1);
  assertAlmostEquals(found.high!, 5 * 1.1);
  assertEquals([found.source, found.record, found.repeats], [
    ...["measured", "m/one"] as const,
    { of: "rounds", count: 8 },
  ]);
  assertStringIncludes(found.what, "c3d: rt3d kgs 8x4 over dense, 2 threads");
});

Deno.test("the newest run with intervals counts, not the newest", () => {
  const at = (started: string, folder: string, share: readonly number[]) =>
    run(folder, share, { started });
  const { findings: [found] } = answer([
    at("2026-01-01T00:00:00Z", "m/old", QUARTER.map((x) => x * 2)),
    at("2026-02-01T00:00:00Z", "other/new", QUARTER),
    at("2026-03-01T00:00:00Z", "m/quick", QUARTER.slice(0, 3)),
  ]);
  assertEquals(found.record, "other/new");
});

Deno.test("more threads count before fewer, and both rows have as many", () => {
  const rows = (threads: number, ms: number) =>
    [
      { method: "dense", role: "baseline", threads, times: SLOW },
      { method: "rt3d", scheme: "kgs 8x4", threads, times: SLOW.map((slow) => slow / ms) },
    ] as const;
  const { findings: [found] } = answer([
    run("m/one", [], { rows: [...rows(1, 2), ...rows(4, 3)] }),
    run("m/two", [], { rows: rows(1, 5), started: "2026-03-01T00:00:00Z" }),
  ]);
  assertEquals([found.record, found.value.toFixed(2)], ["m/one", "3.00"]);
});

Deno.test("other rates, suites, rows, devices, own models and unfinished runs do not count", () => {
  const [dense, kgs] = run("", QUARTER).rows;
  const others: InventedRun[] = [
    run("m/rate", QUARTER, { rate: 4 }),
    run("m/suite", QUARTER, { suite: "s3d" }),
    run("m/own", QUARTER, { settings: { model: "c3d.onnx" } }),
    run("m/open", QUARTER, { finished: undefined }),
    run("m/scheme", QUARTER, { rows: [dense, { ...kgs, scheme: "kgs 4x4" }] }),
    run("m/phone", QUARTER, { rows: [dense, { ...kgs, device: "adb:x" }] }),
    run("m/copy", QUARTER, { rows: [{ ...dense, role: "A/A" }, kgs] }),
  ];
  const { findings, missing, spoilt, command } = answer(others);
  assertEquals([findings, spoilt], [[], undefined]);
  assertStringIncludes(
    missing!,
    "no finished run of c3d at 3x has times of rt3d kgs 8x4 and dense",
  );
  assertEquals(command, "deno task bench c3d --methods rt3d --rate 3 --rounds 8");
});

Deno.test("a row that did not end well is told with its reason", () => {
  const [dense, kgs] = run("", QUARTER).rows;
  const rows = [dense, { ...kgs, status: "invalid", reason: "relative error 0.2" }] as const;
  const { findings, missing, spoilt } = answer([run("m/bad", QUARTER, { rows })]);
  assertEquals([findings, spoilt], [[], "m/bad"]);
  assertStringIncludes(missing!, "is invalid: relative error 0.2");
});

Deno.test("without a second copy of the baseline there is no interval", () => {
  const { findings: [found] } = answer([run("m/one", QUARTER, { noise: undefined })]);
  assertAlmostEquals(found.value, 4);
  assertEquals([found.low, found.high], [undefined, undefined]);
});

Deno.test("networks of an experiment are asked for by their labels, at whatever rate they have", () => {
  const asked: Timing = { ...ASKED, rate: undefined, suite: "x-small-c3d", experiment: "x" };
  const own = run("m/x", QUARTER, {
    suite: "x-small-c3d",
    rate: undefined,
    settings: { model: "model.onnx" },
  });
  assertAlmostEquals(answer([own], asked).findings[0].value, 4);
  assertEquals(answer([], asked).command, "deno task experiment x --scale small");
});

Deno.test("a peer that is asked for is in the command", () => {
  const { command } = answer([], { ...ASKED, than: { method: "pytorch", scheme: "dense" } });
  assertStringIncludes(command, "--methods rt3d --peers onnxruntime,pytorch --rate 3");
});

Deno.test("how much more some layers gain is the quotient of two speed-ups in each round", () => {
  const asked: LayerTiming = {
    ...ASKED,
    kind: "layer timing",
    suite: "alexnet",
    more: "fc*",
    less: "conv*",
  };
  const each = (us: number) => SLOW.map((slow) => us * slow);
  const found = ofResults((folder) => {
    const layers = { "conv1": each(4), "conv2/a": each(3), "conv2/b": each(1), "fc6": each(6) };
    // Convolutions gain 2, fully connected layers 3; in one round 6.
    const faster = {
      "conv1": each(2),
      "conv2/core": each(2),
      "fc6": each(2).with(0, SLOW[0]),
    };
    writeRun(folder, {
      ...run("m/one", QUARTER),
      suite: "alexnet",
      rate: 2.67,
      rows: [
        { method: "dense", role: "baseline", times: SLOW, layers },
        { method: "rt3d", scheme: "kgs 8x4", times: SLOW, layers: faster },
      ],
    });
  }, (results) => answerLayerTiming(asked, results));
  const { value, low, high, repeats } = found.findings[0];
  assertAlmostEquals(value, 1.5);
  assertAlmostEquals(low!, 1.5 / 1.1);
  assertAlmostEquals(high!, 3 * 1.1);
  assertEquals(repeats, { of: "rounds", count: 8 });
});
