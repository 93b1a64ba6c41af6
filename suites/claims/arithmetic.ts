/**
 * Exact values of networks, and of networks as YOLObile's released ratio sets leave them, that claims are
 * derived from.
 *
 * @module
 */

import { prunableLayers } from "../../compressors/layers.ts";
import { type RatioSet, ratiosOf } from "../../compressors/yolobile/ratio_sets.ts";
import { type LayerCosts, modelCosts } from "../../graph/costs.ts";
import type { Model } from "../../graph/model.ts";
import { findSuite } from "../registry.ts";
import { findPublished } from "./published.ts";

const models = new Map<string, Model>();

function modelOf(suite: string): Model {
  const known = models.get(suite) ?? findSuite(suite).buildModel(1);
  models.set(suite, known);
  return known;
}

/** MACs of a suite's dense network. */
export function denseMacs(suite: string): number {
  return modelCosts(modelOf(suite)).denseMacs;
}

/** Size of a suite's dense network in float32, MiB. */
export function denseMebibytes(suite: string): number {
  return modelCosts(modelOf(suite)).params * Float32Array.BYTES_PER_ELEMENT / 2 ** 20;
}

/**
 * A published value as a number.
 *
 * @throws {RangeError} when it is none.
 */
export function publishedNumber(id: string): number {
  const { value } = findPublished(id), number = Number(value);
  if (value !== "" && Number.isFinite(number)) return number;
  throw new RangeError(
    `Cannot compute with "${id}" as it must be a number: current value is "${value}"`,
  );
}

/** How far a published number may be from what was rounded to it, as a share of it. */
export function roundingOf(id: string): number {
  const { value } = findPublished(id), digits = value.split(".")[1]?.length ?? 0;
  return 0.5 * 10 ** -digits / publishedNumber(id);
}

/** What is counted of convolutions. */
type Amount = "weights" | "MACs";

/** Weights or MACs of YOLOv4's convolutions over what a ratio set leaves of them, `dense / kept`. */
export function ratioSetRate(set: RatioSet, amount: Amount): number {
  const model = modelOf("yolov4"), ratios = ratiosOf(set, model, prunableLayers(model));
  return rateOf(convolutions(model), amount, ({ name }) => 1 - (ratios.get(name) ?? 0));
}

/** The same when nothing is left of 3x3 convolutions: more than patterns, which prune only these, can reach. */
export function patternBound(): number {
  const model = modelOf("yolov4");
  const kernels = new Map(
    model.nodes.flatMap((node) =>
      node.op === "Conv" ? [[node.name, model.weights.get(node.inputs[1])?.shape] as const] : []
    ),
  );
  return rateOf(convolutions(model), "weights", ({ name }) => kernels.get(name)?.[2] === 3 ? 0 : 1);
}

function convolutions(model: Model): readonly LayerCosts[] {
  return modelCosts(model).layers.filter(({ weights }) => weights > 0);
}

function rateOf(
  layers: readonly LayerCosts[],
  amount: Amount,
  keptShare: (layer: LayerCosts) => number,
): number {
  const of = ({ weights, denseMacs }: LayerCosts) => amount === "weights" ? weights : denseMacs;
  const total = layers.reduce((sum, layer) => sum + of(layer), 0);
  return total / layers.reduce((sum, layer) => sum + of(layer) * keptShare(layer), 0);
}
