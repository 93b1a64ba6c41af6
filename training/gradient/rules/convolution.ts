/**
 * Gradients of convolutions. Their forms were chosen by time in ONNX Runtime on a CPU.
 *
 * @module
 */

import type { ConvNode, ConvTransposeNode } from "../../../graph/model.ts";
import { sizeOf } from "../../../graph/tensor.ts";
import type { Rules } from "../rule.ts";
import type { StepGraph, Value } from "../step_graph.ts";
import { convolve } from "./convolution/convolve.ts";
import { inputGradient } from "./convolution/input_gradient.ts";
import { weightGradient } from "./convolution/weight_gradient.ts";
import { padsFor, type Window } from "./convolution/window.ts";

/** Rules of convolutions. */
export const CONVOLUTION_RULES: Rules = {
  Conv: {
    forward(node, context) {
      const [x, weight, bias] = node.inputs.map((name) => context.value(name));
      return [convolve(context.graph, x, weight, bias, windowOf(node), node.attributes.pads)];
    },
    backward(node, [gradient], context) {
      const { graph } = context;
      const [x, weight] = node.inputs.map((name) => context.value(name));
      const window = windowOf(node);
      const [wantsX, wantsWeight, wantsBias] = node.inputs.map((name) => context.wants(name));
      // What learns comes first, so that ONNX Runtime is done with this layer when it goes on.
      const learnt = [
        wantsWeight ? weightGradient(graph, x, gradient!, weight.shape, window) : undefined,
        wantsBias ? channelSums(graph, gradient!) : undefined,
      ];
      return [
        wantsX ? inputGradient(graph, gradient!, weight, x.shape, window) : undefined,
        ...learnt,
      ];
    },
  },
  ConvTranspose: {
    // Its input takes the place of a convolution's output, and the other way round.
    backward(node, [gradient], context) {
      const { graph } = context;
      const [x, weight] = node.inputs.map((name) => context.value(name));
      const window = windowOf(node);
      const [wantsX, wantsWeight, wantsBias] = node.inputs.map((name) => context.wants(name));
      const pads = padsFor(x.shape, gradient!.shape, window);
      const learnt = [
        wantsWeight ? weightGradient(graph, gradient!, x, weight.shape, window) : undefined,
        wantsBias ? channelSums(graph, gradient!) : undefined,
      ];
      return [
        wantsX ? convolve(graph, gradient!, weight, undefined, window, pads) : undefined,
        ...learnt,
      ];
    },
  },
};

function windowOf({ attributes }: ConvNode | ConvTransposeNode): Window {
  const { kernel_shape, strides, dilations, pads, group } = attributes;
  return {
    kernel: kernel_shape,
    strides,
    dilations,
    begins: pads.slice(0, kernel_shape.length),
    group,
  };
}

/** Sum of each channel, `[C]`. */
function channelSums(graph: StepGraph, x: Value): Value {
  const [batch, channels, ...extents] = x.shape;
  return graph.reduce("ReduceSum", graph.reshape(x, [batch, channels, sizeOf(extents)]), [0, 2]);
}
