/**
 * Gradients of normalizations.
 *
 * @module
 */

import type { Node } from "../../../graph/model.ts";
import { sizeOf } from "../../../graph/tensor.ts";
import type { RuleContext, Rules } from "../rule.ts";
import type { StepGraph, Value } from "../step_graph.ts";
import { windowSums } from "./pooling.ts";

/** Rules of normalizations. */
export const NORMALIZATION_RULES: Rules = {
  BatchNormalization: {
    // Ioffe and Szegedy 2015, Algorithm 1: mean and biased variance of each channel over the batch.
    forward(node, context) {
      const { graph, batchStatistics } = context;
      const [x, scale, shift, mean, variance] = node.inputs.map((name) => context.value(name));
      if (!batchStatistics) return graph.node(node, [x, scale, shift, mean, variance]);
      const planes = inPlanes(graph, x);
      const moments = momentsOf(graph, planes, [0, 2]);
      const count = sizeOf(x.shape) / x.shape[1];
      context.save(node, "mean", moments.mean);
      context.save(node, "variance", moments.variance);
      const ofBatch = [moments.mean, moments.variance].map((value) =>
        graph.reshape(value, mean.shape)
      );
      context.statistics(node, ofBatch[0], ofBatch[1], count);
      // The operator for inference does it all in one pass.
      const [y] = graph.node(node, [planes, scale, shift, ...ofBatch]);
      return [graph.reshape(y, x.shape)];
    },
    backward(node, [gradient], context) {
      const { graph } = context;
      const [x, scale, , mean, variance] = node.inputs.map((name) => context.value(name));
      const { batchStatistics } = context;
      const [batchMean, batchVariance] = [
        context.saved(node, "mean"),
        context.saved(node, "variance"),
      ];
      const column = (value: Value) => graph.reshape(value, [x.shape[1], 1]);
      return normalizationGradients(node, context, {
        gradient: inPlanes(graph, gradient!),
        x: inPlanes(graph, x),
        scale: column(scale),
        mean: batchMean ?? column(mean),
        variance: batchVariance ?? column(variance),
        axes: [0, 2],
        follows: batchStatistics,
        epsilon: node.attributes.epsilon,
      });
    },
  },
  InstanceNormalization: {
    backward(node, [gradient], context) {
      const { graph } = context;
      const [x, scale] = node.inputs.map((name) => context.value(name));
      const planes = inPlanes(graph, x);
      const { mean, variance } = momentsOf(graph, planes, [2]);
      return normalizationGradients(node, context, {
        gradient: inPlanes(graph, gradient!),
        x: planes,
        scale: graph.reshape(scale, [x.shape[1], 1]),
        mean,
        variance,
        axes: [2],
        follows: true,
        epsilon: node.attributes.epsilon,
      });
    },
  },
  LRN: {
    // y = x D^-beta with D = bias + alpha / size * S, S the sum of squares over neighbouring channels.
    backward(node, [gradient], context) {
      const { graph } = context;
      const x = context.value(node.inputs[0]);
      const { alpha, beta, bias, size } = node.attributes;
      const [batch, channels, ...extents] = x.shape;
      const flat = [batch, 1, channels, sizeOf(extents)];
      const before = Math.floor((size - 1) / 2), after = size - 1 - before;
      const sums = (value: Value, begin: number, end: number) =>
        windowSums(graph, graph.reshape(value, flat), {
          kernel: [size, 1],
          begins: [begin, 0],
          ends: [end, 0],
        });
      const squares = sums(graph.mul(x, x), before, after);
      const base = graph.add(graph.mul(squares, alpha / size), bias);
      const scale = graph.reshape(graph.binary("Pow", base, -beta), x.shape);
      const direct = graph.mul(gradient!, scale);
      const shared = graph.div(
        graph.mul(graph.reshape(direct, flat), graph.reshape(x, flat)),
        base,
      );
      // A channel takes part in the sums of those whose window it is in: the window turned round.
      const back = graph.reshape(sums(shared, after, before), x.shape);
      const spread = graph.mul(graph.mul(x, -2 * alpha * beta / size), back);
      return [graph.add(direct, spread)];
    },
  },
};

