/**
 * Real networks: what the training step says of a small change of all weights is what such a change does
 * in ONNX Runtime.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { learnedInputs } from "../../graph/costs.ts";
import type { Model } from "../../graph/model.ts";
import { readOnnx } from "../../graph/onnx/read.ts";
import { Random } from "../../graph/random.ts";
import { openReference, type ReferenceSession } from "../../graph/reference.ts";
import { type Shape, type Tensor, tensor, values } from "../../graph/tensor.ts";
import { type Problem, problemOf } from "./testing/problem.ts";
import { stepGradients } from "./testing/step_gradients.ts";

const FOLDER = new URL("../../../shared/data/onnx-models/", import.meta.url);
const available = await Deno.stat(FOLDER).then(() => true, () => false);

/** A file, the largest value of a pixel, and the shape of `input` where the file leaves it open. */
const FILES: readonly (readonly [file: string, most: number, shape?: Shape])[] = [
  ["original/mnist_8/model.onnx", 255],
  ["original/super_resolution_10/model.onnx", 1, [1, 1, 224, 224]],
  ["original/version-RFB-320.onnx", 1],
  ["original/yolox_nano.onnx", 255],
  ["original/yunet_n_320_320.onnx", 255],
  ["converted/cifar10_resnet20.onnx", 2],
  ["converted/mlperf_tiny_resnet8_cifar10.onnx", 255],
  ["converted/meshnet3d_model5_gw_ae.onnx", 1, [1, 1, 16, 16, 16]],
];

/** Of a weight's own size. Smaller steps drown in the rounding of float32. */
const STEP = 2e-4;
/** Of a slope: bends are crossed by some activations, and curvature is left over. */
const TOLERANCE = 0.1;

for (const [file, most, shape] of FILES) {
  Deno.test({
    name: `the gradient of ${file} is what a small change does (needs ../shared)`,
    ignore: !available,
    async fn() {
      const path = new URL(file, FOLDER).pathname;
      const network = await readOnnx(path, shape && { shapes: { input: shape } });
      const ranges = Object.fromEntries(
        network.inputs.map(({ name }) => [name, [0, most] as const]),
      );
      const problem = problemOf(network, { ranges });
      const { gradients } = await stepGradients(problem);
      const learnt = new Set(
        problem.model.nodes.flatMap(learnedInputs).filter((name) => network.weights.has(name)),
      );
      assertEquals([...learnt].filter((name) => !gradients.has(name)), []);
      await using session = await openReference(
        withLossAlone(problem),
      );
      for (const seed of [1, 2]) {
        const direction = directionOf(network, learnt, seed);
        const difference = (await lossAt(session, problem, direction, STEP) -
          await lossAt(session, problem, direction, -STEP)) / (2 * STEP);
        let slope = 0, length = 0;
        for (const [name, d] of direction) {
          const g = values(gradients.get(name)!);
          d.forEach((change, i) => slope += change * g[i]);
          length += d.reduce((sum, change, i) => sum + (change * g[i]) ** 2, 0);
        }
        // A slope in which large parts cancel is held to those parts.
        const scale = Math.max(Math.abs(slope), Math.sqrt(length));
        assert(
          Math.abs(difference - slope) <= TOLERANCE * scale,
          `slope ${slope}, difference ${difference}, parts ${Math.sqrt(length)}`,
        );
      }
    },
  });
}

/** Changes of all weights that learn, each in proportion to the size of its tensor's values. */
function directionOf(network: Model, learnt: ReadonlySet<string>, seed: number) {
  return new Map([...learnt].map((name) => {
    const weight = values(network.weights.get(name)!);
    const size = Math.sqrt(weight.reduce((sum, w) => sum + w * w, 0) / weight.length);
    const random = new Random(seed, name);
    return [name, random.fillNormal(new Float32Array(weight.length)).map((d) => d * size)] as const;
  }));
}

/** The model with its weights as inputs, so that they can be changed from run to run. */
function withLossAlone({ model, loss }: Problem): Model {
  const weights = [...model.weights].map(([name, { shape }]) => ({ name, shape }));
  return {
    ...model,
    inputs: [...model.inputs, ...weights],
    outputs: [{ name: loss, shape: [] }],
    weights: new Map(),
  };
}

async function lossAt(
  session: ReferenceSession,
  { model, loss, inputs }: Problem,
  direction: ReadonlyMap<string, Float32Array>,
  step: number,
): Promise<number> {
  const moved = [...model.weights].map(([name, weight]): [string, Tensor] => {
    const d = direction.get(name);
    return [name, d ? tensor(values(weight).map((w, i) => w + step * d[i]), weight.shape) : weight];
  });
  const outputs = await session.run(new Map([...inputs, ...moved]));
  return values(outputs.get(loss)!)[0];
}
