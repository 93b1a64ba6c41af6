/**
 * The made-up run of C3D with what devices tell besides times: power of this machine, and the counts
 * of an emulated phone beside it.
 *
 * @module
 */

import type { PowerTrace } from "../../../devices/reading.ts";
import type { CaseResult, ReadingResult, RunResult } from "../../result.ts";
import { exampleRun } from "./example_run.ts";

/** Id of the emulated device. */
export const PHONE = "snapdragon-865";
/** Why this machine has no counts of its last cache. */
export const NO_COUNTERS = "perf: this processor does not count LLC-load-misses";

/** Half a second of rest at 2 W, then calls at 9 W. */
function traceOf(hertz: number): PowerTrace {
  const seconds = Array.from({ length: 2 * hertz }, (_, i) => (i + 1) / hertz);
  const watts = seconds.map((time) => time <= 0.5 ? 2 : 9);
  return { rail: "package-0", hertz, seconds, watts, calls: [0.5, 2] };
}

function measuredReadings({ latency }: CaseResult): ReadingResult[] {
  const watts = 7;
  const energy = { value: watts * (latency?.value ?? 0) / 1000, rounds: 10 };
  const origin = "powercap intel-rapl:0 (package-0) at 100 Hz";
  return [
    { quantity: "energy", source: "measured", value: energy, origin },
    { quantity: "power", source: "measured", value: { value: 9, rounds: 10 }, origin },
    { quantity: "llc-misses", source: "measured", unavailable: NO_COUNTERS },
  ];
}

function countedReadings({ layers, macs = 0 }: CaseResult): ReadingResult[] {
  const once = (value: number) => ({ value, rounds: 1 });
  return [
    { quantity: "llc-misses", source: "emulated", value: once(macs / 1000) },
    { quantity: "dram-read", source: "emulated", value: once(macs / 16) },
    { quantity: "dram-written", source: "emulated", value: once(macs / 48) },
    { quantity: "energy", source: "modelled", value: once(macs * 1e-12), origin: "1 pJ a MAC" },
    ...layers.flatMap(({ operator, macs }): ReadingResult[] => [
      { quantity: "llc-misses", operator, source: "emulated", value: once(macs / 1000) },
      { quantity: "dram-read", operator, source: "emulated", value: once(macs / 16) },
      { quantity: "dram-written", operator, source: "emulated", value: once(macs / 48) },
    ]),
  ];
}

/** Fields that only a timed case has. */
const TIMES = /^(latency|spread|speedup\w+|efficiency|load|firstRun)$/;

/** The same case on the phone: checked and counted, not timed. */
function onPhone(row: CaseResult): CaseResult {
  const untimed = Object.entries(row).filter(([name]) => !TIMES.test(name));
  return {
    ...Object.fromEntries(untimed) as unknown as CaseResult,
    id: `f${row.id.slice(1)}`,
    spec: { ...row.spec, device: PHONE },
    layers: row.layers.map(({ microseconds: _, ...layer }) => layer),
    ...(row.status === "ok" && { readings: countedReadings(row) }),
  };
}

/** The example; every call gives a value of its own. */
export function toldRun(): RunResult {
  const run = exampleRun();
  const here = run.cases.map((row): CaseResult =>
    row.status === "ok" ? { ...row, readings: measuredReadings(row), power: [traceOf(100)] } : row
  );
  const there = run.cases.filter(({ role }) => role !== "peer").map(onPhone);
  return { ...run, cases: [...here, ...there] };
}
