/**
 * A small network and what compression may make of it, for tests of what takes networks that were
 * compressed elsewhere.
 *
 * @module
 */

import { project } from "../compressors/sparsity/mask.ts";
import { smallResNet } from "../compressors/testing.ts";
import type { Model } from "../graph/model.ts";
import { replaceConvByTucker2, replaceGemmBySvd } from "../graph/rewrites/factorise.ts";
import { removeFilters } from "../graph/rewrites/shrink.ts";
import { groupGrid, type GroupLayout } from "../graph/structure.ts";
import { randomTensor } from "../graph/testing.ts";

/** The layer that is changed, of 64 filters `[64, 64, 3, 3]`. */
export const CHANGED = "3a";

const LAYOUT: GroupLayout = { filters: 8, channels: 4, positions: "each" };

/** The network with every second group of the layer's weights pruned. */
export function structuredNet(): Model {
  const model = smallResNet();
  const weight = model.nodes.find(({ name }) => name === CHANGED)!.inputs[1];
  const tensor = model.weights.get(weight)!;
  const { groups } = groupGrid(tensor.shape, LAYOUT);
  const kept = Uint8Array.from({ length: groups }, (_, group) => group % 2);
  const structure = { scheme: "block-punched", layout: LAYOUT, kept };
  return {
    ...model,
    weights: new Map([...model.weights, [weight, project(tensor, structure)]]),
    structures: new Map([[weight, structure]]),
  };
}

/** A network without half of the layer's filters. */
export function shrunkNet(from: Model = smallResNet()): Model {
  return removeFilters(from, new Map([[CHANGED, new Uint8Array(64).fill(1, 0, 32)]]));
}

/** The network with factors in place of the layer, and of the last one. */
export function factorisedNet(): Model {
  const core = {
    in: randomTensor([12, 64, 1, 1], 1, "in"),
    core: randomTensor([20, 12, 3, 3], 1, "core"),
    out: randomTensor([64, 20, 1, 1], 1, "out"),
  };
  const pair = { in: randomTensor([5, 96], 1, "in"), out: randomTensor([10, 5], 1, "out") };
  return replaceGemmBySvd(replaceConvByTucker2(smallResNet(), CHANGED, core), "fc", pair);
}
