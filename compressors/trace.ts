/**
 * Tables that a method leaves of its work.
 *
 * @module
 */

/** A table, and how it is drawn. It is stored as CSV and shown on the page of the result. */
export interface Trace {
  /** Short id, fit for a file's name, e.g. `"search"`, `"index-bytes"`. */
  readonly id: string;
  /** What a reader sees in it, e.g. `"Annealing: value of every action that was met"`. */
  readonly title: string;
  /** Names of the columns, units in brackets, e.g. `"accuracy (%)"`. */
  readonly columns: readonly string[];
  /** One value for each column. */
  readonly rows: readonly (readonly (string | number)[])[];
  /** How it is drawn: lines over the column `x`, one for each of the columns `y`. @default not drawn */
  readonly chart?: {
    readonly x: string;
    readonly y: readonly string[];
    /** Whether dots stand alone instead of being joined. @default {false} */
    readonly dots?: boolean;
  };
}
