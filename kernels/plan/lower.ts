/**
 * Lowering: from a model to a plan. Batch normalization is folded, what can ride behind an operator
 * is fused, sparsity becomes row blocks with lists of kept columns, padding becomes layout, joins
 * and slices become views, and activations that are not alive together share memory.
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import { foldBatchNorm } from "../../graph/rewrites/fold_batch_norm.ts";
import { inferShapes } from "../../graph/shapes.ts";
import type { Shape } from "../../graph/tensor.ts";
import type { Packing } from "./blocks.ts";
import { Context } from "./lowering/context.ts";
import { lowerConvolution, wishConvolution } from "./lowering/convolution.ts";
import { type ConvolutionForm, formOf } from "./lowering/form.ts";
import { fuse, type Step } from "./lowering/fuse.ts";
import { lowerGemm, lowerMatMul } from "./lowering/matrix.ts";
import { lowerConcat, lowerPad, lowerView, requireRanks } from "./lowering/movement.ts";
import {
  isBinary,
  lowerBatchNormalization,
  lowerBinary,
  lowerInstanceNormalization,
  lowerUnary,
} from "./lowering/pointwise.ts";
import {
  isReduction,
  lowerGlobalPool,
  lowerLrn,
  lowerPool,
  lowerReduction,
  lowerSoftmax,
} from "./lowering/reduction.ts";
import { lowerResize } from "./lowering/resample.ts";
import { lowerConvTranspose } from "./lowering/transposed.ts";
import { MAX_RANK, type Plan } from "./plan.ts";

/**
 * What runs a plan: the kernels for processors, or those for OpenCL, which run all but Winograd's
 * algorithm, dense kernels and pools fused behind convolutions. Processors run all plans. Those for
 * `"both"` at once are like those for GPUs, but what operators that do not need each other write shares no
 * memory, so that they may run at the same time, and no sum makes one branch wait for the other.
 */
export type LoweringTarget = "cpu" | "gpu" | "both";

/** Options of {@linkcode lower}. */
export interface LowerOptions {
  /** Which kernels the forms are chosen for. @default {"cpu"} */
  readonly target?: LoweringTarget | undefined;
  /**
   * Whether dense convolutions may be computed by Winograd's algorithm or by the dense kernels, where
   * that is faster; else the direct kernels compute them, as they do sparse ones.
   *
   * @default {true} for processors; GPUs have neither
   */
  readonly winograd?: boolean;
  /**
   * How sparse matrices are packed; which layers run sparse does not depend on it.
   *
   * @default {"full"}
   */
  readonly packing?: Packing | undefined;
  /** Told of choices that a reader of the times must know, e.g. that a layer takes its dense form. */
  readonly onNote?: (note: string, layer: string) => void;
}

/**
 * Lowers a model.
 *
 * @throws {RangeError} naming the node and what it would have to be, when the runtime lacks it.
 */
export function lower(
  model: Model,
  { target = "cpu", winograd = target === "cpu", packing = "full", onNote }: LowerOptions = {},
): Plan {
  requireRanks(model, MAX_RANK);
  const folded = foldBatchNorm(model);
  const shapes = inferShapes(folded);
  const steps = fuse(folded, shapes, { pools: target === "cpu", together: target === "both" });
  const ctx = new Context(folded, shapes, steps, packing);
  const forms = formsOf(folded, shapes, steps, {
    winograd: winograd && target === "cpu",
    ...(onNote && { onNote }),
  });
  for (const { node } of steps) {
    if (node.op === "Conv") wishConvolution(node, forms.get(node.name)!, ctx);
  }
  for (const { name } of folded.inputs) ctx.place(name);
  for (const step of steps) lowerStep(step, forms, ctx);
  return ctx.finish(target === "both");
}

type Forms = ReadonlyMap<string, ConvolutionForm>;

function formsOf(
  model: Model,
  shapes: ReadonlyMap<string, Shape>,
  steps: readonly Step[],
  options: { readonly winograd: boolean; readonly onNote?: (note: string, layer: string) => void },
): Forms {
  return new Map(
    steps.flatMap(({ node, pool }) =>
      node.op === "Conv"
        ? [[node.name, formOf(node, model, shapes, { ...options, pooled: pool !== undefined })]]
        : []
    ),
  );
}

function lowerStep(step: Step, forms: Forms, ctx: Context): void {
  const { node } = step;
  if (lowerView(node, ctx)) return;
  if (isBinary(node)) return lowerBinary(node, step, ctx);
  if (isReduction(node)) return lowerReduction(node, ctx);
  switch (node.op) {
    case "Conv":
      return lowerConvolution(node, step, forms.get(node.name)!, ctx);
    case "ConvTranspose":
      return lowerConvTranspose(node, step, ctx);
    case "Gemm":
      return lowerGemm(node, step, ctx);
    case "MatMul":
      return lowerMatMul(node, step, ctx);
    case "MaxPool":
    case "AveragePool":
    case "LpPool":
      return lowerPool(node, step, ctx);
    case "GlobalAveragePool":
    case "GlobalMaxPool":
      return lowerGlobalPool(node, ctx);
    case "BatchNormalization":
      return lowerBatchNormalization(node, step, ctx);
    case "InstanceNormalization":
      return lowerInstanceNormalization(node, ctx);
    case "LRN":
      return lowerLrn(node, ctx);
    case "Softmax":
    case "LogSoftmax":
      return lowerSoftmax(node, ctx);
    case "Concat":
      return lowerConcat(node, step, ctx);
    case "Pad":
      return lowerPad(node, step, ctx);
    case "Resize":
      return lowerResize(node, step, ctx);
    default:
      return lowerUnary(node, step, ctx);
  }
}