/** `[N, C, positions]`. */
function inPlanes(graph: StepGraph, x: Value): Value {
  const [batch, channels, ...extents] = x.shape;
  return graph.reshape(x, [batch, channels, sizeOf(extents)]);
}

/**
 * Sum of `x [N, C, P]` over the positions, or over positions and batch, extents kept but for the
 * batch: positions first, which ONNX Runtime sums several times as fast as both at once.
 */
function sums(graph: StepGraph, op: string, x: Value, axes: readonly number[]): Value {
  const perPlane = graph.reduce(op, x, [2], true);
  return axes.includes(0) ? graph.reduce("ReduceSum", perPlane, [0]) : perPlane;
}

/**
 * Mean and biased variance over `axes` of `x [N, C, P]`: `[C, 1]`, or `[N, C, 1]` for each image. The
 * mean is subtracted before squaring, as the difference of two large sums would lose digits.
 */
function momentsOf(graph: StepGraph, x: Value, axes: readonly number[]) {
  const count = axes.reduce((count, axis) => count * x.shape[axis], 1);
  const mean = graph.mul(sums(graph, "ReduceSum", x, axes), 1 / count);
  const variance = graph.mul(
    sums(graph, "ReduceSumSquare", graph.sub(x, mean), axes),
    1 / count,
  );
  return { mean, variance };
}

/** What both normalizations are differentiated from; statistics and scale broadcast to `x`. */
interface Normalized {
  readonly gradient: Value;
  /** `[N, C, P]`, like the gradient. */
  readonly x: Value;
  readonly scale: Value;
  readonly mean: Value;
  readonly variance: Value;
  /** Axes that the statistics are taken over. */
  readonly axes: readonly number[];
  /** Whether the statistics are those of `x`, and so change with it. */
  readonly follows: boolean;
  readonly epsilon: number;
}

/**
 * With `d = x - mean`, `r = 1 / sqrt(variance + epsilon)`, and means over the axes of the statistics:
 * `dx = scale r (dy - mean(dy) - d r^2 mean(dy d))`, `dscale = sum(dy d r)`, `dshift = sum(dy)`.
 */
function normalizationGradients(
  node: Pick<Node, "inputs">,
  context: RuleContext,
  { gradient, x, scale, mean, variance, axes, follows, epsilon }: Normalized,
): readonly (Value | undefined)[] {
  const { graph } = context;
  const [wantsX, wantsScale, wantsShift] = node.inputs.map((name) => context.wants(name));
  const count = axes.reduce((count, axis) => count * x.shape[axis], 1);
  const inverse = graph.unary("Reciprocal", graph.unary("Sqrt", graph.add(variance, epsilon)));
  const centred = graph.sub(x, mean);
  const needsSums = wantsScale || wantsShift || (wantsX && follows);
  const gradientSum = needsSums ? sums(graph, "ReduceSum", gradient, axes) : undefined;
  const productSum = needsSums
    ? sums(graph, "ReduceSum", graph.mul(gradient, centred), axes)
    : undefined;
  const toChannels = (value: Value) => {
    const perChannel = axes.includes(0) ? value : graph.reduce("ReduceSum", value, [0]);
    return graph.reshape(perChannel, [x.shape[1]]);
  };
  const factor = graph.mul(scale, inverse);
  const inputGradient = () => {
    const direct = graph.mul(gradient, factor);
    if (!follows) return direct;
    const perMean = graph.mul(graph.mul(factor, gradientSum!), 1 / count);
    const perProduct = graph.mul(
      graph.mul(graph.mul(factor, graph.mul(inverse, inverse)), productSum!),
      1 / count,
    );
    return graph.sub(direct, graph.add(graph.mul(centred, perProduct), perMean));
  };
  const shape = context.value(node.inputs[0]).shape;
  // What learns comes first, so that ONNX Runtime is done with this layer when it goes on.
  const learnt = [
    wantsScale ? toChannels(graph.mul(productSum!, inverse)) : undefined,
    wantsShift ? toChannels(gradientSum!) : undefined,
  ];
  return [wantsX ? graph.reshape(inputGradient(), shape) : undefined, ...learnt];
}
