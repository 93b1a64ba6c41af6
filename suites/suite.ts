/**
 * What is compared: a network, what it is fed with, and the rows of the comparison, as data.
 *
 * @module
 */

import type { Model } from "../graph/model.ts";
import type { Shape, Tensor } from "../graph/tensor.ts";

/** One row of a comparison: a method with its options, what it made elsewhere, or the peer engine. */
export interface SuiteRow {
  /** Compressor id, or the id of a peer engine; of a model from a file, what made it. */
  readonly method: string;
  /** Scheme and block as people say it, e.g. `"kgs 8x4"`; `""` when the method has none. */
  readonly scheme: string;
  /** What the compressor is given. */
  readonly options: Readonly<Record<string, string | number | boolean>>;
  /** What the row is for: what others are compared with, a control, or a method to judge. */
  readonly role: "baseline" | "peer" | "control" | "subject";
  /** Model that was compressed elsewhere, e.g. by training; it takes the place of compression. */
  readonly file?: SuiteFile;
  /** Reduction of MACs of this row. @default that of the run */
  readonly rate?: number;
}

/** What a network is fed with. */
export interface SuiteInput {
  /** Values of all inputs of the model, by name. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** What they were made of, e.g. `"video fight/fi001.mp4 (ffmpeg), frames 6-21 of 27"`. */
  readonly description: string;
}

/** Options of {@linkcode Suite.loadInput}. */
export interface SuiteInputOptions {
  /** File or folder that the user gave; absent for a generated input. */
  readonly path?: string;
  /** Seeds the generated input; not used for a real one. */
  readonly seed: number;
  /** Ends the loading, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A file that a network is made from. */
export interface SuiteFile {
  /** The whole network, or the weights that a network of ours takes. */
  readonly kind: "model" | "weights";
  /** Absolute path on this machine. */
  readonly path: string;
  /** SHA-256 of what it holds, external data included, in hex. */
  readonly sha256: string;
  /** Shapes of inputs that were given for it, by name. @default those in the file */
  readonly shapes?: Readonly<Record<string, Shape>>;
  /** Images at once that it was given. @default those in the file */
  readonly batch?: number;
}

/** A comparison that `deno task bench` can run. */
export interface Suite {
  /** As typed on the command line; of a user's model the name of its file. */
  readonly id: string;
  /** One line for `--list`. */
  readonly description: string;
  /** Reduction of MACs that every method is held to. */
  readonly rate: number;
  /** Where the rate comes from. */
  readonly rateSource: string;
  /**
   * Makes the input of the network.
   *
   * @throws {RangeError} when the given one does not fit; the message names it.
   */
  loadInput(model: Model, options: SuiteInputOptions): Promise<SuiteInput>;
  /** Builds the network; the seed is of weights that no file gives. */
  buildModel(seed: number): Model;
  /** What the network is made from besides the seed. @default nothing */
  readonly files?: readonly SuiteFile[];
  /** Baseline first. */
  readonly rows: readonly SuiteRow[];
}
