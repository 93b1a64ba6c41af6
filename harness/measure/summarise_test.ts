import { assertEquals } from "@std/assert";
import { preparedOf, setupOf, specOf } from "./testdata/mock_run.ts";
import type { SampleRow } from "../records/records.ts";
import { summarise } from "./summarise.ts";
import type { RunProgress } from "../records/store.ts";

const LAYER = {
  layer: "conv1",
  kind: "conv3d",
  macs: 1,
  params: 1,
  valueBytes: 4,
  indexBytes: 0,
  decision: "",
};

function progressOf(change: Partial<RunProgress>): RunProgress {
  return {
    setup: setupOf(),
    inputs: [],
    prepared: [],
    finishedRounds: [],
    failures: [],
    ...change,
  };
}

/** One timed call per round, of a case with these times in milliseconds. */
function steady(id: string, ms: readonly number[]): SampleRow[] {
  return ms.map((time, round) => (
    { case: id, round, block: 0, order: 0, sample: 0, warmup: 0, phase: "steady", ns: time * 1e6 }
  ));
}

Deno.test("an operator's time is the median over rounds, and stays absent where none was taken", () => {
  const prepared = preparedOf(specOf("dense"), "baseline", {
    layers: [{ ...LAYER, operator: "conv1/core" }, { ...LAYER, operator: "conv1/first" }],
  });
  const operators = [3000, 1000, 2000].map((ns, round): SampleRow => (
    { case: prepared.id, round, sample: 0, warmup: 0, phase: "layer", operator: "conv1/core", ns }
  ));
  const samples = [...steady(prepared.id, [1, 1, 1]), ...operators];
  const [row] = summarise(progressOf({ prepared: [prepared] }), samples).cases;
  assertEquals(row.layers.map((layer) => layer.microseconds), [{ value: 2, rounds: 3 }, undefined]);
});

Deno.test("a row is compared with what ran on its own device, of its own model and threads", () => {
  const on = (device: string, threads: number) => ({ device, threads });
  const prepared = [
    preparedOf(specOf("dense", on("host", 1)), "baseline"),
    preparedOf(specOf("dense", on("host", 2)), "baseline"),
    preparedOf(specOf("dense", on("phone", 2)), "baseline"),
    preparedOf(specOf("half", on("host", 2)), "subject"),
    preparedOf(specOf("half", on("phone", 2)), "subject"),
    preparedOf(specOf("half", on("elsewhere", 2)), "subject"),
    preparedOf(specOf("half", { model: "other" }), "subject"),
    preparedOf(specOf("onnxruntime", on("onnxruntime", 2)), "peer"),
  ];
  const times = [10, 6, 30, 3, 10, 2, 1, 12];
  const samples = prepared.flatMap(({ id }, index) => steady(id, [times[index]]));
  const { cases } = summarise(progressOf({ prepared }), samples);
  assertEquals(cases.map((row) => row.speedupDense?.value), [
    undefined,
    undefined,
    undefined,
    2,
    3,
    undefined,
    undefined,
    0.5,
  ]);
  // The peer engine runs on this machine, and says nothing of a phone.
  const peers = cases.map(({ speedupPeer }) => speedupPeer?.value);
  assertEquals(peers, [undefined, 2, undefined, 4, undefined, undefined, undefined, undefined]);
});

Deno.test("pairs are made of the rounds that both cases have", () => {
  const dense = preparedOf(specOf("dense"), "baseline");
  const half = preparedOf(specOf("half"), "subject");
  const samples = [
    ...steady(dense.id, [10, 20, 30]),
    ...steady(half.id, [5, 5, 5]).filter(({ round }) => round !== 2),
  ];
  const [, row] = summarise(progressOf({ prepared: [dense, half] }), samples).cases;
  assertEquals(row.speedupDense, { value: 3, rounds: 2, verdict: "none shown" });
});

Deno.test("warm-up calls do not count", () => {
  const dense = preparedOf(specOf("dense"), "baseline");
  const warmup = steady(dense.id, [99]).map((row): SampleRow => (
    { ...row, phase: "warmup", warmup: 1 }
  ));
  const samples = [...warmup, ...steady(dense.id, [10])];
  const [row] = summarise(progressOf({ prepared: [dense] }), samples).cases;
  assertEquals(row.latency, { value: 10, rounds: 1 });
  assertEquals(row.spread?.samples, 1);
});
