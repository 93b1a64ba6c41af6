/**
 * A chip as the emulator and the model of its time and energy know it, read from `devices/socs/`.
 *
 * @module
 */

import { Fields } from "./fields.ts";

/** What kinds of instructions are told apart. */
export const INSTRUCTION_CLASSES = [
  "vector",
  "scalar-float",
  "integer",
  "load",
  "store",
  "branch",
  "other",
] as const;

/** One of {@linkcode INSTRUCTION_CLASSES}. */
export type InstructionClass = typeof INSTRUCTION_CLASSES[number];

/** One cache. */
export interface CacheLevel {
  /** In counts: `"l1d"`, `"l2"`, `"l3"`, or `"slc"` for a system-level cache. */
  readonly name: string;
  /** Whether the cores share it, or each has its own. */
  readonly shared: boolean;
  /** Capacity. */
  readonly bytes: number;
  /** Lines of a set. */
  readonly ways: number;
  /** From the load to its value, seconds. */
  readonly latency: number;
  /** Energy of one access, picojoules: of a register at the first level, else of a line. */
  readonly accessPj: number;
}

/** What a core can do at most in one cycle. */
export interface Throughput {
  /** Instructions of any kind. */
  readonly instructions: number;
  /** Vector instructions of 128 bits. */
  readonly vector: number;
  /** Floating-point instructions on one value, which use the same pipes. */
  readonly scalarFloat: number;
  /** Integer instructions. */
  readonly integer: number;
  /** Accesses to the first cache, of 128 bits. */
  readonly accesses: number;
  /** Stores. */
  readonly stores: number;
  /** Branches. */
  readonly branches: number;
}

/** Cores of one kind. */
export interface Cluster {
  /** `"gold"`. */
  readonly id: string;
  /** What the cores are. */
  readonly core: string;
  /** How many there are. */
  readonly cores: number;
  /** Highest clock. */
  readonly hertz: number;
  /** Of one core. */
  readonly perCycle: Throughput;
  /** Part of the latency of misses that other work hides, 0 to 1. */
  readonly overlap: number;
  /** Energy of an instruction, caches apart, picojoules. */
  readonly instructionPj: Readonly<Record<InstructionClass, number>>;
  /** Power of a running core that does nothing. */
  readonly staticWatts: number;
  /** All caches that its cores see, the first level first. */
  readonly levels: readonly CacheLevel[];
}

/** A chip. */
export interface Soc {
  /** `"snapdragon-865"`. */
  readonly id: string;
  /** As its maker calls it. */
  readonly name: string;
  /** Bytes of a line of all caches. */
  readonly lineBytes: number;
  /** Following lines that are fetched with one that the first level misses; 0 for none. */
  readonly prefetchLines: number;
  /** All clusters. */
  readonly clusters: readonly Cluster[];
  /** The cluster that is meant when none is named. */
  readonly defaultCluster: Cluster;
  /** Behind the last cache. */
  readonly memory: {
    /** Highest rate, read and written together. */
    readonly bytesPerSecond: number;
    /** From the load to its value, seconds. */
    readonly latency: number;
    /** Energy of a byte, picojoules. */
    readonly bytePj: number;
  };
  /** Where each number comes from, by its path in the file. */
  readonly references: ReadonlyMap<string, string>;
}

/**
 * Reads a chip.
 *
 * @param name What errors call it.
 * @throws {TypeError|RangeError} with the field and its value.
 */
