/**
 * What records say to a question of the ledger.
 *
 * @module
 */

import type { Question } from "../../suites/claims/question.ts";
import type { Source } from "../result.ts";
import type { Interval } from "./verdict.ts";

/** A question that records answer. */
export type Asked = Exclude<Question, { kind: "out of reach" | "setting" }>;

/** A number that answers a question. */
export interface Finding extends Interval {
  /** What it is, in words, e.g. `"c3d: rt3d kgs 8x4 over dense direct, 2 threads"`. */
  readonly what: string;
  /** `"×"`, `"points of top-1"` or empty. */
  readonly unit: string;
  /** Where the number comes from. */
  readonly source: Source;
  /** Folder of the record in the results; absent for arithmetic. */
  readonly record?: string;
}

/** Numbers, or why there are none; and the command that makes them. */
export interface Answer {
  /** None when it was not run. */
  readonly findings: readonly Finding[];
  /** Why there are none, or why they are not all. */
  readonly missing?: string;
  /** Run in which a number was to be had, but a row did not end well: doing it again brings none. */
  readonly spoilt?: string;
  /** What makes the numbers (again). */
  readonly command: string;
}
