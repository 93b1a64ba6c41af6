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
import { type DenseForm, fastestForm } from "../dense_form.ts";
import { ROW_COST } from "../tuning.ts";
import { windowOf } from "./window.ts";

/** How a convolution is computed. */
export type ConvolutionForm =
  | { readonly kind: "direct"; readonly structure?: WeightStructure }
  | { readonly kind: Exclude<DenseForm, "direct"> }
  | { readonly kind: "depthwise" };

/** Options of {@linkcode formOf}. */
export interface FormOptions {
  /** Whether dense convolutions may be computed by other than the direct kernels. */
  readonly winograd: boolean;
  /** Whether max pooling rides behind the convolution. */
  readonly pooled: boolean;
  /** Told when a pruned layer takes its dense form. */
  readonly onNote?: (note: string, layer: string) => void;
}

const DIRECT = { form: "direct", gain: 1 } as const;

/** Chooses the form of a convolution. */
export function formOf(
  node: ConvNode,
  model: Model,
  shapes: ReadonlyMap<string, Shape>,
  { winograd, pooled, onNote }: FormOptions,
): ConvolutionForm {
  const [, w] = node.inputs;
  const weight = shapes.get(w)!;
  const { group } = node.attributes;
  if (group > 1 && weight[1] === 1) return { kind: "depthwise" };
  const structure = model.structures.get(w);
  const { form, gain } = winograd
    ? fastestForm({
      ...windowOf(node),
      rows: weight[0] / group,
      channels: weight[1],
      extents: triple(shapes.get(node.outputs[0])!.slice(2), 1),
      pooled,
    })
    : DIRECT;
  const dense: ConvolutionForm = { kind: form };
  if (!structure) return dense;
  const cost = sparseCost(weight, structure), best = 1 / gain;
  if (cost <= best) return { kind: "direct", structure };
  onNote?.(
    `dense form (${dense.kind}): sparse it would take ${(cost / best).toFixed(2)} times as long ` +
      "by the models of kernels/plan/tuning.ts and dense_form.ts",
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
