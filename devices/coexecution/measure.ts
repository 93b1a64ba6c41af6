/**
 * Measures what co-execution costs, by taking the steps of schedules that use one processor each, and
 * of one that only copies.
 *
 * @module
 */

import type { Network } from "../../kernels/ffi.ts";
import type { DataFlow } from "../../kernels/plan/data_flow.ts";
import {
  type CopyCost,
  type CopySample,
  type Costs,
  fitCopies,
  type MeasuredCopy,
  type Processor,
} from "./costs.ts";
import { bytesOf, Scheduler, type Step } from "./schedule.ts";

/** A plan that is open on both processors. */
export type DividedNetwork = Pick<Network, "setSchedule" | "trace">;

/** Options of {@linkcode measureCosts}. */
export interface MeasureCostsOptions {
  /** Timed runs, of which medians are taken; one more comes before them. @default {5} */
  readonly runs?: number;
  /** Ends the work between runs. */
  readonly signal?: AbortSignal;
  /** Told what is being done. */
  onProgress?(label: string): void;
}

/** Most values that are copied to learn what copies cost, of sizes as different as there are. */
const MOST_COPIES = 12;

/**
 * Measures the times of all operators on each processor, and of copies.
 *
 * @throws the signal's reason when it is aborted.
 */
export async function measureCosts(
  flow: DataFlow,
  network: DividedNetwork,
  { runs = 5, signal, onProgress }: MeasureCostsOptions = {},
): Promise<Costs> {
  const traced = async (steps: readonly Pick<Step, "kind" | "index">[], label: string) => {
    network.setSchedule(steps);
    const times: number[][] = steps.map(() => []);
    for (let run = 0; run <= runs; run++) {
      signal?.throwIfAborted();
      onProgress?.(`${label}, run ${run + 1} of ${runs + 1}`);
      const trace = await network.trace();
      if (run > 0) trace.forEach(({ begin, end }, i) => times[i].push(end - begin));
    }
    return steps.map((step, i) => ({ ...step, ns: median(times[i]) }));
  };
  const alone = new Scheduler(flow, noCosts(flow.reads.length));
  const stepsOn = (processor: Processor) => alone.schedule(flow.reads.map(() => processor)).steps;
  const timesOn = async (processor: Processor, label: string) => {
    const times = new Array<number>(flow.reads.length).fill(0);
    for (const { kind, index, ns } of await traced(stepsOn(processor), label)) {
      if (kind === processor) times[index] = ns;
    }
    return times;
  };
  const gpu = await timesOn("gpu", "timing operators on the GPU");
  const cpu = await timesOn("cpu", "timing operators on the CPU");
  const bytes = bytesOf(flow), copied = valuesToCopy(flow, bytes);
  const kernels = stepsOn("gpu").filter(({ kind }) => kind === "gpu");
  const copies = copied.flatMap((index) =>
    (["fetch", "send"] as const).map((kind) => ({ kind, index }))
  );
  const times = await traced([...kernels, ...copies], "timing copies");
  const measured = times.flatMap(({ kind, index, ns }): MeasuredCopy[] =>
    kind === "gpu" ? [] : [{ to: kind === "send" ? "gpu" : "cpu", bytes: bytes[index], ns }]
  );
  const costTo = (processor: Processor) => costOf(measured.filter(({ to }) => to === processor));
  return { gpu, cpu, toGpu: costTo("gpu"), toCpu: costTo("cpu"), copies: measured };
}

function noCosts(operators: number): Costs {
  const none = new Array<number>(operators).fill(0), copy = { fixed: 0, perByte: 0 };
  return { gpu: none, cpu: none, toGpu: copy, toCpu: copy };
}

/** Values of operators, each of another size, from the smallest to the largest. */
function valuesToCopy({ reads, places }: DataFlow, bytes: readonly number[]): number[] {
  const bySize = new Map(reads.flatMap((_, i) => places[i] ? [[bytes[i], i]] : []));
  const sorted = [...bySize].sort(([a], [b]) => a - b).map(([, value]) => value);
  if (sorted.length <= MOST_COPIES) return sorted;
  const step = (sorted.length - 1) / (MOST_COPIES - 1);
  return Array.from({ length: MOST_COPIES }, (_, i) => sorted[Math.round(i * step)]);
}

/** Where all values have one size there is no line, and no other size to know of. */
function costOf(samples: readonly CopySample[]): CopyCost {
  return samples.length === 1 ? { fixed: samples[0].ns, perByte: 0 } : fitCopies(samples);
}

function median(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b), half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
