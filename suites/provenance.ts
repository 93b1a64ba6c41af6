/**
 * How a model came to be, in the metadata of its file: how it was compressed, enough to make it again,
 * and what it was trained on; and no more, so that the same command writes the same bytes.
 *
 * @module
 */

import type { Target } from "../compressors/compressor.ts";
import type { Model } from "../graph/model.ts";

/** Keys in `metadata_props`. */
const KEY = "kerf.compression", TRAINING_KEY = "kerf.training";

/** One compression. */
export interface CompressionStep {
  /** Id of the compressor. */
  readonly method: string;
  /** What it was given. */
  readonly options: Readonly<Record<string, string | number | boolean>>;
  /** What was to be reached. */
  readonly target: Target;
  /** Seed of everything random. */
  readonly seed: number;
  /** Layers, rates and alignment, where the user gave any. */
  readonly selection?: Readonly<Record<string, unknown>>;
}

/** The compressions that a model went through, oldest first; none where the metadata are not ours. */
export function provenanceOf({ metadata }: Model): readonly CompressionStep[] {
  try {
    const steps: unknown = JSON.parse(metadata[KEY] ?? "[]");
    return Array.isArray(steps) ? steps.filter(isStep) : [];
  } catch {
    return [];
  }
}

/** The model with one more compression told in its metadata. */
export function withProvenance<M extends Model>(model: M, step: CompressionStep): M {
  const steps = JSON.stringify([...provenanceOf(model), step]);
  return { ...model, metadata: { ...model.metadata, [KEY]: steps } };
}

/** One training. */
export interface TrainingProvenance {
  /** Name of the samples. */
  readonly data: string;
  /** Passes over them. */
  readonly epochs: number;
  /** Seed of everything random. */
  readonly seed: number;
}

/** The model with its last training told in its metadata. */
export function withTraining<M extends Model>(model: M, training: TrainingProvenance): M {
  return { ...model, metadata: { ...model.metadata, [TRAINING_KEY]: JSON.stringify(training) } };
}

function isStep(value: unknown): value is CompressionStep {
  const { method, options, target, seed } = Object(value);
  return typeof method === "string" && typeof options === "object" && options !== null &&
    typeof target === "object" && target !== null && typeof seed === "number";
}
