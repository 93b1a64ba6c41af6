/**
 * What is compared: a network, what it is fed with, and the rows of the comparison, as data.
 *
 * @module
 */

import type { Model } from "../graph/model.ts";
import type { ClipProtocol } from "./datasets/protocol.ts";

/** One row of a comparison: a method with its options, or the peer engine. */
export interface SuiteRow {
  /** Compressor id, or `"onnxruntime"` for the peer. */
  readonly method: string;
  /** Scheme and block as people say it, e.g. `"kgs 8x4"`; `""` when the method has none. */
  readonly scheme: string;
  /** What the compressor is given. */
  readonly options: Readonly<Record<string, string | number | boolean>>;
  /** What the row is for: what others are compared with, a control, or a method to judge. */
  readonly role: "baseline" | "peer" | "control" | "subject";
}

/** A comparison that `deno task bench` can run. */
export interface Suite {
  /** As typed on the command line. */
  readonly id: string;
  /** One line for `--list`. */
  readonly description: string;
  /** Reduction of MACs that every method is held to. */
  readonly rate: number;
  /** Where the rate comes from. */
  readonly rateSource: string;
  /** How frames become the input of the network. */
  readonly protocol: ClipProtocol;
  /** Builds the network with seeded weights. */
  buildModel(seed: number): Model;
  /** Baseline first. */
  readonly rows: readonly SuiteRow[];
}
