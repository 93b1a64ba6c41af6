/**
 * Physical removal of filters: the weights get smaller, and so do those of the layers that read
 * the removed channels.
 *
 * @module
 */

import { hasWeights } from "../costs.ts";
import type { ConvNode, GemmNode, Model } from "../model.ts";
import { inferShapes } from "../shapes.ts";
import type { GroupLayout, WeightStructure } from "../structure.ts";
import { groupGrid } from "../structure.ts";
import { type Shape, sizeOf, type Tensor, tensor, values } from "../tensor.ts";

/** 1 for each filter, channel or feature that stays. */
type Mask = Uint8Array;

/**
 * Removes filters of convolutions and outputs of fully connected layers. The removed channels
 * are followed through Relu, MaxPool and Flatten to every layer that reads them, whose input
 * channels are removed too. The result computes what `model` computes with the weights *and
 * biases* of the removed filters set to zero.
 *
 * Structures are cropped along. A block of a structure must lie wholly on one side, or span the
 * whole axis: so filter, channel, column and unstructured pruning compose with this, and block
 * schemes do where whole blocks go.
 *
 * @param kept by name of node: 1 for each filter that stays, 0 for each that goes
 * @throws {RangeError} when a node is unknown, a mask has the wrong length or keeps nothing, the
 * channels reach a graph output or a grouped convolution, or a structure cannot be cropped.
 */
export function removeFilters(model: Model, kept: ReadonlyMap<string, Uint8Array>): Model {
  const shapes = inferShapes(model);
  checkMasks(model, kept);
  const uses = new Map<string, number>();
  for (const input of model.nodes.flatMap(({ inputs }) => inputs)) {
    uses.set(input, (uses.get(input) ?? 0) + 1);
  }
  const weights = new Map(model.weights);
  const structures = new Map(model.structures);
  /** Which channels (axis 1) of a value stay, for values that lose some. */
  const channels = new Map<string, Mask>();

  const crop = (node: ConvNode | GemmNode, input: number, rows?: Mask, columns?: Mask) => {
    const name = node.inputs[input];
    const weight = weights.get(name);
    if (!weight || (!rows && !columns)) return;
    if (uses.get(name) !== 1) refuse(node.name, `weight "${name}"`, "read by this node only");
    weights.set(name, cropTensor(weight, rows, columns));
    const structure = structures.get(name);
    if (structure) {
      structures.set(name, cropStructure(name, weight.shape, structure, rows, columns));
    }
  };

  for (const node of model.nodes) {
    const [x] = node.inputs;
    const removed = channels.get(x);
    let left = removed;
    if (hasWeights(node)) {
      left = kept.get(node.name);
      if (node.op === "Conv" && node.attributes.group !== 1 && (left || removed)) {
        refuse(node.name, "group", "1", node.attributes.group);
      }
      crop(node, 1, left, removed);
      crop(node, 2, left);
    } else if (node.op === "Flatten" && removed) {
      if (node.attributes.axis !== 1) refuse(node.name, "axis", "1", node.attributes.axis);
      const features = sizeOf(shapes.get(x)!.slice(2));
      left = Uint8Array.from(
        { length: removed.length * features },
        (_, i) => removed[Math.floor(i / features)],
      );
    }
    if (left) channels.set(node.outputs[0], left);
  }
  for (const { name } of model.outputs) {
    if (channels.has(name)) refuse(name, "a graph output", "left whole");
  }

  const shrunk: Model = { ...model, weights, structures };
  inferShapes(shrunk);
  return shrunk;
}

function checkMasks(model: Model, kept: ReadonlyMap<string, Uint8Array>) {
  const layers = new Map(model.nodes.filter(hasWeights).map((node) => [node.name, node]));
  for (const [name, mask] of kept) {
    const node = layers.get(name);
    if (!node) refuse(name, "it", "the name of a Conv or Gemm");
    const [filters] = model.weights.get(node.inputs[1])!.shape;
    if (mask.length !== filters) refuse(name, "the mask", `${filters} long`, mask.length);
    if (!mask.includes(1)) refuse(name, "the number of filters kept", "at least 1", 0);
  }
}

function refuse(layer: string, what: string, expected: string, current?: number): never {
  const found = current === undefined ? "" : `: current value is ${current}`;
  throw new RangeError(
    `Cannot remove filters at "${layer}" as ${what} must be ${expected}${found}`,
  );
}

/** Indices of what a mask keeps; all of `extent` without a mask. */
function keptIndices(extent: number, mask: Mask | undefined): number[] {
  return Array.from({ length: extent }, (_, i) => i).filter((i) => !mask || mask[i]);
}

/** Keeps rows (axis 0) and columns (axis 1) of a weight or a bias. */
function cropTensor(weight: Tensor, rows?: Mask, columns?: Mask): Tensor {
  const [M, N = 1, ...kernel] = weight.shape;
  const S = sizeOf(kernel);
  const from = values(weight);
  const keptRows = keptIndices(M, rows);
  const keptColumns = keptIndices(N, columns);
  const out = new Float32Array(keptRows.length * keptColumns.length * S);
  let at = 0;
  for (const row of keptRows) {
    if (!columns) {
      out.set(from.subarray(row * N * S, (row + 1) * N * S), at);
      at += N * S;
      continue;
    }
    for (const column of keptColumns) {
      const start = (row * N + column) * S;
      for (let s = 0; s < S; s++) out[at++] = from[start + s];
    }
  }
  const shape = [keptRows.length, keptColumns.length, ...kernel];
  return tensor(out, weight.shape.length === 1 ? shape.slice(0, 1) : shape);
}

/** Keeps the groups of a structure whose rows and columns stay. */
function cropStructure(
  weight: string,
  shape: Shape,
  { scheme, layout, kept }: WeightStructure,
  rows?: Mask,
  columns?: Mask,
): WeightStructure {
  const { M, N, P, Q, positions } = groupGrid(shape, layout);
  const p = cropBlocks(weight, "filters", M, P, layout, rows);
  const q = cropBlocks(weight, "channels", N, Q, layout, columns);
  const out = new Uint8Array(p.blocks.length * q.blocks.length * positions);
  let at = 0;
  for (const row of p.blocks) {
    for (const column of q.blocks) {
      const start = (row * Q + column) * positions;
      out.set(kept.subarray(start, start + positions), at);
      at += positions;
    }
  }
  const cropped: GroupLayout = { ...layout, filters: p.size, channels: q.size };
  return { scheme, layout: cropped, kept: out };
}

/** Blocks along one axis that stay, and the block size that describes them. */
function cropBlocks(
  weight: string,
  axis: "filters" | "channels",
  extent: number,
  count: number,
  layout: GroupLayout,
  mask: Mask | undefined,
): { readonly blocks: number[]; readonly size: number } {
  const size = layout[axis];
  const blocks = keptIndices(count, undefined);
  if (!mask) return { blocks, size };
  if (size >= extent) return { blocks, size: keptIndices(extent, mask).length };
  const whole = blocks.filter((block) => {
    const inBlock = mask.subarray(block * size, (block + 1) * size);
    if (inBlock.some((bit) => bit !== inBlock[0])) {
      refuse(weight, `removed ${axis}`, `whole blocks of its structure, ${size} ${axis} each`);
    }
    return inBlock[0] === 1;
  });
  return { blocks: whole, size };
}
