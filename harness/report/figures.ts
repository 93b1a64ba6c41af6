/**
 * What pages and terminals show of readings: each figure is a quantity, or made of some.
 *
 * @module
 */

import { QUANTITIES, type Quantity } from "../../devices/reading.ts";
import type { FindTold, Told } from "../layer_readings.ts";
import { formatCount, formatMebibytes, formatMs, formatPlain } from "./format.ts";

/** How values of a unit are shown. */
export interface Shown {
  /** Unit that is shown; `""` for counts. */
  readonly unit: string;
  /** How many of this unit one of the records' unit is. */
  readonly factor: number;
  /** A value in the records' unit as text, without the unit. */
  format(value: number): string;
}

const COUNT: Shown = {
  unit: "",
  factor: 1,
  format: (count) => formatCount(count >= 1000 ? Math.round(count) : count),
};
const MEBIBYTES: Shown = { unit: "MiB", factor: 1 / 2 ** 20, format: formatMebibytes };
const AS_SHOWN: Readonly<Record<typeof QUANTITIES[Quantity]["unit"], Shown>> = {
  "1": COUNT,
  "bytes": MEBIBYTES,
  "s": { unit: "ms", factor: 1e3, format: (seconds) => formatMs(seconds * 1e3) },
  "J": { unit: "mJ", factor: 1e3, format: (joules) => formatMs(joules * 1e3) },
  "W": { unit: "W", factor: 1, format: formatPlain },
};
const SHARE: Shown = {
  unit: "%",
  factor: 100,
  format: (share) => `${Math.round(100 * share)} %`,
};

/** One number of a case, a layer or an operator, as it is shown. */
export interface Figure {
  /** Name in links and file names. */
  readonly id: string;
  /** What it is, e.g. `"misses of the first data cache"`. */
  readonly description: string;
  /** Heading of a column, with the unit. */
  readonly title: string;
  /** Heading of a column in a terminal. */
  readonly short: string;
  /** In which unit, and how. */
  readonly shown: Shown;
  /** Whether a ratio to the dense model says something. */
  readonly compared: boolean;
  /** The number, where what it is made of was told. */
  of(find: FindTold): Told | undefined;
}

/** A figure that is a quantity as it was told. */
function quantity(
  name: Quantity,
  title: string,
  short: string,
  compared = true,
): Figure {
  const shown = AS_SHOWN[QUANTITIES[name].unit];
  const { description } = QUANTITIES[name];
  const heading = shown.unit === "" ? title : `${title}, ${shown.unit}`;
  return {
    id: name,
    description,
    title: heading,
    short,
    shown,
    compared,
    of: (find) => find(name),
  };
}

/** A figure made of two quantities that come from one source. */
function made(
  figure: Omit<Figure, "of">,
  [a, b]: readonly [Quantity, Quantity],
  make: (a: number, b: number) => number,
): Figure {
  return {
    ...figure,
    of(find) {
      const one = find(a), other = find(b);
      if (!one || !other || one.source !== other.source) return undefined;
      const value = make(one.value.value, other.value.value);
      const rounds = Math.min(one.value.rounds, other.value.rounds);
      return Number.isFinite(value) ? { source: one.source, value: { value, rounds } } : undefined;
    },
  };
}

/** Misses of the first data cache. */
export const L1D_MISSES: Figure = quantity("l1d-misses", "L1D misses", "L1D miss");
/** Misses of the last cache: lines that came from memory. */
export const LAST_MISSES: Figure = quantity("llc-misses", "last-level misses", "last");
/** Bytes read from and written to memory. */
export const DRAM: Figure = made(
  {
    id: "dram",
    description: "bytes read from and written to memory",
    title: "DRAM, MiB",
    short: "DRAM MiB",
    shown: MEBIBYTES,
    compared: true,
  },
  ["dram-read", "dram-written"],
  (read, written) => read + written,
);
/** Clock cycles. */
export const CYCLES: Figure = quantity("cycles", "cycles", "cycles");
/** Energy of a call. */
export const ENERGY: Figure = { ...quantity("energy", "energy", "mJ"), description: "energy" };

/** All that tables show, in order. Classes of instructions and modelled time are in records only. */
export const FIGURES: readonly Figure[] = [
  quantity("instructions", "instructions", "instr"),
  made(
    {
      id: "vector-share",
      description: "share of instructions that are vector arithmetic",
      title: "vector share",
      short: "vector",
      shown: SHARE,
      compared: false,
    },
    ["instructions-vector", "instructions"],
    (vector, all) => vector / all,
  ),
  quantity("l1d-accesses", "L1D accesses", "L1D acc"),
  L1D_MISSES,
  quantity("l2-misses", "L2 misses", "L2"),
  quantity("l3-misses", "L3 misses", "L3"),
  LAST_MISSES,
  quantity("branch-misses", "branch misses", "branch"),
  DRAM,
  CYCLES,
  ENERGY,
  quantity("power", "power", "W", false),
  quantity("power-idle", "idle power", "idle W", false),
];

/** How many times what the dense model has; undefined for a source of another kind, or none. */
export function ratioTo(own: Told | undefined, dense: Told | undefined): number | undefined {
  if (!own || !dense || own.source !== dense.source || dense.value.value === 0) return undefined;
  return own.value.value / dense.value.value;
}
