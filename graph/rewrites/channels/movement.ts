/**
 * How channels pass operators that move values.
 *
 * @module
 */

import type {
  ConcatNode,
  ExpandNode,
  FlattenNode,
  PadNode,
  ReshapeNode,
  ResizeNode,
  SliceNode,
  SplitNode,
  TransposeNode,
} from "../../model.ts";
import { sizeOf } from "../../tensor.ts";
import type { Shape } from "../../tensor.ts";
import type { ChannelAxis, ChannelTrace } from "./trace.ts";

/** Along the channels one list after another; along other axes the inputs are tied. */
export function traceConcat(trace: ChannelTrace, node: ConcatNode): void {
  const inputs = node.inputs.map((name) => trace.values.get(name));
  const main = inputs.find((x) => x?.axis === node.attributes.axis) ?? inputs.find((x) => x);
  if (!main) return;
  const { axis } = main;
  const parts = inputs.map((x, i): ChannelAxis => {
    if (x?.axis === axis) return x;
    const reason = `Concat "${node.name}" joins them with other values`;
    if (x) trace.keep(x, reason);
    const bundles = trace.bundles.fresh(trace.shapes.get(node.inputs[i])![axis]);
    trace.bundles.keep(bundles, reason);
    return { axis, bundles };
  });
  if (axis === node.attributes.axis) {
    return trace.set(node.outputs[0], {
      axis,
      bundles: Int32Array.from(parts.flatMap(({ bundles }) => [...bundles])),
      constants: Float64Array.from(
        parts.flatMap((
          { bundles, constants },
        ) => [...constants ?? new Float64Array(bundles.length)]),
      ),
    });
  }
  const [first, ...others] = parts;
  for (const { bundles } of others) trace.bundles.tie(first.bundles, bundles);
  const constants = Float64Array.from(first.bundles, (_, i) => {
    const [c, ...rest] = parts.map(({ constants }) => constants?.[i] ?? 0);
    return rest.every((other) => other === c) ? c : NaN;
  });
  trace.set(node.outputs[0], { ...first, constants });
}

/** Each part takes its run of the channels, or all of them. */
export function traceSplit(trace: ChannelTrace, node: SplitNode): void {
  const x = trace.values.get(node.inputs[0]);
  if (!x) return;
  let start = 0;
  node.outputs.forEach((name, i) => {
    const end = start + node.attributes.split[i];
    trace.set(name, x.axis === node.attributes.axis ? part(x, start, end) : x);
    start = end;
  });
}

/** A run of the channels; any other choice of them must stay as it is. */
export function traceSlice(trace: ChannelTrace, node: SliceNode): void {
  const x = trace.values.get(node.inputs[0]);
  if (!x) return;
  const [start, count, step] = [
    node.attributes.starts,
    node.attributes.counts,
    node.attributes.steps,
  ]
    .map((list) => list[x.axis]);
  if (step !== 1 && count > 1) return trace.keepInputs(node, "takes some, by steps");
  trace.set(node.outputs[0], part(x, start, start + count));
}

/** Channels stay channels as long as each axis of the result holds whole ones. */
export function traceReshape(trace: ChannelTrace, node: ReshapeNode | FlattenNode): void {
  const x = trace.values.get(node.inputs[0]);
  if (!x) return;
  const from = trace.shapes.get(node.inputs[0])!;
  const to = trace.shapes.get(node.outputs[0])!;
  const before = sizeOf(from.slice(0, x.axis));
  for (let axis = 0; axis < to.length; axis++) {
    if (sizeOf(to.slice(0, axis)) !== before) continue;
    const moved = regrouped(x, from, to, axis);
    if (moved) return trace.set(node.outputs[0], moved);
  }
  trace.keepInputs(node, "splits or mixes them");
}

/** The axis goes where it is put. */
export function traceTranspose(trace: ChannelTrace, node: TransposeNode): void {
  const x = trace.values.get(node.inputs[0]);
  if (x) trace.set(node.outputs[0], { ...x, axis: node.attributes.perm.indexOf(x.axis) });
}

/** Padding beside the channels; more or fewer channels must stay as they are. */
export function tracePad(trace: ChannelTrace, node: PadNode): void {
  const x = trace.values.get(node.inputs[0]);
  if (!x) return;
  const { pads, mode, value } = node.attributes;
  if (pads[x.axis] !== 0 || pads[x.axis + pads.length / 2] !== 0) {
    return trace.keepInputs(node, "pads along them");
  }
  const uniform = mode !== "constant" || pads.every((pad) => pad <= 0);
  const constants = Float64Array.from(x.bundles, (_, i) => {
    const c = x.constants?.[i] ?? 0;
    return uniform || c === value ? c : NaN;
  });
  trace.set(node.outputs[0], { ...x, constants });
}

/** Interpolation beside the channels keeps constants. */
export function traceResize(trace: ChannelTrace, node: ResizeNode): void {
  const x = trace.values.get(node.inputs[0]);
  if (!x) return;
  const { scales, sizes } = node.attributes;
  if (scales[x.axis] !== 1 || sizes[x.axis] !== x.bundles.length) {
    return trace.keepInputs(node, "interpolates between them");
  }
  trace.set(node.outputs[0], x);
}

/** Broadcasting beside the channels. */
export function traceExpand(trace: ChannelTrace, node: ExpandNode): void {
  const x = trace.values.get(node.inputs[0]);
  if (!x) return;
  const to = trace.shapes.get(node.outputs[0])!;
  const axis = x.axis + to.length - trace.shapes.get(node.inputs[0])!.length;
  if (to[axis] !== x.bundles.length) return trace.keepInputs(node, "broadcasts them");
  trace.set(node.outputs[0], { ...x, axis });
}

const part = ({ axis, bundles, constants }: ChannelAxis, start: number, end: number) => ({
  axis,
  bundles: bundles.slice(start, end),
  constants: constants?.slice(start, end),
});

/** Channels along `axis` of the new shape; undefined when a position there has parts of several. */
function regrouped(
  { axis: old, bundles, constants }: ChannelAxis,
  from: Shape,
  to: Shape,
  axis: number,
): ChannelAxis | undefined {
  const inner = sizeOf(from.slice(old + 1));
  const run = sizeOf(to.slice(axis + 1));
  if (to[axis] * run !== bundles.length * inner) return undefined;
  const result = new Int32Array(to[axis]);
  const moved = constants && new Float64Array(to[axis]);
  for (let i = 0; i < to[axis]; i++) {
    const first = Math.floor(i * run / inner);
    const last = Math.floor(((i + 1) * run - 1) / inner);
    for (let j = first + 1; j <= last; j++) if (bundles[j] !== bundles[first]) return undefined;
    result[i] = bundles[first];
    if (moved && constants) {
      const own = constants.subarray(first, last + 1);
      moved[i] = own.every((c) => c === own[0]) ? own[0] : NaN;
    }
  }
  return { axis, bundles: result, constants: moved };
}
