/**
 * From counts to cycles, time and energy. The formula is {@linkcode MODEL_FORMULA}; pages show it.
 *
 * @module
 */

import type { OperatorCounts } from "./counts.ts";
import { type Cluster, INSTRUCTION_CLASSES, type Soc } from "./soc.ts";

/** How cycles, time and energy of an operator are computed, for readers. */
export const MODEL_FORMULA: string = `
busy   = max( instructions / instructions per cycle,
              vector / vector per cycle + scalar float / scalar float per cycle,
              integer / integer per cycle, accesses / accesses per cycle,
              stores / stores per cycle, branches / branches per cycle )
stall  = (1 - overlap) * sum over levels of misses * (latency of the next level - of this one)
share  = ceil(units / threads) / units, what the busiest thread has to do
memory = bytes read from and written to DRAM / bytes per second
time   = max( share * (busy / clock + stall), memory )        cycles = time * clock
energy = sum of instructions * pJ of their class + accesses * pJ of the first level
         + lines that reach each further level * pJ of that level
         + DRAM bytes * pJ a byte + static power * threads * time
A network's time and energy are the sums of its operators'.
`.trim();

/** Where an operator's work runs. */
export interface ModelledCores {
  /** The chip, for its memory and lines. */
  readonly soc: Soc;
  /** The cores. */
  readonly cluster: Cluster;
  /** How many are at work. */
  readonly threads: number;
}

/** What the model says of one operator. */
export interface Modelled {
  /** Clock cycles from its begin to its end. */
  readonly cycles: number;
  /** The same in seconds. */
  readonly time: number;
  /** Joules. */
  readonly energy: number;
}

/** Cycles that all work of an operator takes one core, nothing missed. */
function busyCycles({ instructions, accesses }: OperatorCounts, { perCycle }: Cluster): number {
  const all = INSTRUCTION_CLASSES.reduce((sum, name) => sum + instructions[name], 0);
  return Math.max(
    all / perCycle.instructions,
    instructions.vector / perCycle.vector + instructions["scalar-float"] / perCycle.scalarFloat,
    instructions.integer / perCycle.integer,
    accesses / perCycle.accesses,
    instructions.store / perCycle.stores,
    instructions.branch / perCycle.branches,
  );
}

/** Seconds that loads wait for levels behind the first, and other work does not hide. */
function stallSeconds({ demand }: OperatorCounts, { soc, cluster }: ModelledCores): number {
  const latencies = [...cluster.levels.map(({ latency }) => latency), soc.memory.latency];
  const waits = demand.misses.map((n, i) => n * Math.max(0, latencies[i + 1] - latencies[i]));
  return (1 - cluster.overlap) * waits.reduce((sum, seconds) => sum + seconds, 0);
}

function dramBytes({ demand, prefetch }: OperatorCounts): number {
  return [demand, prefetch].reduce((sum, flow) => sum + flow.dramRead + flow.dramWritten, 0);
}

/** Joules of all events. */
function eventEnergy(counts: OperatorCounts, { soc, cluster }: ModelledCores): number {
  const { instructions, accesses, demand, prefetch } = counts;
  let pj = dramBytes(counts) * soc.memory.bytePj;
  for (const name of INSTRUCTION_CLASSES) pj += instructions[name] * cluster.instructionPj[name];
  for (const [i, { accessPj }] of cluster.levels.entries()) {
    const above = (flow: typeof demand) => flow.misses[i - 1] + flow.writtenBack[i - 1];
    pj += accessPj * (i ? above(demand) + above(prefetch) : accesses);
  }
  return pj * 1e-12;
}

/** What {@linkcode MODEL_FORMULA} says of an operator. */
export function modelOperator(counts: OperatorCounts, cores: ModelledCores): Modelled {
  const { soc, cluster, threads } = cores;
  const share = Math.ceil(counts.units / threads) / counts.units;
  const working = share *
    (busyCycles(counts, cluster) / cluster.hertz + stallSeconds(counts, cores));
  const time = Math.max(working, dramBytes(counts) / soc.memory.bytesPerSecond);
  return {
    cycles: time * cluster.hertz,
    time,
    energy: eventEnergy(counts, cores) + cluster.staticWatts * threads * time,
  };
}
