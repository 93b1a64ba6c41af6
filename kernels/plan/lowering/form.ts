/**
 * In which form a convolution is computed. Where a pruned layer would be slower than its best dense
 * form, it takes the dense form.
 *
 * @module
 */

import type { ConvNode, Model } from "../../../graph/model.ts";
import type { WeightStructure } from "../../../graph/structure.ts";
import { type Shape, sizeOf } from "../../../graph/tensor.ts";
import { blockSizes, classifyRows } from "../blocks.ts";
import { triple } from "../layout.ts";
import { ROW_COST, winogradSpeedup } from "../tuning.ts";

/** How a convolution is computed. */
export type ConvolutionForm =
  | { readonly kind: "direct"; readonly structure?: WeightStructure }
  | { readonly kind: "winograd" }
  | { readonly kind: "depthwise" };

/** Options of {@linkcode formOf}. */
export interface FormOptions {
  /** Whether dense 3x3 convolutions may be computed by Winograd's algorithm. */
  readonly winograd: boolean;
  /** Told when a pruned layer takes its dense form. */
  readonly onNote?: (note: string, layer: string) => void;
}

/** Chooses the form of a convolution. */
export function formOf(
  node: ConvNode,
  model: Model,
  shapes: ReadonlyMap<string, Shape>,
  { winograd, onNote }: FormOptions,
): ConvolutionForm {
  const [, w] = node.inputs;
  const weight = shapes.get(w)!;
  const { group } = node.attributes;
  if (group > 1 && weight[1] === 1) return { kind: "depthwise" };
  const structure = model.structures.get(w);
  const gain = winograd && suitsWinograd(node)
    ? winogradSpeedup({
      rows: weight[0],
      channels: weight[1],
      depthTaps: triple(node.attributes.kernel_shape, 1)[0],
      extents: triple(shapes.get(node.outputs[0])!.slice(2), 1),
    })
    : 1;
  const dense: ConvolutionForm = gain > 1 ? { kind: "winograd" } : { kind: "direct" };
  if (!structure) return dense;
  const cost = sparseCost(weight, structure);
  const best = 1 / Math.max(1, gain);
  if (cost <= best) return { kind: "direct", structure };
  onNote?.(
    `dense form (${dense.kind}): sparse it would take ${(cost / best).toFixed(2)} times as long ` +
      "by the model of kernels/plan/tuning.ts",
    node.name,
  );
  return dense;
}

/** Time of the sparse form over that of the direct dense one. */
function sparseCost(weight: Shape, structure: WeightStructure): number {
  const [M, N, ...kernel] = weight;
  const taps = sizeOf(kernel);
  const { classes } = classifyRows(M, N, taps, structure);
  const cost = classes.reduce((sum, { rows, columns }) => {
    const perColumn = blockSizes(rows.length).reduce((c, size) => c + size * ROW_COST[size], 0);
    return sum + columns * perColumn;
  }, 0);
  return cost / (M * N * taps);
}

function suitsWinograd({ attributes }: ConvNode): boolean {
  const { kernel_shape, strides, dilations, group } = attributes;
  const [, height, width] = triple(kernel_shape, 1);
  return group === 1 && kernel_shape.length > 1 && height === 3 && width === 3 &&
    strides.every((s) => s === 1) && dilations.every((d) => d === 1);
}
