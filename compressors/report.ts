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
}

/**
 * Finishes a compression: fine-tunes when there is a trainer (masks and shapes are kept), counts, and
 * adds the report. A layer of `dense` that became several is found by the prefix `NAME/`.
 */
export async function finish(
  dense: Model,
  compressed: Model,
  { decisions, notes }: Account,
  { trainer, signal }: CompressionContext,
): Promise<CompressedModel> {
  const changed = compressed !== dense;
  const model = changed && trainer ? await trainer.train(compressed, signal) : compressed;
  const after = modelCosts(model).layers;
  const layers = modelCosts(dense).layers
    .filter(({ weights }) => weights > 0)
    .map((layer): LayerDecision => {
      const parts = after.filter(({ name }) =>
        name === layer.name || name.startsWith(`${layer.name}/`)
      );
      const sum = (of: (part: LayerCosts) => number) =>
        parts.reduce((total, part) => total + of(part), 0);
      const params = sum(({ params }) => params);
      const untouched = params === layer.params ? "dense" : "input channels removed";
      return {
        layer: layer.name,
        decision: decisions.get(layer.name) ?? untouched,
        denseMacs: layer.macs,
        macs: sum(({ macs }) => macs),
        denseParams: layer.params,
        params,
      };
    });
  const oneShot = changed && !trainer ? ["one-shot: the weights were not trained afterwards"] : [];
  return { ...model, report: { layers, notes: [...notes, ...oneShot] } };
}

/** `"25.7 %"`. */
export function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(1)} %`;
}
