/**
 * Counts and what is modelled from them, as readings.
 *
 * @module
 */

import type { Quantity, Reading } from "../reading.ts";
import type { OperatorCounts } from "./counts.ts";
import { type ModelledCores, modelOperator } from "./model.ts";
import { INSTRUCTION_CLASSES } from "./soc.ts";

/** Numbers of one operator, or of the whole call. */
type Numbers = ReadonlyMap<Quantity, number>;

/** What is computed rather than counted. */
const MODELLED: readonly Quantity[] = ["cycles", "time", "energy"];

/** Misses of the levels, by their names; those of the last level are also `llc-misses`. */
const MISSES: Readonly<Record<string, Quantity>> = {
  l1d: "l1d-misses",
  l2: "l2-misses",
  l3: "l3-misses",
};

function numbersOf(counts: OperatorCounts, cores: ModelledCores): Numbers {
  const { instructions, accesses, demand, prefetch } = counts;
  const { cycles, time, energy } = modelOperator(counts, cores);
  const classes = INSTRUCTION_CLASSES.map((name): [Quantity, number] => [
    `instructions-${name}`,
    instructions[name],
  ]);
  return new Map<Quantity, number>([
    ["instructions", classes.reduce((sum, [, n]) => sum + n, 0)],
    ...classes,
    ["l1d-accesses", accesses],
    ...cores.cluster.levels.flatMap(({ name }, i): [Quantity, number][] =>
      name in MISSES ? [[MISSES[name], demand.misses[i]]] : []
    ),
    ["llc-misses", demand.misses.at(-1)!],
    ["dram-read", demand.dramRead + prefetch.dramRead],
    ["dram-written", demand.dramWritten + prefetch.dramWritten],
    ["cycles", cycles],
    ["time", time],
    ["energy", energy],
  ]);
}

/**
 * Readings of each operator, then those of the whole call, which are their sums.
 *
 * @param origin Where the counts come from.
 */
export function readingsOf(
  operators: readonly OperatorCounts[],
  cores: ModelledCores,
  origin: string,
): Reading[] {
  const readings: Reading[] = [], whole = new Map<Quantity, number>();
  const tell = (numbers: Numbers, origin: string, operator?: string) => {
    for (const [quantity, value] of numbers) {
      const source = MODELLED.includes(quantity) ? "modelled" : "emulated";
      readings.push({
        quantity,
        source,
        // Counts of a sample are scaled, and then no integers any more.
        value: source === "emulated" ? Math.round(value) : value,
        origin: source === "modelled" ? `modelled from ${origin}` : origin,
        ...(operator !== undefined && { operator }),
      });
    }
  };
  for (const counts of operators) {
    const { name, units, countedUnits } = counts, numbers = numbersOf(counts, cores);
    const part = countedUnits < units ? `, ${countedUnits} of ${units} units` : "";
    tell(numbers, origin + part, name);
    for (const [quantity, value] of numbers) {
      whole.set(quantity, (whole.get(quantity) ?? 0) + value);
    }
  }
  const sampled = operators.some(({ units, countedUnits }) => countedUnits < units);
  tell(whole, origin + (sampled ? ", a sample of the units of some operators" : ""));
  if (!whole.has("l3-misses")) {
    const unavailable = `${cores.soc.name} has no third cache`;
    readings.push({ quantity: "l3-misses", source: "emulated", unavailable });
  }
  return readings;
}
