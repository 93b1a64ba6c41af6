/**
 * What a compressor tells about its work.
 *
 * @module
 */

import { modelCosts } from "../graph/costs.ts";
import type { LayerCosts } from "../graph/costs.ts";
import type { Model } from "../graph/model.ts";
import type { CompressedModel, CompressionContext, LayerDecision } from "./compressor.ts";

/** How a result is told. */
export interface Account {
  /** The method's words for each layer of the dense model that it changed, by name. */
  readonly decisions: ReadonlyMap<string, string>;
  /** Things that a reader of the numbers must know. */
  readonly notes: readonly string[];
  /** Why layers that are not in `decisions` were left alone, by name. */
  readonly reasons?: ReadonlyMap<string, string>;
}

/**
 * Finishes a compression: fine-tunes when there is a trainer (masks and shapes are kept), counts, and
 * adds the report. A layer of `dense` that became several is found by the prefix `NAME/`.
 */
export async function finish(
  dense: Model,
  compressed: Model,
  { decisions, notes, reasons }: Account,
  { trainer, signal }: CompressionContext,
): Promise<CompressedModel> {
  const changed = compressed !== dense;
  const model = changed && trainer ? await trainer.train(compressed, signal) : compressed;
  const after = new Map<string, LayerCosts[]>();
  const before = modelCosts(dense).layers.filter(({ weights }) => weights > 0);
  const names = new Set(before.map(({ name }) => name));
  for (const part of modelCosts(model).layers.filter(({ weights }) => weights > 0)) {
    const owner = ownerOf(part.name, names);
    after.set(owner, [...after.get(owner) ?? [], part]);
  }
  const layers = before.map((layer): LayerDecision => {
    const parts = after.get(layer.name) ?? [];
    const sum = (of: (part: LayerCosts) => number) =>
      parts.reduce((total, part) => total + of(part), 0);
    const kept = sum(weightsKept);
    const decision = decisions.get(layer.name);
    const reason = decision === undefined ? reasons?.get(layer.name) : undefined;
    return {
      layer: layer.name,
      decision: decision ?? (kept === weightsKept(layer) ? "dense" : "input channels removed"),
      denseMacs: layer.macs,
      macs: sum(({ macs }) => macs),
      denseParams: layer.params,
      params: sum(({ params }) => params),
      rate: weightsKept(layer) / kept,
      ...(reason === undefined ? {} : { reason }),
    };
  });
  const oneShot = changed && !trainer ? ["one-shot: the weights were not trained afterwards"] : [];
  return { ...model, report: { layers, notes: [...notes, ...oneShot] } };
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
