import { assertEquals } from "@std/assert";
import { fourCases, setupOf } from "../measure/testdata/mock_run.ts";
import type { CaseResult, RunResult } from "../result.ts";
import { fromRecords, toRecords } from "./rows.ts";

const [dense, copy, , half] = fourCases();

function row(prepared: typeof dense, change: Partial<CaseResult>): CaseResult {
  const { program: _, ...fixed } = prepared;
  return { ...fixed, ...change };
}

const INTERVAL = { low: 0.99, high: 1.02, level: 0.95, rounds: 6 };

const RUN: RunResult = {
  manifest: setupOf().manifest,
  aaBand: { low: Math.exp(-Math.log(1.02)), high: Math.exp(Math.log(1.02)) },
  cases: [
    row(dense, {
      latency: { value: 10, low: 9, high: 11, level: 0.95, rounds: 6 },
      load: { value: 3, rounds: 3 },
      peakBytes: 12345,
      spread: {
        samples: 18,
        min: 8,
        mean: 10.1,
        p5: 8.5,
        p95: 12,
        mad: 0.3,
        madBetweenRounds: 0.1,
        mildOutliers: 2,
        severeOutliers: 0,
        drift: 1.01,
      },
      notes: ['a "note", with\nall that breaks CSV'],
      layers: [
        {
          layer: "conv1",
          operator: "conv1/core",
          kind: "conv3d",
          macs: 5,
          params: 4,
          valueBytes: 16,
          indexBytes: 2,
          decision: "keep 25.7 %, of 8x4",
          microseconds: { value: 7, low: 6, high: 8, level: 0.95, rounds: 6 },
        },
        {
          layer: "fc6",
          operator: "fc6",
          kind: "gemm",
          macs: 5,
          params: 4,
          valueBytes: 16,
          indexBytes: 0,
          decision: "",
        },
      ],
    }),
    row(copy, { speedupDense: { value: 1.001, ...INTERVAL, verdict: "none shown" } }),
    row(half, { status: "failed", reason: "ended by SIGKILL" }),
  ],
};

Deno.test("fromRecords() gives back the run that toRecords() took, through JSON as well", () => {
  const records = toRecords(RUN);
  assertEquals(fromRecords(records), RUN);
  assertEquals(fromRecords(JSON.parse(JSON.stringify(records))), RUN);
});

Deno.test("a value that is missing has a row with a status and a reason", () => {
  const { summary } = toRecords(RUN);
  const find = (id: string, metric: string) =>
    summary.find((cells) => cells.case === id && cells.metric === metric);
  const missing = find(dense.id, "speedup_peer");
  assertEquals([missing?.value, missing?.status], [undefined, "unavailable"]);
  assertEquals(missing?.reason, "not measured or not to be had in this run");
  const failed = find(half.id, "latency");
  assertEquals([failed?.value, failed?.status, failed?.reason], [
    undefined,
    "failed",
    "ended by SIGKILL",
  ]);
  const outlierCount = find(dense.id, "outliers_severe");
  assertEquals([outlierCount?.value, outlierCount?.status], [0, "ok"]);
});
