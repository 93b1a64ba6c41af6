/**
 * Small random networks and inputs for tests.
 *
 * @module
 */

// @ts-types="@types/ndarray"
import ndarray from "ndarray";
import { type BatchNormOptions, GraphBuilder } from "./builder.ts";
import type { Model } from "./model.ts";
import { Random } from "./random.ts";
import { type Shape, sizeOf, type Tensor, tensor } from "./tensor.ts";

/** A tensor of standard normal values, the same for the same seed and label. */
export function randomTensor(shape: Shape, seed = 1, label = "tensor"): Tensor {
  return tensor(new Random(seed, label).fillNormal(new Float32Array(sizeOf(shape))), shape);
}

/** One random tensor per input of a model. */
export function randomInputs(model: Model, seed = 1): Map<string, Tensor> {
  return new Map(model.inputs.map(({ name, shape }) => [name, randomTensor(shape, seed, name)]));
}

/** Zeros that take no memory whatever the shape: for counting what a large network costs. */
export function weightless(shape: Shape): Tensor {
  return ndarray(new Float32Array(1), [...shape], shape.map(() => 0));
}

/** Makes weights that keep the scale of what passes: standard normal over the root of the fan-in. */
export function randomWeights(seed = 1): (shape: Shape, name: string) => Tensor {
  return (shape, name) => {
    const w = randomTensor(shape, seed, name);
    const scale = 1 / Math.sqrt(sizeOf(shape.slice(1)));
    for (let i = 0; i < w.data.length; i++) w.data[i] *= scale;
    return w;
  };
}

/** Options of a batch normalization with random parameters and statistics. */
export function randomBatchNorm(name: string, seed = 1): BatchNormOptions {
  const normal = randomWeights(seed);
  const positive = (shape: Shape, label: string) => {
    const t = normal(shape, label);
    for (let i = 0; i < t.data.length; i++) t.data[i] = 0.5 + Math.abs(t.data[i]);
    return t;
  };
  return { name, scale: positive, shift: normal, mean: normal, variance: positive };
}

/**
 * A sequential CNN with `spatial` (2 or 3) axes: three convolutions with
 * odd sizes (stride, asymmetric kernels, dilation, one without bias), pools with and without
 * padding, two fully connected layers.
 */
export function smallNet(spatial: 2 | 3, seed = 1): Model {
  const g = new GraphBuilder(`small-${spatial}d`);
  const weights = randomWeights(seed);
  const bias = weights;
  const axes = (...list: number[]) => list.slice(-spatial);

  let x = g.input("image", [1, 3, ...axes(5, 13, 12)]);
  x = g.relu(g.conv(x, { name: "conv1", filters: 10, kernel: 3, pad: 1, weights, bias }));
  x = g.maxPool(x, { name: "pool1", kernel: axes(1, 2, 2) });
  x = g.conv(x, {
    name: "conv2",
    filters: 7,
    kernel: axes(3, 1, 3),
    stride: axes(1, 2, 1),
    pad: axes(1, 0, 1),
    weights,
  });
  x = g.conv(g.relu(x), {
    name: "conv3",
    filters: 9,
    kernel: 2,
    dilation: axes(2, 1, 2),
    pad: 1,
    weights,
    bias,
  });
  x = g.maxPool(g.relu(x), { name: "pool2", kernel: 2, pad: axes(0, 1, 1) });
  x = g.flatten(x);
  x = g.relu(g.gemm(x, { name: "fc1", outputs: 11, weights, bias }));
  return g.output(g.gemm(x, { name: "fc2", outputs: 4, weights })).build();
}
