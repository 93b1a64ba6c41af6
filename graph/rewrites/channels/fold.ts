/**
 * What removed channels leave behind, taken up by the bias of the layer that read them.
 *
 * @module
 */

import type { Model, Node } from "../../model.ts";
import { sizeOf, type Tensor, tensor, values } from "../../tensor.ts";
import type { Channels } from "./trace.ts";

/**
 * The bias `[filters]` of a convolution or fully connected layer with what the removed ones of its
 * input channels add to it: `b' = b + sum W[:, c, ...] * constant(c)`, where the constants reach
 * every position alike. All filters of the layer, removed ones too. Undefined where nothing is added.
 */
export function foldedBias(
  model: Model,
  channels: Channels,
  node: Node,
  kept: Uint8Array,
): Tensor | undefined {
  if (node.op !== "Conv" && node.op !== "Gemm") return undefined;
  const [x, name, bias] = node.inputs;
  const { bundles, constants } = channels.values.get(x) ?? {};
  const weight = model.weights.get(name);
  const group = node.op === "Conv" ? node.attributes.group : 1;
  if (!bundles || !constants || !weight || (group > 1 && group === bundles.length)) {
    return undefined;
  }
  const gone = constants.map((c, i) => kept[bundles[i]] ? 0 : c);
  if (gone.every((c) => c === 0)) return undefined;

  const data = values(weight);
  const [filters, perGroup, ...kernel] = weight.shape;
  const positions = sizeOf(kernel);
  const old = model.weights.get(bias);
  const sums = old ? Float64Array.from(values(old)) : new Float64Array(filters);
  for (let filter = 0; filter < filters; filter++) {
    const first = Math.floor(filter * group / filters) * perGroup;
    for (let n = 0; n < perGroup; n++) {
      const start = (filter * perGroup + n) * positions;
      const gain = data.subarray(start, start + positions).reduce((sum, w) => sum + w, 0);
      // A channel that no weight reads may hold anything.
      if (gain !== 0) sums[filter] += gain * gone[first + n];
    }
  }
  return tensor(Float32Array.from(sums), [filters]);
}
