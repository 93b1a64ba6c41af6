/**
 * What timings of training steps say, as a table for people and one for programs.
 *
 * @module
 */

import { stringify } from "@std/csv";
import { estimateRatio } from "../../measure/comparison.ts";
import { median } from "../../measure/statistics.ts";
import type { Environment } from "../../environment/environment.ts";
import type { Estimate } from "../../result.ts";
import type { MeasuredStep } from "./measure_step.ts";
import type { StepCase } from "./step_case.ts";

/** A training step is worth three forward passes; the project asks for this share of their speed. */
const WANTED_SHARE = 0.35;
/** Copies of the weights, besides activations, that a step may take. */
const WANTED_COPIES = 6;

/** What was measured of one case, and where. */
export interface StepRow {
  /** What was timed. */
  readonly which: StepCase;
  /** Threads of everything. */
  readonly threads: number;
  /** What was found. */
  readonly measured: MeasuredStep;
}

/** What follows from it. */
interface Derived {
  readonly forwardGflops: number;
  readonly stepGflops: number;
  readonly samplesPerSecond: number;
  /** Three forward passes over one step. */
  readonly share: Estimate;
  /** PyTorch's step over ours. */
  readonly overTorch?: Estimate;
  readonly memoryShare: number;
}

function derive({ which, measured }: StepRow): Derived {
  const { forward, step, torch, macs, peakBytes, activationBytes, weightBytes } = measured;
  const ratio = (baseline: readonly number[]) =>
    estimateRatio(baseline.map((time, i) => ({ baseline: [time], candidate: [step[i]] })));
  return {
    forwardGflops: 2 * macs / median(forward) / 1e6,
    stepGflops: 3 * 2 * macs / median(step) / 1e6,
    samplesPerSecond: 1e3 * which.batch / median(step),
    share: ratio(forward.map((time) => 3 * time)),
    ...(torch && { overTorch: ratio(torch) }),
    memoryShare: peakBytes / (activationBytes + WANTED_COPIES * weightBytes),
  };
}

/** The table for programs: one row for each case and round. */
export function stepsCsv(rows: readonly StepRow[]): string {
  const columns = [
    "network",
    "width",
    "batch",
    "threads",
    "round",
    "forward_ms",
    "step_ms",
    "torch_step_ms",
    "torch_version",
    "macs",
    "peak_bytes",
    "activation_bytes",
    "weight_bytes",
    "source",
  ] as const;
  const records = rows.flatMap(({ which, threads, measured }) =>
    measured.step.map((step, round) => ({
      network: which.network,
      width: which.width,
      batch: which.batch,
      threads,
      round: round + 1,
      forward_ms: measured.forward[round].toFixed(3),
      step_ms: step.toFixed(3),
      torch_step_ms: measured.torch?.[round].toFixed(3) ?? "",
      torch_version: measured.torchVersion ?? "",
      macs: measured.macs,
      peak_bytes: measured.peakBytes,
      activation_bytes: measured.activationBytes,
      weight_bytes: measured.weightBytes,
      source: "measured",
    }))
  );
  return stringify(records, { columns });
}

/** The table for people, as Markdown. */
export function stepsPage(rows: readonly StepRow[], environment: Environment): string {
  const torch = rows.find(({ measured }) => measured.torchVersion !== undefined)?.measured;
  const lines = rows.map((row) => {
    const { which, threads, measured } = row;
    const found = derive(row);
    const cells = [
      which.width === 1 ? which.network : `${which.network}, width ${which.width}`,
      `${which.batch}`,
      `${threads}`,
      found.forwardGflops.toFixed(0),
      found.stepGflops.toFixed(0),
      found.samplesPerSecond.toPrecision(3),
      `${estimateText(found.share)}${found.share.value < WANTED_SHARE ? " (short)" : ""}`,
      found.overTorch ? estimateText(found.overTorch) : "",
      `${(measured.peakBytes / 1e6).toFixed(0)} MB`,
      `${found.memoryShare.toFixed(2)}${found.memoryShare > 1 ? " (over)" : ""}`,
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return `# Training steps

One step of ours, forward, loss, backward and the update of SGD with momentum, in the same rounds as
ONNX Runtime's forward pass of the same graph with its weights inside. Times are medians of
${
    rows[0].measured.step.length
  } rounds; ratios are taken round by round, with the interval of their median.
Source of all numbers: measured, on ${environment.cpu} with ${environment.cores} cores.
ONNX Runtime ${environment.onnxruntime}, Deno ${environment.deno}${
    torch ? `, PyTorch ${torch.torchVersion}` : ""
  }.

| network | batch | threads | forward GFLOP/s | step GFLOP/s | samples a second | share | over PyTorch | peak memory | of the bound |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
${lines.join("\n")}

- **share**: the time of three forward passes over that of a step, which has three times their
  products; at least ${WANTED_SHARE} is wanted.
- **over PyTorch**: how many of our steps fit in one of Debian's python3-torch on the same graph;
  ${
    torch
      ? ""
      : "it was not installed here, so there is none; "
  }it takes turns in the same rounds, and
  is never needed.
- **peak memory**: most that the process held after two steps, beyond what it held before it had a
  network; **of the bound**: over all activations of the batch and ${WANTED_COPIES} times the weights.

\`deno task bench-training\` makes this page and \`steps.csv\`.
`;
}

function estimateText({ value, low, high }: Estimate): string {
  const interval = low === undefined ? "" : ` [${low.toFixed(2)}-${high!.toFixed(2)}]`;
  return `${value.toFixed(2)}${interval}`;
}
