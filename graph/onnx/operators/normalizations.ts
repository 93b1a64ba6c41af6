/**
 * Reads normalizations and softmax.
 *
 * @module
 */

import { sizeOf } from "../../tensor.ts";
import type { NodeReader, OperatorReader } from "../node_reader.ts";

const PARAMETERS = ["the scale", "the shift", "the mean", "the variance"];

function readBatchNormalization(node: NodeReader): void {
  const epsilon = node.attributes.float("epsilon", 1e-5);
  node.attributes.only("spatial", 1);
  node.attributes.only("training_mode", 0);
  node.attributes.ignore("momentum", "is_test", "consumed_inputs");
  for (const i of [1, 2, 3, 4]) {
    if (node.isRead(i)) node.problem(`output "${node.outputs[i]}" of training`);
  }
  const parameters = PARAMETERS.map((what, i) => node.weight(1 + i, what));
  node.end("BatchNormalization", [node.input(0), ...parameters], { epsilon });
}

function readInstanceNormalization(node: NodeReader): void {
  const epsilon = node.attributes.float("epsilon", 1e-5);
  node.attributes.ignore("consumed_inputs");
  const parameters = [node.weight(1, "the scale"), node.weight(2, "the shift")];
  node.end("InstanceNormalization", [node.input(0), ...parameters], { epsilon });
}

function readLrn(node: NodeReader): void {
  node.end("LRN", [node.input(0)], {
    alpha: node.attributes.float("alpha", 1e-4),
    beta: node.attributes.float("beta", 0.75),
    bias: node.attributes.float("bias", 1),
    size: node.attributes.int("size", 0),
  });
}

/** Before opset 13, softmax normalizes over all axes from one on, as one. */
const readSoftmax = (op: "Softmax" | "LogSoftmax"): OperatorReader => (node) => {
  const shape = node.shape(0);
  const old = node.opset < 13;
  const axis = node.axis(node.attributes.int("axis", old ? 1 : -1), shape.length);
  if (!old || sizeOf(shape.slice(axis)) === shape[axis]) {
    node.end(op, [node.input(0)], { axis });
    return;
  }
  const flat = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis))];
  const rows = node.step("Reshape", [node.input(0)], { shape: flat }, "rows");
  node.end("Reshape", [node.step(op, [rows], { axis: 1 }, "softmax")], { shape });
};

/** By operator. */
export const NORMALIZATION_READERS: Readonly<Record<string, OperatorReader>> = {
  BatchNormalization: readBatchNormalization,
  InstanceNormalization: readInstanceNormalization,
  LRN: readLrn,
  Softmax: readSoftmax("Softmax"),
  LogSoftmax: readSoftmax("LogSoftmax"),
};
