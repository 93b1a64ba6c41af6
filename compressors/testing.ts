/**
 * A small network for the tests of this folder.
 *
 * @module
 */

import { GraphBuilder } from "../graph/builder.ts";
import type { Model } from "../graph/model.ts";
import { Random } from "../graph/random.ts";
import { openReference } from "../graph/reference.ts";
import { sizeOf, tensor } from "../graph/tensor.ts";
import type { Shape, Tensor } from "../graph/tensor.ts";
import { randomInputs } from "../graph/testing.ts";

/** He-uniform weights from a stream named after the weight. */
export function randomWeights(shape: Shape, name: string): Tensor {
  const bound = Math.sqrt(6 / sizeOf(shape.slice(1)));
  const random = new Random(1, name);
  return tensor(random.fillUniform(new Float32Array(sizeOf(shape)), -bound, bound), shape);
}

/**
 * C3D in small: four 3-D convolutions (one with 20 filters, which no block of 8 divides), pools, two
 * fully connected layers. Input `[1, 3, 4, 12, 12]`, 10 classes.
 */
export function smallC3d(weights: (shape: Shape, name: string) => Tensor = randomWeights): Model {
  const g = new GraphBuilder("small-c3d");
  const conv = (x: string, name: string, filters: number) =>
    g.relu(g.conv(x, { name, filters, kernel: 3, pad: 1, weights, bias: weights }));
  let x = g.input("clip", [1, 3, 4, 12, 12]);
  x = g.maxPool(conv(x, "conv1", 16), { name: "pool1", kernel: [1, 2, 2] });
  x = g.maxPool(conv(x, "conv2", 32), { name: "pool2", kernel: 2 });
  x = conv(conv(x, "conv3", 48), "conv4", 20);
  x = g.relu(g.gemm(g.flatten(x), { name: "fc5", outputs: 40, weights, bias: weights }));
  return g.output(g.gemm(x, { name: "fc6", outputs: 10, weights, bias: weights })).build();
}

/** A network of fully connected layers only. */
export function perceptron(): Model {
  const g = new GraphBuilder("perceptron");
  const x = g.input("x", [1, 12]);
  return g.output(g.gemm(x, { name: "fc", outputs: 3, weights: randomWeights })).build();
}

/** What ONNX Runtime computes for a fixed random input, the same for all models of one input. */
export async function referenceOutput(model: Model): Promise<Tensor> {
  await using session = await openReference(model);
  const outputs = await session.run(randomInputs(model));
  return outputs.get(model.outputs[0].name)!;
}
