/**
 * Operators that only say where values are: views where strides can say it, else copies.
 *
 * @module
 */

import type {
  ConcatNode,
  FlattenNode,
  Model,
  Node,
  PadNode,
  ReshapeNode,
  SliceNode,
} from "../../../graph/model.ts";
import type { Step } from "./fuse.ts";
import type { Context } from "./context.ts";
import { broadcast, permute, reshape, slice, type View } from "./view.ts";

/** Lowers a node whose output is a view of its input. Whether it was one. */
export function lowerView(node: Node, ctx: Context): boolean {
  const input = () => ctx.viewOf(node.inputs[0]);
  switch (node.op) {
    case "Identity":
    case "Dropout":
      ctx.alias(node.outputs[0], input());
      return true;
    case "Transpose":
      ctx.alias(node.outputs[0], permute(input(), node.attributes.perm));
      return true;
    case "Expand":
      ctx.alias(node.outputs[0], broadcast(input(), ctx.shapeOf(node.outputs[0])));
      return true;
    case "Slice":
      ctx.alias(node.outputs[0], sliced(node, input()));
      return true;
    case "Split": {
      let start = 0;
      node.attributes.split.forEach((count, i) => {
        ctx.alias(node.outputs[i], slice(input(), node.attributes.axis, start, count));
        start += count;
      });
      return true;
    }
    case "Reshape":
    case "Flatten":
      ctx.alias(node.outputs[0], reshaped(node, input(), ctx));
      return true;
    default:
      return false;
  }
}

function sliced({ attributes: { starts, counts, steps } }: SliceNode, view: View): View {
  return starts.reduce(
    (part, start, axis) => slice(part, axis, start, counts[axis], steps[axis]),
    view,
  );
}

/** A view where the strides allow, else a compact copy. */
function reshaped(node: ReshapeNode | FlattenNode, view: View, ctx: Context): View {
  const shape = ctx.shapeOf(node.outputs[0]);
  const direct = reshape(view, shape);
  if (direct) return direct;
  const compact = ctx.temporary([view.extents.reduce((a, b) => a * b, 1)]);
  ctx.elementwise(node.name, "copy", [view], reshape(compact, view.extents)!);
  return reshape(compact, shape)!;
}

/** Lowers a join: parts that were not written to their place are copied there. */
export function lowerConcat(node: ConcatNode, step: Step, ctx: Context): void {
  const { axis } = node.attributes;
  const output = ctx.place(step.output);
  let start = 0;
  node.inputs.forEach((name, i) => {
    const part = ctx.viewOf(name), count = part.extents[axis];
    const to = slice(output, axis, start, count);
    start += count;
    if (part.memory === to.memory && part.offset === to.offset) return;
    ctx.elementwise(`${node.name}/part ${i}`, "copy", [part], to);
  });
}

/** Lowers a padding: the inside first, then each axis in turn from what is there already. */
export function lowerPad(node: PadNode, step: Step, ctx: Context): void {
  const { pads, mode, value } = node.attributes;
  let input = ctx.viewOf(node.inputs[0]);
  const output = ctx.place(step.output);
  const rank = output.extents.length;
  const before = pads.slice(0, rank).map((n) => Math.max(0, n));
  const after = pads.slice(rank).map((n) => Math.max(0, n));
  for (let axis = 0; axis < rank; axis++) {
    const crop = Math.max(0, -pads[axis]), behind = Math.max(0, -pads[axis + rank]);
    input = slice(input, axis, crop, input.extents[axis] - crop - behind);
  }
  if (mode === "constant") {
    const filling = ctx.constant(Float32Array.of(value), [1]);
    ctx.elementwise(`${node.name}/fill`, "copy", [broadcast(filling, output.extents)], output);
  }
  let inside = output;
  before.forEach((n, axis) => inside = slice(inside, axis, n, input.extents[axis]));
  ctx.elementwise(node.name, "copy", [input], inside);
  if (mode === "constant") return;
  // The axes before `axis` are padded already, those behind it not yet.
  for (let axis = 0; axis < rank; axis++) {
    let band = output;
    for (let a = axis + 1; a < rank; a++) band = slice(band, a, before[a], input.extents[a]);
    const extent = input.extents[axis];
    const copy = (to: number, from: number, count: number, step: number) => {
      if (count <= 0) return;
      const source = slice(band, axis, from, count, step);
      const name = `${node.name}/axis ${axis}`;
      ctx.elementwise(name, "copy", [source], slice(band, axis, to, count));
    };
    const first = before[axis], end = first + extent;
    if (mode === "edge") {
      copy(0, first, first, 0);
      copy(end, end - 1, after[axis], 0);
    } else if (mode === "reflect") {
      copy(0, 2 * first, first, -1);
      copy(end, end - 2, after[axis], -1);
    } else {
      copy(0, end - first, first, 1);
      copy(end, first, after[axis], 1);
    }
  }
}

/** Refuses inputs and outputs that the runtime cannot take. */
export function requireRanks({ name, inputs, outputs }: Model, most: number): void {
  for (const value of [...inputs, ...outputs]) {
    if (value.shape.length <= most) continue;
    throw new RangeError(
      `Cannot lower model "${name}" as "${value.name}" must have at most ${most} axes: ` +
        `current value is [${value.shape}]`,
    );
  }
}
