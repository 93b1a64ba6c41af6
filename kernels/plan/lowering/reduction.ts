/**
 * Operators that make one value of many: pools, reductions, softmax, local response normalization.
 *
 * @module
 */

import type {
  AveragePoolNode,
  GlobalPoolNode,
  LpPoolNode,
  LrnNode,
  MaxPoolNode,
  Node,
  ReduceNode,
  SoftmaxNode,
} from "../../../graph/model.ts";
import { NO_HALO, triple } from "../layout.ts";
import {
  type LrnOperator,
  MAX_RANK,
  NO_ACTIVATION,
  type PoolOperator,
  type ReduceFunction,
  type SoftmaxOperator,
} from "../plan.ts";
import { type Context, images } from "./context.ts";
import type { Step } from "./fuse.ts";
import { emitReduce } from "./pointwise.ts";
import { broadcast, mergeForPlan, reshape, type View } from "./view.ts";

/** Lowers a pool with a window. */
export function lowerPool(
  node: MaxPoolNode | AveragePoolNode | LpPoolNode,
  step: Step,
  ctx: Context,
): void {
  const { kernel_shape, strides, pads, dilations } = node.attributes;
  const spatial = kernel_shape.length;
  const [x] = node.inputs;
  const to = images(ctx.place(step.output));
  images(ctx.viewOf(x)).forEach((image, i) => {
    ctx.emit<PoolOperator>(
      {
        kind: "pool",
        name: node.name,
        activation: step.activation,
        function: node.op === "MaxPool" ? "max" : node.op === "LpPool" ? "norm" : "average",
        kernel: triple(kernel_shape, 1),
        stride: triple(strides, 1),
        dilation: triple(dilations, 1),
        pad: triple(pads.slice(0, spatial), 0),
        padEnd: triple(pads.slice(spatial), 0),
        countPadding: node.op === "AveragePool" && node.attributes.count_include_pad === 1,
        p: node.op === "LpPool" ? node.attributes.p : 0,
      },
      [ctx.padded(image, NO_HALO, node.name)],
      to[i],
    );
  });
}

/** Lowers a pool over all positions. */
export function lowerGlobalPool(node: GlobalPoolNode, ctx: Context): void {
  const input = ctx.viewOf(node.inputs[0]), output = ctx.place(node.outputs[0]);
  const fn = node.op === "GlobalMaxPool" ? "max" : "mean";
  emitReduce(node.name, fn, input, broadcast(output, input.extents), ctx);
}

const REDUCTIONS: Readonly<Record<ReduceNode["op"], ReduceFunction>> = {
  ReduceMean: "mean",
  ReduceSum: "sum",
  ReduceMax: "max",
  ReduceMin: "min",
  ReduceProd: "prod",
  ReduceSumSquare: "sum_square",
  ReduceL1: "l1",
  ReduceL2: "l2",
};

/** Whether a node is a reduction. */
export function isReduction(node: Node): node is ReduceNode {
  return Object.hasOwn(REDUCTIONS, node.op);
}

/** Lowers a reduction. */
export function lowerReduction(node: ReduceNode, ctx: Context): void {
  const { axes } = node.attributes;
  const input = ctx.viewOf(node.inputs[0]);
  const output = ctx.place(node.outputs[0]);
  const kept = input.extents.map((extent, axis) => axes.includes(axis) ? 1 : extent);
  // Axes of extent 1 have any stride, so this is a view whatever the layout.
  const spread = insertAxes(output, kept, node.attributes.keepdims === 1);
  emitReduce(node.name, REDUCTIONS[node.op], input, broadcast(spread, input.extents), ctx);

  function insertAxes(view: View, shape: readonly number[], there: boolean): View {
    if (there) return view;
    let at = 0;
    const strides = shape.map((_, axis) => axes.includes(axis) ? 0 : view.strides[at++]);
    return { ...view, extents: shape, strides };
  }
}

/** Lowers a softmax or its logarithm. */
export function lowerSoftmax(node: SoftmaxNode, ctx: Context): void {
  const { axis } = node.attributes;
  const views = [ctx.viewOf(node.inputs[0]), ctx.place(node.outputs[0])];
  // Axes before and behind the one that matters are joined where their strides allow.
  const part = (from: number, to: number) =>
    mergeForPlan(views.map((view) => ({
      ...view,
      extents: view.extents.slice(from, to),
      strides: view.strides.slice(from, to),
    })));
  const before = part(0, axis), behind = part(axis + 1, views[0].extents.length);
  const extents = [...before.extents, views[0].extents[axis], ...behind.extents];
  if (extents.length > MAX_RANK) {
    throw new RangeError(
      `Cannot lower ${node.op} "${node.name}" as its input must have at most ${MAX_RANK} axes ` +
        `that cannot be joined: current value is ${extents.length}`,
    );
  }
  const [from, to] = views.map((view, i): View => ({
    ...view,
    extents,
    strides: [...before.strides[i], view.strides[axis], ...behind.strides[i]],
  }));
  ctx.emit<SoftmaxOperator>(
    {
      kind: "softmax",
      name: node.name,
      activation: NO_ACTIVATION,
      axis: before.extents.length,
      log: node.op === "LogSoftmax",
    },
    [from],
    to,
  );
}

/** Lowers a local response normalization. */
export function lowerLrn(node: LrnNode, ctx: Context): void {
  const { size, alpha, beta, bias } = node.attributes;
  const to = images(lifted(ctx.place(node.outputs[0])));
  images(lifted(ctx.viewOf(node.inputs[0]))).forEach((image, i) => {
    ctx.emit<LrnOperator>(
      { kind: "lrn", name: node.name, activation: NO_ACTIVATION, size, alpha, beta, bias },
      [image],
      to[i],
    );
  });
}

/** With an axis behind channels, so that a value `[N, C]` is images of one position. */
function lifted(view: View): View {
  return view.extents.length > 2 ? view : reshape(view, [...view.extents, 1])!;
}