export function parseSoc(name: string, raw: unknown): Soc {
  const soc = Fields.of(name, raw);
  soc.only(
    ...["id", "name", "defaultCluster", "references", "lineBytes", "prefetchLines"],
    ...["clusters", "levels", "memory"],
  );
  const lineBytes = soc.integer("lineBytes", 16, 1024);
  const shared = soc.objects("levels");
  const clusters = soc.objects("clusters").map((fields) => parseCluster(fields, shared, lineBytes));
  const defaultCluster = clusters.find(({ id }) => id === soc.text("defaultCluster"));
  if (!defaultCluster) {
    throw soc.refuse("defaultCluster", `one of ${clusters.map(({ id }) => id).join(", ")}`);
  }
  const memory = soc.object("memory");
  memory.only("bytesPerSecond", "latencyNs", "bytePj");
  return {
    id: soc.text("id"),
    name: soc.text("name"),
    lineBytes,
    prefetchLines: soc.integer("prefetchLines", 0, 16),
    clusters,
    defaultCluster,
    memory: {
      bytesPerSecond: memory.number("bytesPerSecond", 1e8, 1e13),
      latency: memory.number("latencyNs", 1, 1e4) * 1e-9,
      bytePj: memory.number("bytePj", 0, 1e5),
    },
    references: soc.references,
  };
}

/** Reads the cores and what is their own; the levels that all clusters share come behind. */
function parseCluster(cluster: Fields, shared: readonly Fields[], lineBytes: number): Cluster {
  cluster.only(
    ...["id", "core", "cores", "hertz", "perCycle", "overlap", "instructionPj", "staticWatts"],
    "levels",
  );
  const hertz = cluster.number("hertz", 1e6, 1e11);
  const perCycle = cluster.object("perCycle"), instructionPj = cluster.object("instructionPj");
  instructionPj.only(...INSTRUCTION_CLASSES);
  const rate = (name: keyof Throughput) => perCycle.number(name, 0.05, 64);
  const rates: Throughput = {
    instructions: rate("instructions"),
    vector: rate("vector"),
    scalarFloat: rate("scalarFloat"),
    integer: rate("integer"),
    accesses: rate("accesses"),
    stores: rate("stores"),
    branches: rate("branches"),
  };
  perCycle.only(...Object.keys(rates));
  const energies = INSTRUCTION_CLASSES.map((name) => [name, instructionPj.number(name, 0, 1e5)]);
  const levels = [
    ...cluster.objects("levels").map((fields) =>
      parseLevel(fields, lineBytes, () => fields.number("latencyCycles", 1, 1e4) / hertz)
    ),
    ...shared.map((fields) =>
      parseLevel(fields, lineBytes, () => fields.number("latencyNs", 0.1, 1e4) * 1e-9)
    ),
  ];
  const wrong = levels.findIndex(({ shared }, i) => i > 0 && !shared && levels[i - 1].shared);
  if (!levels.length || levels.length > 4 || levels[0].shared || wrong > 0) {
    throw cluster.refuse("levels", "one to four caches, each core's own before shared ones");
  }
  return {
    id: cluster.text("id"),
    core: cluster.text("core"),
    cores: cluster.integer("cores", 1, 64),
    hertz,
    perCycle: rates,
    overlap: cluster.number("overlap", 0, 1),
    instructionPj: Object.fromEntries(energies) as Record<InstructionClass, number>,
    staticWatts: cluster.number("staticWatts", 0, 100),
    levels,
  };
}

function parseLevel(fields: Fields, lineBytes: number, latency: () => number): CacheLevel {
  fields.only("name", "shared", "bytes", "ways", "latencyCycles", "latencyNs", "accessPj");
  const name = fields.text("name"), bytes = fields.integer("bytes", lineBytes, 2 ** 32);
  const ways = fields.integer("ways", 1, 64), sets = bytes / lineBytes / ways;
  if (!/^(l1d|l2|l3|slc)$/.test(name)) throw fields.refuse("name", "l1d, l2, l3 or slc");
  if (!Number.isInteger(Math.log2(sets))) {
    throw fields.refuse("ways", `such that the sets of ${name} are a power of two`);
  }
  const accessPj = fields.number("accessPj", 0, 1e5);
  return { name, shared: fields.flag("shared"), bytes, ways, latency: latency(), accessPj };
}
