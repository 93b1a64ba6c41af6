/**
 * What the emulator counted, operator by operator.
 *
 * @module
 */

import { INSTRUCTION_CLASSES, type InstructionClass } from "./soc.ts";

/** What passed between caches. */
export interface Flow {
  /** Lines that each level missed, the first level first. */
  readonly misses: readonly number[];
  /** Lines that each level wrote to the next. */
  readonly writtenBack: readonly number[];
  /** Bytes from memory. */
  readonly dramRead: number;
  /** Bytes to memory. */
  readonly dramWritten: number;
}

/** Accesses, and what they and a prefetcher moved. */
export interface Traffic {
  /** Accesses to the first level, of up to 16 bytes. */
  readonly accesses: number;
  /** For accesses. */
  readonly demand: Flow;
  /** For prefetches. */
  readonly prefetch: Flow;
}

/** Counts of one operator in one call. */
export interface OperatorCounts extends Traffic {
  /** Its name in the plan. */
  readonly name: string;
  /** Pieces of work that it consists of. */
  readonly units: number;
  /** Those that were counted; the counts are scaled to all. */
  readonly countedUnits: number;
  /** Instructions of each class. */
  readonly instructions: Readonly<Record<InstructionClass, number>>;
}

/** A row of a table, by its columns. */
type Row = ReadonlyMap<string, number>;

/** Reads a table of numbers with a line of names, as the plugin and `kerf-cache` write them. */
export function parseTable(text: string): Row[] {
  const [head, ...lines] = text.trimEnd().split("\n").map((line) => line.split("\t"));
  return lines.map((cells) => new Map(head.map((name, i) => [name, Number(cells[i])])));
}

/** The traffic of a row; levels have these names. */
export function trafficOf(row: Row, levels: readonly string[]): Traffic {
  const flow = (prefix: string): Flow => ({
    misses: levels.map((name) => row.get(`${prefix}${name}-misses`)!),
    writtenBack: levels.map((name) => row.get(`${prefix}${name}-written-back`)!),
    dramRead: row.get(`${prefix}dram-read`)!,
    dramWritten: row.get(`${prefix}dram-written`)!,
  });
  return { accesses: row.get("accesses")!, demand: flow(""), prefetch: flow("prefetch-") };
}

function scaled(flow: Flow, by: number): Flow {
  return {
    misses: flow.misses.map((n) => n * by),
    writtenBack: flow.writtenBack.map((n) => n * by),
    dramRead: flow.dramRead * by,
    dramWritten: flow.dramWritten * by,
  };
}

/** An operator of a plan, and how much of it was counted. */
export interface CountedOperator {
  /** Its name. */
  readonly name: string;
  /** Pieces of work. */
  readonly units: number;
  /** Those that were counted. */
  readonly countedUnits: number;
}

/** Reads the plugin's table; operators of which a sample was counted are scaled to the whole. */
export function parseCounts(
  text: string,
  operators: readonly CountedOperator[],
  levels: readonly string[],
): OperatorCounts[] {
  const rows = parseTable(text);
  return operators.map((operator, i) => {
    const row = rows[i], by = operator.units / operator.countedUnits;
    const { accesses, demand, prefetch } = trafficOf(row, levels);
    const instructions = INSTRUCTION_CLASSES.map((name) => [name, row.get(name)! * by]);
    return {
      ...operator,
      instructions: Object.fromEntries(instructions) as OperatorCounts["instructions"],
      accesses: accesses * by,
      demand: scaled(demand, by),
      prefetch: scaled(prefetch, by),
    };
  });
}
