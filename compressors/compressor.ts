/**
 * The one interface behind which every compression method stands.
 *
 * @module
 */

import type { Model } from "../graph/model.ts";
import type { Trace } from "./trace.ts";
import type { Trainer, TrainingNeed } from "./trainer.ts";

/** Where a method was published. */
export interface Reference {
  /** Family names, in the order of the paper. */
  readonly authors: string;
  /** Title of the paper. */
  readonly title: string;
  /** Conference or journal with its year. */
  readonly venue: string;
  /** Where it can be read. */
  readonly url?: string;
}

/** What to reach: reduction factor of the whole model, `dense / kept`, at least 1. */
export type Target = { readonly macs: number } | { readonly params: number };

/** Answer to "can you do this?": yes, or no with the reason. */
export type Support = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** How far a long step has come. */
export interface Progress {
  /** What is being done, e.g. `"conv3a: EVBMF"`. */
  readonly label: string;
  /** Steps that are finished. */
  readonly done: number;
  /** Steps in all. */
  readonly total: number;
}

/** Which layers a user wants touched, and how much. Names may hold `*` for any run of characters. */
export interface LayerSelection {
  /** Layers to touch, of those that the method may touch. @default all of them */
  readonly only?: readonly string[];
  /** Layers to leave as they are. */
  readonly keep?: readonly string[];
  /**
   * Reduction of the weights of single layers, by exact name, at least 1, as a rates file gives
   * them: these are met as they stand, and the method shares what is left of the target among the
   * other layers.
   */
  readonly rates?: ReadonlyMap<string, number>;
}

/** What a compressor is given besides the model and the target. */
export interface CompressionContext {
  /** Seed of everything random. */
  readonly seed: number;
  /** Absent: every layer that the method may touch, at rates of its choice. */
  readonly selection?: LayerSelection;
  /**
   * Counts of filters and channels that are left are multiples of this where a layer has more:
   * vector registers in kernels. Ranks of factorisations as well.
   *
   * @default {8}
   */
  readonly align?: number;
  /** Absent: the method works one-shot on the weights as they are. */
  readonly trainer?: Trainer;
  /** Aborted when the caller wants no result any more. */
  readonly signal?: AbortSignal;
  /** Called between steps. */
  onProgress?(progress: Progress): void;
}

/** What a compressor did to one layer of the dense model. */
export interface LayerDecision {
  /** Name of the node in the dense model. */
  readonly layer: string;
  /** What was done, in the method's own terms, e.g. `"keep 25.7 % of 8x4 columns"`, `"R3=64 R4=96"`. */
  readonly decision: string;
  /** MACs before. */
  readonly denseMacs: number;
  /** MACs after, of all operators that took the layer's place. */
  readonly macs: number;
  /** Weights and biases before. */
  readonly denseParams: number;
  /** Weights and biases after, of structured weights only what is kept. */
  readonly params: number;
  /** Reduction of the weights, biases apart: `dense / kept`; as if one was kept where none is. */
  readonly rate: number;
  /** Why the method left the layer alone, e.g. `"depthwise"`; absent where it did something. */
  readonly reason?: string;
}

/** What a compressor tells about its work. */
export interface CompressionReport {
  /** One entry per layer with weights of the dense model, in its order. */
  readonly layers: readonly LayerDecision[];
  /** Things a reader of the numbers must know, e.g. `"EVBMF finds no signal: ranks by ratio"`. */
  readonly notes: readonly string[];
  /** Tables of the work: search, ranks, bytes. @default none */
  readonly traces?: readonly Trace[];
}

/** A compressed model is a model: any compressor can take it again. */
export interface CompressedModel extends Model {
  /** What was done. */
  readonly report: CompressionReport;
}

/**
 * A compression method. Pure: same model, target, options and seed give the same bytes.
 */
export interface Compressor<Options> {
  /** Short id, as typed on the command line, e.g. `"rt3d"`. */
  readonly id: string;
  /** One line for `--list`. */
  readonly description: string;
  /** Where the method was published. */
  readonly paper: Reference;
  /** Checks options; throws with the field and its value. */
  parseOptions(raw: unknown): Options;
  /** Whether the method can work on a model, asked before any work. */
  supports(model: Model, options: Options): Support;
  /** What it cannot do without in training, asked before there is a model. @default nothing */
  needs?(options: Options): readonly TrainingNeed[];
  /**
   * Compresses. The achieved reduction is at least the target's, and as close as the method permits.
   *
   * @throws {TypeError} when the model is not supported.
   * @throws {RangeError} when the rate is below 1 or out of reach; it names the highest reachable.
   *   Both before any work, so that with a signal that is aborted already this is all that is asked.
   */
  compress(
    model: Model,
    target: Target,
    options: Options,
    context: CompressionContext,
  ): Promise<CompressedModel>;
}
