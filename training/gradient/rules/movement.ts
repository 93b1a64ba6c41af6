/**
 * Gradients of operators that move values: joining, cutting, reordering, padding, repeating.
 *
 * @module
 */

import type { PadNode, SliceNode } from "../../../graph/model.ts";
import type { Rules } from "../rule.ts";
import type { StepGraph, Value } from "../step_graph.ts";
import { adjointAlong, around } from "./linear_axis.ts";
import { oneInput, type Site } from "./one_input.ts";

/** Rules of operators that move values, Pad in every mode. */
export const MOVEMENT_RULES: Rules = {
  Concat: {
    backward({ inputs, attributes: { axis } }, [dy], context) {
      let start = 0;
      return inputs.map((name) => {
        const range = { start, count: context.value(name).shape[axis] };
        start += range.count;
        return dy && context.wants(name) ? context.graph.slice(dy, { [axis]: range }) : undefined;
      });
    },
  },
  Split: {
    backward({ inputs, outputs, attributes: { axis } }, gradients, context) {
      if (!context.wants(inputs[0])) return [undefined];
      const { graph } = context;
      const parts = gradients.map((dy, i) => dy ?? zeros(graph, context.value(outputs[i]).shape));
      return [graph.concat(parts, axis)];
    },
  },
  Slice: oneInput(slice),
  Reshape: oneInput(({ graph, x, dy }) => graph.reshape(dy, x.shape)),
  Flatten: oneInput(({ graph, x, dy }) => graph.reshape(dy, x.shape)),
  Transpose: oneInput(({ graph, node: { attributes: { perm } }, dy }) =>
    graph.transpose(dy, perm.map((_, axis) => perm.indexOf(axis)))
  ),
  Pad: oneInput(pad),
  Expand: oneInput(({ graph, x, dy }) => graph.sumTo(dy, x.shape)),
  Identity: oneInput(({ dy }) => dy),
};

function zeros(graph: StepGraph, shape: readonly number[]): Value {
  return graph.expand(graph.constant(0), shape);
}

/** Turns backward axes round, spreads what was taken with gaps, and pads to the whole. */
function slice({ graph, node: { attributes }, x, dy }: Site<SliceNode>): Value {
  const ranges = attributes.counts.map((count, axis) => {
    // Of a single position the step does not matter.
    const step = count === 1 ? 1 : attributes.steps[axis], first = attributes.starts[axis];
    return {
      count,
      step: Math.abs(step),
      turned: step < 0,
      least: first + Math.min(0, step) * (count - 1),
    };
  });
  const turns = ranges.flatMap(({ turned, count }, axis) =>
    turned ? [[axis, { start: count - 1, count, step: -1 }]] : []
  );
  let gradient = graph.slice(dy, Object.fromEntries(turns));
  for (const [axis, { step }] of ranges.entries()) gradient = spread(graph, gradient, axis, step);
  const ends = ranges.map(({ count, step, least }, axis) => x.shape[axis] - least - count * step);
  return graph.pad(gradient, [...ranges.map(({ least }) => least), ...ends]);
}

/** Puts `step - 1` zeros behind each position of an axis. */
function spread(graph: StepGraph, value: Value, axis: number, step: number): Value {
  if (step === 1) return value;
  const { before, behind } = around(value.shape, axis);
  const extent = value.shape[axis];
  // Joined, not padded: of single numbers ONNX Runtime's Pad is ten times as slow.
  const positions = graph.reshape(value, [before * extent, 1, behind]);
  const gaps = zeros(graph, [before * extent, step - 1, behind]);
  return graph.reshape(graph.concat([positions, gaps], 1), value.shape.with(axis, extent * step));
}

/** Constants get nothing. Other modes repeat values, each axis on its own. */
function pad({ graph, node, x, dy }: Site<PadNode>): Value {
  const { pads, mode } = node.attributes;
  if (mode === "constant") return graph.pad(dy, pads.map((side) => 0 - side));
  const rank = x.shape.length;
  return x.shape.reduce((gradient, extent, axis) => {
    const begin = pads[axis], end = pads[axis + rank];
    if (begin === 0 && end === 0) return gradient;
    const row: PadNode = {
      ...node,
      name: `${node.name}/matrix${axis}`,
      attributes: { ...node.attributes, pads: [0, 0, 0, begin, 0, 0, 0, end] },
    };
    return adjointAlong(graph, gradient, axis, row, extent);
  }, dy);
}
