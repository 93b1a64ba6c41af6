/**
 * How a published value is put to the test. All of it is data that is declared before anything is run.
 *
 * @module
 */

import type { PairValue } from "../experiments/experiment.ts";
import type { Rule } from "./rule.ts";

/** Exact arithmetic on a network, or on other published values. */
export interface Derivation {
  readonly kind: "derivation";
  /** What is computed, in words. */
  readonly what: string;
  /** Computes it; takes no longer than building a network. */
  readonly derive: () => number;
  readonly rule: Rule;
}

/** A row of a suite. */
export interface SuiteRowName {
  /** Id of the method or peer engine. */
  readonly method: string;
  /** As the suite has it, of an experiment the cell's label; `""` when the method has none. */
  readonly scheme: string;
}

/** A ratio of latencies, measured interleaved in one run. */
export interface Timing {
  readonly kind: "timing";
  /** Suite that is run, or the comparison that an experiment times its networks in. */
  readonly suite: string;
  /** Id of the experiment that does; its networks have the rates that they have. */
  readonly experiment?: string;
  /** Reduction of MACs. @default the suite's */
  readonly rate?: number;
  /** The row that is said to be faster. */
  readonly faster: SuiteRowName;
  /** The row that it is compared with. */
  readonly than: SuiteRowName;
  readonly rule: Rule;
}

/**
 * How much more some layers gain than others, by the times of layers: the ratio of two speed-ups of one
 * row over another.
 */
export interface LayerTiming {
  readonly kind: "layer timing";
  /** Suite that is run. */
  readonly suite: string;
  /** The row that is said to be faster. */
  readonly faster: SuiteRowName;
  /** The row that it is compared with. */
  readonly than: SuiteRowName;
  /** Layers that are said to gain more; a pattern with `*`. */
  readonly more: string;
  /** Layers that gain less. */
  readonly less: string;
  readonly rule: Rule;
}

/** A difference of trained networks, over seeds. */
export interface Training {
  readonly kind: "training";
  /** Id of the experiment. */
  readonly experiment: string;
  /** Parts that bear on it; a pattern with `*`. */
  readonly parts: string;
  /** Cells that are said to be better, and what they are compared with. */
  readonly pairs: readonly { readonly better: string; readonly than: string }[];
  /** What is compared. @default {"final"} */
  readonly value?: PairValue;
  readonly rule: Rule;
}

/** A ratio of what an emulated phone counts, or of what a model makes of it: no latency. */
export interface Count {
  readonly kind: "count";
  /** Suite that is run. */
  readonly suite: string;
  /** Emulated device. */
  readonly device: string;
  /** Reduction of MACs. @default the suite's */
  readonly rate?: number;
  /** What is counted, of whom; the ratio is `of / against`. */
  readonly of: Counted;
  /** What it is divided by. */
  readonly against: Counted;
  readonly rule: Rule;
}

/** What is counted: a quantity (or quotient of two) of a row, of all operators or of some. */
export interface Counted extends SuiteRowName {
  /** In words. */
  readonly what: string;
  /** Id of a quantity, e.g. `"l1d-misses"`. */
  readonly quantity: string;
  /** What it is divided by: MACs of the operators, or another quantity. */
  readonly per?: string;
  /** Operators by their names; patterns with `*`. @default all of the call */
  readonly operators?: readonly string[];
}

/** What cannot be tested here. */
export interface Unreachable {
  readonly kind: "out of reach";
  /** Why, and what it would take. */
  readonly reason: string;
}

/** What is no finding: how the paper's authors worked, and whether Kerf does the same. */
export interface Setting {
  readonly kind: "setting";
  /** What Kerf does. */
  readonly here: string;
}

/** One way to test a claim. */
export type Question =
  | Derivation
  | Timing
  | LayerTiming
  | Training
  | Count
  | Unreachable
  | Setting;

/** What is asked of some published values. */
export interface Entry {
  /** Ids in the published list. */
  readonly claims: readonly string[];
  /** What is asked of each; several must all come out. */
  readonly questions: readonly Question[];
  /** What a reader of the verdict must know. */
  readonly note?: string;
}

/** Values that cannot be tested here, all for one reason. */
export function outOfReach(reason: string, ...claims: string[]): Entry {
  return { claims, questions: [{ kind: "out of reach", reason }] };
}

/** A value that is no finding. */
export function setting(claim: string, here: string): Entry {
  return { claims: [claim], questions: [{ kind: "setting", here }] };
}
