/**
 * How one operator is differentiated.
 *
 * @module
 */

import type { Node } from "../../graph/model.ts";
import type { StepGraph, Value } from "./step_graph.ts";

/** What rules see of the graph that they extend. */
export interface RuleContext {
  /** The training step as it grows. */
  readonly graph: StepGraph;
  /** The value that is called so in the model: an input, a weight or an output of an earlier node. */
  value(name: string): Value;
  /** Whether the gradient with respect to that value is wanted; if not, it need not be computed. */
  wants(name: string): boolean;
  /** The node that writes a value; undefined for inputs and weights. */
  writer(name: string): Node | undefined;
  /** The nodes that read a value, of those that the loss depends on. */
  readers(name: string): readonly Node[];
  /**
   * Keeps a value of the forward computation for the backward one, e.g. positions of maxima, by the
   * name of the node and a label.
   */
  save(node: Node, label: string, value: Value): void;
  /** What {@linkcode save} kept; undefined when nothing was. */
  saved(node: Node, label: string): Value | undefined;
  /** Whether batch normalizations take the statistics of the batch. */
  readonly batchStatistics: boolean;
  /**
   * Tells the statistics of a batch, `[C]` each, so that running ones can follow: mean, biased
   * variance, and the number of values behind each.
   */
  statistics(node: Node, mean: Value, variance: Value, count: number): void;
  /** The mask of a dropout, an input of the step: 0, or `1 / (1 - ratio)`. */
  dropoutMask(node: Node, ratio: number): Value;
}

/** How one operator is computed in training, and what its inputs get of its gradients. */
export interface Rule<N extends Node = Node> {
  /**
   * Appends the forward computation; the values of the node's outputs.
   *
   * @default the node as the model has it
   */
  readonly forward?: (node: N, context: RuleContext) => readonly Value[];
  /**
   * Appends the backward computation.
   *
   * @param gradients One for each output; undefined where the loss does not depend on it.
   * @returns One for each input of the node; undefined where it has none, or where nobody wants it.
   */
  readonly backward: (
    node: N,
    gradients: readonly (Value | undefined)[],
    context: RuleContext,
  ) => readonly (Value | undefined)[];
}

/** Rules by operator. */
export type Rules = { readonly [Op in Node["op"]]?: Rule<Extract<Node, { readonly op: Op }>> };
