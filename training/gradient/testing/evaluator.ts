/**
 * How one operator is evaluated in double precision.
 *
 * @module
 */

import type { Node } from "../../../graph/model.ts";
import { outputShapes } from "../../../graph/shapes.ts";
import type { Shape } from "../../../graph/tensor.ts";
import type { Doubles } from "./doubles.ts";

/** What differs between training and inference. */
export interface Mode {
  /** Whether batch normalizations take the statistics of the batch. @default {false} */
  readonly batchStatistics?: boolean;
  /** What dropouts multiply by, by name of the node. @default nothing is dropped */
  readonly masks?: ReadonlyMap<string, Doubles>;
}

/** The values of a node's outputs from those of its inputs. */
export type Evaluator<N extends Node = Node> = (
  node: N,
  inputs: readonly Doubles[],
  mode: Mode,
) => readonly Doubles[];

/** Evaluators of some operators. */
export type Evaluators<Ops extends Node["op"] = Node["op"]> = {
  readonly [Op in Ops]: Evaluator<Extract<Node, { readonly op: Op }>>;
};

/** Shape of a node's only output. */
export function shapeOf(node: Node, inputs: readonly Doubles[]): Shape {
  return outputShapes(node, inputs.map(({ shape }) => shape))[0];
}
