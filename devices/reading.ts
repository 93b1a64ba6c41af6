/**
 * What a device tells of a program besides times: events, bytes, energy, its own state.
 *
 * @module
 */

/** What is told, with its unit and what it means; of one call, where nothing else is said. */
export const QUANTITIES = {
  "cycles": { unit: "1", description: "clock cycles" },
  "instructions": { unit: "1", description: "instructions executed" },
  "instructions-vector": { unit: "1", description: "of these, vector arithmetic" },
  "instructions-scalar-float": { unit: "1", description: "of these, scalar floating point" },
  "instructions-integer": { unit: "1", description: "of these, integer and address arithmetic" },
  "instructions-load": { unit: "1", description: "of these, loads" },
  "instructions-store": { unit: "1", description: "of these, stores" },
  "instructions-branch": { unit: "1", description: "of these, branches" },
  "instructions-other": { unit: "1", description: "of these, all others" },
  "l1d-accesses": { unit: "1", description: "accesses to the first data cache" },
  "l1d-misses": { unit: "1", description: "misses of the first data cache" },
  "l2-misses": { unit: "1", description: "misses of the second cache" },
  "l3-misses": { unit: "1", description: "misses of the third cache" },
  "llc-misses": { unit: "1", description: "misses of the last cache" },
  "branch-misses": { unit: "1", description: "branches predicted wrongly" },
  "dram-read": { unit: "bytes", description: "bytes read from memory" },
  "dram-written": { unit: "bytes", description: "bytes written to memory" },
  "time": { unit: "s", description: "time by a model, never a latency" },
  "energy": { unit: "J", description: "energy above idle" },
  "power": { unit: "W", description: "mean power while running, idle power included" },
  "power-idle": { unit: "W", description: "mean power at rest" },
} as const;

/** One of {@linkcode QUANTITIES}. */
export type Quantity = keyof typeof QUANTITIES;

/** One number, or why it cannot be had: it is then absent, never 0. */
export interface Reading {
  /** What it is. */
  readonly quantity: Quantity;
  /** Operator of the program that it is about; absent for the whole call. */
  readonly operator?: string;
  /** Where it comes from. */
  readonly source: "measured" | "emulated" | "modelled";
  /** In the unit of the quantity. */
  readonly value?: number;
  /** Why there is no value, and how to get one. */
  readonly unavailable?: string;
  /** Where it was read, or what it was computed by, e.g. `"powercap intel-rapl:0 at 100 Hz"`. */
  readonly origin?: string;
}

/** Power over time on one rail, as it was sampled. */
export interface PowerTrace {
  /** What is measured, e.g. `"package-0"`. */
  readonly rail: string;
  /** Samples a second that were asked for. */
  readonly hertz: number;
  /** When each sample was taken, seconds from the first. */
  readonly seconds: readonly number[];
  /** Mean power since the sample before. */
  readonly watts: readonly number[];
  /** When the timed calls began and ended, on the same clock. */
  readonly calls: readonly [begin: number, end: number];
}

/** Temperatures and clocks of a device at one time, by the name of the sensor. */
export interface DeviceState {
  /** Degrees Celsius. */
  readonly celsius: Readonly<Record<string, number>>;
  /** Hertz. */
  readonly hertz: Readonly<Record<string, number>>;
}

/** How a device was before and after the timed calls. */
export interface Conditions {
  /** Before the warm-up. */
  readonly before: DeviceState;
  /** After the last timed call. */
  readonly after: DeviceState;
  /** Why times cannot be trusted, e.g. `"cpu7 fell from 2.84 to 1.80 GHz"`; absent when they can. */
  readonly throttled?: string;
}
