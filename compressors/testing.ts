/**
 * Small networks for the tests of this folder.
 *
 * @module
 */

import { GraphBuilder } from "../graph/builder.ts";
import type { Model } from "../graph/model.ts";
import { Random } from "../graph/random.ts";
import { openReference } from "../graph/reference.ts";
import { sizeOf, tensor } from "../graph/tensor.ts";
import type { Shape, Tensor } from "../graph/tensor.ts";
import { randomBatchNorm, randomInputs } from "../graph/testing.ts";

/** He-uniform weights from a stream named after the weight. */
export function randomWeights(shape: Shape, name: string): Tensor {
  const bound = Math.sqrt(6 / sizeOf(shape.slice(1)));
  const random = new Random(1, name);
  return tensor(random.fillUniform(new Float32Array(sizeOf(shape)), -bound, bound), shape);
}

/** Weights of one multilinear rank along filters and channels, plus a little noise. */
export function lowRankWeights(shape: Shape, name: string, rank = 5): Tensor {
  if (shape.length < 2) return randomWeights(shape, name);
  const [T, S, ...kernel] = shape;
  const D = sizeOf(kernel);
  const draw = (label: string, n: number) =>
    new Random(1, `${name}/${label}`).fillNormal(new Float32Array(n));
  const [left, right, core] = [
    draw("u4", T * rank),
    draw("u3", S * rank),
    draw("c", rank ** 2 * D),
  ];
  const data = draw("noise", T * S * D);
  const scale = Math.sqrt(2 / (S * D)) / rank;
  for (let t = 0, i = 0; t < T; t++) {
    for (let s = 0; s < S; s++) {
      for (let d = 0; d < D; d++, i++) {
        let sum = 0.01 * data[i];
        for (let a = 0; a < rank; a++) {
          for (let b = 0; b < rank; b++) {
            sum += left[t * rank + a] * core[(a * rank + b) * D + d] * right[s * rank + b];
          }
        }
        data[i] = scale * sum;
      }
    }
  }
  return tensor(data, shape);
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

/** Layers with batch norm and names of their own. */
function units(g: GraphBuilder, weights = randomWeights) {
  return (x: string, name: string, filters: number, kernel = 1, group = 1, stride = 1) =>
    g.batchNorm(
      g.conv(x, { name, filters, kernel, group, stride, pad: kernel >> 1, weights }),
      randomBatchNorm(`${name}/bn`),
    );
}

/** Residual blocks like those of ResNet: a stage that the first layer is tied to, one that is not. */
export function smallResNet(): Model {
  const g = new GraphBuilder("small-resnet");
  const unit = units(g);
  const block = (x: string, name: string, filters: number, stride: number) => {
    const y = g.relu(unit(x, `${name}a`, filters, 3, 1, stride));
    const skip = stride === 1 ? x : unit(x, `${name}skip`, filters, 1, 1, stride);
    return g.relu(g.add(unit(y, `${name}b`, filters, 3), skip));
  };
  let x = g.relu(unit(g.input("image", [1, 3, 16, 16]), "stem", 16, 3));
  x = block(block(x, "1", 16, 1), "2", 64, 2);
  x = block(block(x, "3", 64, 1), "4", 96, 2);
  x = g.flatten(g.globalAveragePool(x));
  const weights = randomWeights;
  return g.output(g.gemm(x, { name: "fc", outputs: 10, weights, bias: weights })).build();
}

/** Halves that are split, joined, upsampled and joined again, with two outputs, like YOLO's. */
export function smallDetector(): Model {
  const g = new GraphBuilder("small-detector");
  const unit = units(g);
  const leaky = (x: string) => g.leakyRelu(x, 0.1);
  const stem = leaky(unit(g.input("image", [1, 3, 16, 16]), "stem", 16, 3));
  const [left, right] = g.split(leaky(unit(stem, "entry", 64, 3)), 1, 2);
  const inner = leaky(unit(leaky(unit(left, "inner1", 32)), "inner2", 32, 3));
  const fine = leaky(unit(g.concat([g.add(inner, left), right]), "fuse", 64));
  const coarse = leaky(unit(fine, "down", 96, 3, 1, 2));
  const up = g.resize(leaky(unit(coarse, "lateral", 48)), { scale: 2 });
  const joined = leaky(unit(g.concat([up, fine], 1, "joined"), "merge", 64, 3));
  const weights = randomWeights;
  const head = (x: string, name: string) =>
    g.conv(x, { name, filters: 18, kernel: 1, weights, bias: weights });
  return g.output(head(joined, "head1")).output(head(coarse, "head2")).build();
}

/** Inverted residuals with squeeze and excitation, like MobileNet's. */
export function smallMobileNet(): Model {
  const g = new GraphBuilder("small-mobilenet");
  const unit = units(g);
  const weights = randomWeights;
  const conv = (x: string, name: string, filters: number) =>
    g.conv(x, { name, filters, kernel: 1, weights, bias: weights });
  const swish = (x: string) => g.unary(x, "HardSwish");
  const inverted = (x: string, name: string, filters: number) => {
    const wide = swish(unit(x, `${name}.expand`, 96));
    const deep = swish(unit(wide, `${name}.depthwise`, 96, 3, 96));
    const squeezed = g.relu(conv(g.globalAveragePool(deep), `${name}.squeeze`, 24));
    const gates = g.unary(conv(squeezed, `${name}.excite`, 96), "HardSigmoid");
    const y = unit(g.mul(deep, gates), `${name}.project`, filters);
    return g.shapeOf(x)[1] === filters ? g.add(x, y) : y;
  };
  let x = swish(unit(g.input("image", [1, 3, 12, 12]), "stem", 16, 3));
  x = inverted(inverted(inverted(x, "a", 32), "b", 32), "c", 48);
  x = swish(unit(x, "last", 96));
  x = g.flatten(g.globalAveragePool(x));
  return g.output(g.gemm(x, { name: "fc", outputs: 10, weights })).build();
}

/** Grouped convolutions of 16 filters a group and of 4, and a depthwise one, like ResNeXt's. */
export function smallResNeXt(): Model {
  const g = new GraphBuilder("small-resnext");
  const unit = units(g);
  const conv = (x: string, name: string, filters: number, kernel = 1, group = 1) =>
    g.relu(unit(x, name, filters, kernel, group));
  const stem = conv(g.input("image", [1, 3, 12, 12]), "stem", 32, 3);
  const wide = conv(conv(stem, "widen", 64), "grouped", 64, 3, 4);
  let x = g.add(conv(wide, "pointwise", 64, 1, 4), wide);
  x = conv(conv(conv(x, "narrow", 32), "small groups", 32, 3, 8), "depthwise", 32, 3, 32);
  x = g.flatten(g.globalAveragePool(conv(x, "last", 64, 3)));
  return g.output(g.gemm(x, { name: "fc", outputs: 10, weights: randomWeights })).build();
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
