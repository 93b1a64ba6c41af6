/**
 * Matrix products: fully connected layers and products of values.
 *
 * @module
 */

import type { GemmNode, MatMulNode } from "../../../graph/model.ts";
import { type Shape, sizeOf, values } from "../../../graph/tensor.ts";
import { packMatrix } from "../pack.ts";
import type { FullyConnectedOperator, MatrixProductOperator } from "../plan.ts";
import type { Context } from "./context.ts";
import type { Step } from "./fuse.ts";
import { broadcast, isCompact, merge, permute, reshape, slice, type View } from "./view.ts";

/** Rows up to which the weights are streamed once for each; above, a matrix product is faster. */
const FEW_ROWS = 4;

/** Lowers a fully connected layer. */
export function lowerGemm(node: GemmNode, step: Step, ctx: Context): void {
  const [x, w, b] = node.inputs;
  const weight = ctx.weightOf(w, node);
  const [rows, channels] = weight.shape;
  const output = ctx.place(step.output);
  const input = ctx.viewOf(x);
  const batch = input.extents[0];
  const bias = b ? values(ctx.weightOf(b, node)) : undefined;
  const structure = ctx.structureOf(w);
  if (batch > FEW_ROWS && !structure) {
    const transposed = permute(ctx.constant(values(weight), [rows, channels]), [1, 0]);
    const terms = bias ? [broadcast(ctx.constant(bias, [rows]), output.extents)] : [];
    product(node.name, [input, transposed, ...terms], output, step, ctx);
    return;
  }
  const matrix = packMatrix(
    { rows, channels, taps: 1, values: values(weight), bias, structure },
    channels,
    ctx.packing,
  );
  const compact = compacted(node.name, input, ctx);
  for (let n = 0; n < batch; n++) {
    const row = (view: View) => reshape(slice(view, 0, n, 1), [view.extents[1]])!;
    ctx.emit<FullyConnectedOperator>(
      {
        kind: "fully_connected",
        name: batch > 1 ? `${node.name}/image ${n}` : node.name,
        activation: step.activation,
        matrix,
      },
      [unit(row(compact))],
      unit(row(output)),
    );
  }
}

function compacted(name: string, view: View, ctx: Context): View {
  if (view.memory !== "constants" && isCompact(slice(view, 0, 0, 1))) return view;
  const copy = ctx.temporary(view.extents);
  ctx.elementwise(`${name}/copy`, "copy", [view], copy);
  return copy;
}

/** A vector of one value has any stride; kernels want 1. */
function unit(view: View): View {
  return { ...view, strides: [1] };
}

/** Lowers a product of two values. */
export function lowerMatMul(node: MatMulNode, step: Step, ctx: Context): void {
  const [a, b] = node.inputs.map((name) => ctx.viewOf(name));
  const left = a.extents.length === 1 ? reshape(a, [1, ...a.extents])! : a;
  const right = b.extents.length === 1 ? reshape(b, [...b.extents, 1])! : b;
  const [m] = left.extents.slice(-2), [n] = right.extents.slice(-1);
  const place = ctx.place(step.output);
  // An operand of one axis lends the result none; put it back, with extent 1.
  const batch = place.extents.slice(
    0,
    place.extents.length - (a.extents.length > 1 ? 1 : 0) - (b.extents.length > 1 ? 1 : 0),
  );
  product(node.name, [left, right], withAxes(place, [...batch, m, n]), step, ctx);
}

/** `view` with axes of extent 1 where `shape` has them. */
function withAxes(view: View, shape: Shape): View {
  let at = 0;
  const strides = shape.map((extent) => extent === view.extents[at] ? view.strides[at++] : 0);
  return shape.length === view.extents.length ? view : { ...view, extents: shape, strides };
}

/** `a [.., M, K] x b [.., K, N] (+ c)` to `output [.., M, N]`; what is left of the batch is looped. */
function product(
  name: string,
  [a, b, c]: readonly View[],
  output: View,
  step: Step,
  ctx: Context,
): void {
  const batch = output.extents.slice(0, -2);
  const views = [a, b, ...(c ? [c] : []), output].map((view) =>
    broadcast(view, [...batch, ...view.extents.slice(-2)])
  );
  const { extents, strides } = merge(views.map((view) => ({
    ...view,
    extents: batch,
    strides: view.strides.slice(0, batch.length),
  })));
  const outer = extents.slice(0, -1), inner = extents.at(-1) ?? 1;
  for (let i = 0; i < sizeOf(outer); i++) {
    const [x, y, ...rest] = views.map((view, v): View => {
      let offset = view.offset, left = i;
      for (let axis = outer.length - 1; axis >= 0; axis--) {
        offset += left % outer[axis] * strides[v][axis];
        left = Math.floor(left / outer[axis]);
      }
      return {
        ...view,
        offset,
        extents: [inner, ...view.extents.slice(-2)],
        strides: [strides[v].at(-1) ?? 0, ...view.strides.slice(-2)],
      };
    });
    const to = rest.pop()!;
    ctx.emit<MatrixProductOperator>(
      { kind: "matrix_product", name, activation: step.activation },
      [x, y, ...rest],
      to,
    );
  }
}
