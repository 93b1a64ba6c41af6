/**
 * Which channels of which values and weights belong together, in any graph.
 *
 * A channel that is removed at one place must be removed wherever it goes: from the filters that
 * make it, from everything that is added to it, from the weights that read it. Channels that are
 * tied so are a _bundle_, which is kept or removed whole. The channels of a value lie along one
 * axis, which is followed through the graph, operator by operator.
 *
 * @module
 */

import type { Model, Node } from "../model.ts";
import {
  traceBinary,
  traceFunction,
  traceReduction,
  traceSoftmax,
} from "./channels/elementwise.ts";
import {
  traceConv,
  traceConvTranspose,
  traceGemm,
  traceMatMul,
  traceNormalization,
  tracePool,
} from "./channels/layers.ts";
import {
  traceConcat,
  traceExpand,
  tracePad,
  traceReshape,
  traceResize,
  traceSlice,
  traceSplit,
  traceTranspose,
} from "./channels/movement.ts";
import { type Channels, ChannelTrace, type Removal } from "./channels/trace.ts";

export type { ChannelAxis, ChannelReader, Channels, Removal } from "./channels/trace.ts";

/**
 * Follows the channels of `model` from the filters that make them to the weights that read them.
 *
 * @param removal what a removed filter is taken to give: it decides which constants are left behind
 * @throws {RangeError} when the model's shapes do not fit.
 */
export function traceChannels(model: Model, removal: Removal = "zeroed"): Channels {
  const trace = new ChannelTrace(model, removal);
  for (const node of model.nodes) traceNode(trace, node);
  return trace.finish();
}

/** Operators all of whose inputs but the first are parameters. */
const LAYERS: readonly Node["op"][] = [
  "Conv",
  "ConvTranspose",
  "Gemm",
  "BatchNormalization",
  "InstanceNormalization",
];

function traceNode(trace: ChannelTrace, node: Node): void {
  const [, ...parameters] = node.inputs;
  if (LAYERS.includes(node.op) && !parameters.every((name) => trace.model.weights.has(name))) {
    return trace.keepInputs(node, "has parameters that are computed");
  }
  switch (node.op) {
    case "Conv":
      return traceConv(trace, node);
    case "ConvTranspose":
      return traceConvTranspose(trace, node);
    case "Gemm":
      return traceGemm(trace, node);
    case "MatMul":
      return traceMatMul(trace, node);
    case "BatchNormalization":
    case "InstanceNormalization":
      return traceNormalization(trace, node);
    case "MaxPool":
    case "AveragePool":
    case "LpPool":
    case "GlobalAveragePool":
    case "GlobalMaxPool":
      return tracePool(trace, node);
    case "LRN":
      return trace.keepInputs(node, "mixes neighbouring channels");
    case "Add":
    case "Sub":
    case "Mul":
    case "Div":
    case "Pow":
    case "Max":
    case "Min":
    case "PRelu":
      return traceBinary(trace, node);
    case "Softmax":
    case "LogSoftmax":
      return traceSoftmax(trace, node);
    case "ReduceMean":
    case "ReduceSum":
    case "ReduceMax":
    case "ReduceMin":
    case "ReduceProd":
    case "ReduceSumSquare":
    case "ReduceL1":
    case "ReduceL2":
      return traceReduction(trace, node);
    case "Concat":
      return traceConcat(trace, node);
    case "Split":
      return traceSplit(trace, node);
    case "Slice":
      return traceSlice(trace, node);
    case "Reshape":
    case "Flatten":
      return traceReshape(trace, node);
    case "Transpose":
      return traceTranspose(trace, node);
    case "Pad":
      return tracePad(trace, node);
    case "Resize":
      return traceResize(trace, node);
    case "Expand":
      return traceExpand(trace, node);
    default:
      return traceFunction(trace, node);
  }
}
