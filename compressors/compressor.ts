/**
 * The one interface behind which every compression method stands.
 *
 * @module
 */

import type { Model } from "../graph/model.ts";

/** Where a method was published. */
export interface Reference {
  readonly authors: string;
  readonly title: string;
  readonly venue: string;
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
  readonly done: number;
  readonly total: number;
}

/** Learns weights under penalties and masks; the place that training takes in a compression. */
export interface Trainer {
  /** Returns `model` with new weights; structures and shapes are kept. */
  train(model: Model, signal?: AbortSignal): Promise<Model>;
}

/** What a compressor is given besides the model and the target. */
export interface CompressionContext {
  readonly seed: number;
  /** Absent: the method works one-shot on the weights as they are. */
  readonly trainer?: Trainer;
  readonly signal?: AbortSignal;
  onProgress?(progress: Progress): void;
}

/** What a compressor did to one layer of the dense model. */
export interface LayerDecision {
  /** Name of the node in the dense model. */
  readonly layer: string;
  /** What was done, in the method's own terms, e.g. `"keep 25.7 % of 8x4 columns"`, `"R3=64 R4=96"`. */
  readonly decision: string;
  readonly denseMacs: number;
  readonly macs: number;
  readonly denseParams: number;
  readonly params: number;
}

/** What a compressor tells about its work. */
export interface CompressionReport {
  readonly layers: readonly LayerDecision[];
  /** Things a reader of the numbers must know, e.g. `"EVBMF finds no signal: ranks by ratio"`. */
  readonly notes: readonly string[];
}

/** A compressed model is a model: any compressor can take it again. */
export interface CompressedModel extends Model {
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
  readonly paper: Reference;
  /** Checks options; throws with the field and its value. */
  parseOptions(raw: unknown): Options;
  supports(model: Model, options: Options): Support;
  compress(
    model: Model,
    target: Target,
    options: Options,
    context: CompressionContext,
  ): Promise<CompressedModel>;
}
