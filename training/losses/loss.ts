/**
 * What a network is taught by: a loss is a piece of graph, so the machinery that differentiates the
 * network differentiates the loss too.
 *
 * @module
 */

import type { GraphBuilder } from "../../graph/builder.ts";
import type { ValueInfo } from "../../graph/model.ts";
import type { Tensor } from "../../graph/tensor.ts";

/**
 * A loss over samples with labels of one kind.
 *
 * {@linkcode append} builds its graph once, with operators of the normal form only and a static
 * batch; {@linkcode encode} turns the labels of a batch into the inputs that this graph added.
 */
export interface Loss<Label> {
  /** Short id for curves and manifests, e.g. `"cross-entropy"`. */
  readonly id: string;
  /** What it was made with, for manifests and checkpoints: plain values. */
  readonly settings: Readonly<Record<string, unknown>>;
  /**
   * Adds the loss to a graph. Inputs for targets are added with `g.input`; names begin with
   * `target/`, those of nodes with `loss/`.
   *
   * @param outputs Outputs of the network, batch first.
   * @returns The name of the value that is the mean loss of the batch, a scalar: shape `[]`.
   * @throws {RangeError} when the outputs have shapes that the loss cannot read.
   */
  append(g: GraphBuilder, outputs: readonly ValueInfo[]): string;
  /**
   * Values of the inputs that {@linkcode append} added, by name.
   *
   * @param labels One for each image of the batch.
   * @param inputs What the network is fed with in this batch, by name: what a teacher reads.
   * @throws {RangeError} when a label does not fit, e.g. a class that the network has no output for.
   */
  encode(
    labels: readonly Label[],
    inputs: ReadonlyMap<string, Tensor>,
  ): ReadonlyMap<string, Tensor> | Promise<ReadonlyMap<string, Tensor>>;
}
