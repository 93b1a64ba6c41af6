/**
 * What a compressor tells about its work.
 *
 * @module
 */

import { modelCosts } from "../graph/costs.ts";
import type { LayerCosts } from "../graph/costs.ts";
import type { Model } from "../graph/model.ts";
import type { CompressedModel, CompressionContext, LayerDecision } from "./compressor.ts";
import type { Trace } from "./trace.ts";
import type { TrainingBudget } from "./trainer.ts";

/** How a result is told. */
export interface Account {
  /** The method's words for each layer of the dense model that it changed, by name. */
  readonly decisions: ReadonlyMap<string, string>;
  /** Things that a reader of the numbers must know. */
  readonly notes: readonly string[];
  /** Why layers that are not in `decisions` were left alone, by name. */
  readonly reasons?: ReadonlyMap<string, string>;
  /** Tables of the work. */
  readonly traces?: readonly Trace[];
  /**
   * Epochs in which what is left learns on, where there is a trainer; 0 when it has done so already.
   *
   * @default all that the budget has, those of pruning too
   */
  readonly retrain?: number;
  /** Whom it learns from besides the labels. @default nobody */
  readonly teacher?: Model;
}

/**
 * Finishes a compression: fine-tunes when there is a trainer (masks and shapes are kept), counts, and
 * adds the report. A layer of `dense` that became several is found by the prefix `NAME/`.
 */
export async function finish(
  dense: Model,
  compressed: Model,
  { decisions, notes, reasons, traces = [], retrain, teacher }: Account,
  { trainer, signal }: CompressionContext,
): Promise<CompressedModel> {
  const changed = compressed !== dense;
  const epochs = trainer && changed ? retrain ?? allEpochs(trainer.budget) : 0;
  const stage = { name: "retraining", epochs, cut: compressed, ...(teacher && { teacher }) };
  const model = epochs > 0
    // What a normalization expects of its input is another matter after a cut, and costs no training.
    ? await trainer!.train(await trainer!.recalibrate(compressed, signal), stage, signal)
    : compressed;
  const layers = layerDecisions(dense, model, decisions, reasons);
  const oneShot = changed && !trainer ? ["one-shot: the weights were not trained afterwards"] : [];
  const told = traces.length > 0 ? { traces } : {};
  return { ...model, report: { layers, notes: [...notes, ...oneShot], ...told } };
}

/**
 * What became of the layers with weights of `dense` in `model`, in the order of `dense`.
 *
 * @param decisions The method's words for each layer that it changed, by name.
 * @param reasons Why others were left alone, by name.
 */
export function layerDecisions(
  dense: Model,
  model: Model,
  decisions: ReadonlyMap<string, string>,
  reasons: ReadonlyMap<string, string> = new Map(),
): LayerDecision[] {
  return partsOfLayers(dense, model).map(({ layer, parts }) => {
    const sum = (of: (part: LayerCosts) => number) =>
      parts.reduce((total, part) => total + of(part), 0);
    const kept = sum(weightsKept);
    const decision = decisions.get(layer.name);
    const reason = decision === undefined ? reasons.get(layer.name) : undefined;
    return {
      layer: layer.name,
      decision: decision ?? keptWords(layer, parts),
      denseMacs: layer.macs,
      macs: sum(({ macs }) => macs),
      denseParams: layer.params,
      params: sum(({ params }) => params),
      rate: weightsKept(layer) / Math.max(kept, 1),
      ...(reason === undefined ? {} : { reason }),
    };
  });
}

/** What is said of a layer for which the method has no words. */
function keptWords(layer: LayerCosts, parts: readonly LayerCosts[]): string {
  if (parts.length === 0) return REMOVED;
  const kept = parts.reduce((sum, part) => sum + weightsKept(part), 0);
  return kept === weightsKept(layer) ? "dense" : "input channels removed";
}

/** What is said of a layer that is gone. */
export const REMOVED = "removed";

/** A layer with weights of the dense model, and the layers that took its place. */
export interface LayerParts {
  /** Counts of the layer. */
  readonly layer: LayerCosts;
  /** Counts of what came of it, in the order of the compressed model; none when it is gone. */
  readonly parts: readonly LayerCosts[];
}

/** What came of the layers with weights of `dense`, in its order. */
export function partsOfLayers(dense: Model, model: Model): LayerParts[] {
  const before = modelCosts(dense).layers.filter(({ weights }) => weights > 0);
  const names = new Set(before.map(({ name }) => name));
  const parts = modelCosts(model).layers.filter(({ weights }) => weights > 0);
  const after = Map.groupBy(parts, ({ name }) => ownerOf(name, names));
  return before.map((layer) => ({ layer, parts: after.get(layer.name) ?? [] }));
}

/** All epochs of a budget: what a method spends on learning with what is left when it prunes at once. */
export function allEpochs({ prune, retrain }: TrainingBudget): number {
  return prune + retrain;
}

/** Weights of a layer without its biases, of structured ones only what is kept. */
const weightsKept = ({ params, denseParams, weights }: LayerCosts) =>
  params - (denseParams - weights);

/**
 * The layer of the dense model that a node came from: of its own name, or the longest that the name
 * begins with, as the factors of a layer are called `NAME/in`, `NAME/core` and `NAME/out`.
 */
function ownerOf(name: string, layers: ReadonlySet<string>): string {
  for (let end = name.length; end > 0; end = name.lastIndexOf("/", end - 1)) {
    if (layers.has(name.slice(0, end))) return name.slice(0, end);
  }
  return name;
}

/** `"25.7 %"`. */
export function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(1)} %`;
}
