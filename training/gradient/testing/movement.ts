/**
 * Operators that say where values go, in double precision.
 *
 * @module
 */

import type { Node } from "../../../graph/model.ts";
import { at, broadcastAt, type Doubles, generate, moved } from "./doubles.ts";
import { type Evaluators, shapeOf } from "./evaluator.ts";

/** Evaluators of operators that say where values go. */
export const MOVEMENT_EVALUATORS: Evaluators<
  "Concat" | "Split" | "Slice" | "Reshape" | "Flatten" | "Transpose" | "Pad" | "Expand"
> = {
  Concat(node, inputs) {
    const { axis } = node.attributes;
    return [generate(shapeOf(node, inputs), (position) => {
      let along = position[axis];
      for (const x of inputs) {
        if (along < x.shape[axis]) return at(x, moved(position, axis, along));
        along -= x.shape[axis];
      }
      return NaN;
    })];
  },

  Split({ attributes: { axis, split } }, [x]) {
    let start = 0;
    return split.map((extent) => {
      const first = start;
      start += extent;
      return generate(
        moved(x.shape, axis, extent),
        (position) => at(x, moved(position, axis, first + position[axis])),
      );
    });
  },

  Slice: ({ attributes: { starts, counts, steps } }, [x]) => [
    generate(
      counts,
      (position) => at(x, position.map((p, axis) => starts[axis] + p * steps[axis])),
    ),
  ],

  Reshape: reshaped,
  Flatten: reshaped,

  Transpose(node, inputs) {
    const { perm } = node.attributes;
    return [generate(
      shapeOf(node, inputs),
      (position) => at(inputs[0], perm.map((_, axis) => position[perm.indexOf(axis)])),
    )];
  },

  Pad(node, inputs) {
    const [x] = inputs;
    const { pads, mode, value } = node.attributes;
    return [generate(shapeOf(node, inputs), (position) => {
      const source = position.map((p, axis) => padSource(mode, p - pads[axis], x.shape[axis]));
      return source.includes(undefined) ? value : at(x, source as readonly number[]);
    })];
  },

  Expand: (node, inputs) => [
    generate(shapeOf(node, inputs), (position) => broadcastAt(inputs[0], position)),
  ],
};

function reshaped(node: Node, inputs: readonly Doubles[]): readonly Doubles[] {
  return [{ shape: shapeOf(node, inputs), data: inputs[0].data }];
}

/** Where padding takes its values from along one axis; undefined for the constant. */
function padSource(
  mode: "constant" | "reflect" | "edge" | "wrap",
  i: number,
  extent: number,
): number | undefined {
  if (i >= 0 && i < extent) return i;
  switch (mode) {
    case "constant":
      return undefined;
    case "edge":
      return i < 0 ? 0 : extent - 1;
    case "reflect":
      return i < 0 ? -i : 2 * (extent - 1) - i;
    case "wrap":
      return (i % extent + extent) % extent;
  }
}
