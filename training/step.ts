/**
 * One training step as a graph that ONNX Runtime executes: loss and gradients of a batch.
 *
 * @module
 */

import { GraphBuilder } from "../graph/builder.ts";
import type { Model } from "../graph/model.ts";
import type { Random } from "../graph/random.ts";
import { loadFile, type RuntimeOptions } from "../graph/runtime.ts";
import { inferShapes } from "../graph/shapes.ts";
import { type Shape, sizeOf, type Tensor, values } from "../graph/tensor.ts";
import { differentiate, type DropoutMask } from "./gradient/differentiate.ts";
import type { Loss } from "./losses/loss.ts";
import type { LiveWeights } from "./penalties/penalty.ts";

/** Options of {@linkcode openTrainingStep}. */
export interface StepOptions extends RuntimeOptions {
  /** Whether a weight is learnt, of those that can be. @default all of them */
  readonly learns?: (weight: string) => boolean;
  /** As in `TrainingOptions`. @default {"batch"} */
  readonly normalization?: "batch" | "running";
}

/** What one step is fed with. */
export interface StepFeeds {
  /** All weights of the model by name, read where they lie. */
  readonly weights: LiveWeights;
  /** Inputs of the model, and what `Loss.encode` gave, by name. */
  readonly inputs: ReadonlyMap<string, Tensor>;
  /** What dropout masks are drawn from. */
  readonly random: Random;
}

/** Statistics of a batch at one batch normalization. */
export interface BatchStatistics {
  /** Name of the weight that holds the running mean. */
  readonly runningMean: string;
  /** Name of the weight that holds the running variance. */
  readonly runningVariance: string;
  /** Mean of each channel. */
  readonly mean: Float32Array;
  /** Biased variance of each channel. */
  readonly variance: Float32Array;
  /** Values behind each mean. */
  readonly count: number;
}

/** What one step finds. Arrays are only valid until the next step. */
export interface StepResult {
  /** Mean loss of the batch. */
  readonly loss: number;
  /** Gradient of the loss by name of the weight. */
  readonly gradients: ReadonlyMap<string, Float32Array>;
  /** One entry for each batch normalization, none when these use running statistics. */
  readonly statistics: readonly BatchStatistics[];
}

/** A training step, loaded. */
export interface TrainingStep extends AsyncDisposable {
  /** Names of the weights that learn, in the order of the model. */
  readonly parameters: readonly string[];
  /** Computes loss and gradients; weights are not changed. */
  run(feeds: StepFeeds): Promise<StepResult>;
}

/**
 * Loads the training step of a model.
 *
 * @param model Its inputs have the batch that steps will have.
 * @throws {TypeError} when an operator between the loss and a weight that learns cannot be
 *   differentiated, all of them in one message; or when nothing learns.
 * @throws {RangeError} when ONNX Runtime does not have the execution provider, or the loss cannot read
 *   the outputs of the model.
 */
export async function openTrainingStep(
  model: Model,
  loss: Pick<Loss<never>, "append">,
  { learns, normalization = "batch", ...runtime }: StepOptions = {},
): Promise<TrainingStep> {
  const g = new GraphBuilder(model.name, model);
  const scalar = loss.append(g, model.outputs);
  const whole = g.output(scalar).build();
  const graph = differentiate(whole, scalar, {
    ...(learns && { learns }),
    batchStatistics: normalization === "batch",
  });
  const shapes = inferShapes(whole);
  const { ort, session } = await loadFile(graph.bytes, runtime);
  const toOrt = (data: Float32Array, shape: Shape) => new ort.Tensor("float32", data, shape);
  let results: Readonly<Record<string, { readonly data: unknown }>> = {};
  const result = (name: string) => floatsOf(name, results[name].data);
  return {
    parameters: [...graph.gradients.keys()],
    async run({ weights, inputs, random }) {
      const feeds: Record<string, ReturnType<typeof toOrt>> = {};
      for (const name of [...graph.weights, ...graph.inputs]) {
        // Weights that the loss brought along, such as anchors, are the same in every step.
        const data = weights.get(name) ?? dataOf(inputs.get(name) ?? whole.weights.get(name));
        feeds[name] = toOrt(expectFeed(name, data, shapes.get(name)!), shapes.get(name)!);
      }
      for (const mask of graph.masks) feeds[mask.name] = toOrt(drawMask(mask, random), mask.shape);
      release(results);
      results = await session.run(feeds);
      return {
        loss: result(graph.loss)[0],
        gradients: new Map([...graph.gradients].map(([name, output]) => [name, result(output)])),
        statistics: graph.statistics.map(({ node, mean, variance, count }) => ({
          runningMean: node.inputs[3],
          runningVariance: node.inputs[4],
          mean: result(mean),
          variance: result(variance),
          count,
        })),
      };
    },
    async [Symbol.asyncDispose]() {
      await session.release();
    },
  };
}

/**
 * Gives back the memory of results at once: with as many bytes as all weights, those of several steps
 * would wait for the garbage collector.
 */
function release(results: Readonly<Record<string, { readonly data: unknown }>>): void {
  for (const [name, { data }] of Object.entries(results)) {
    const { buffer } = floatsOf(name, data);
    if (buffer instanceof ArrayBuffer) buffer.transfer(0);
  }
}

function floatsOf(name: string, data: unknown): Float32Array {
  if (data instanceof Float32Array) return data;
  throw new TypeError(
    `Cannot read result "${name}" of a training step as values must be float32: current value is ` +
      `${data}`,
  );
}

function dataOf(tensor: Tensor | undefined): Float32Array | undefined {
  return tensor && values(tensor);
}

function expectFeed(name: string, data: Float32Array | undefined, shape: Shape): Float32Array {
  if (data?.length === sizeOf(shape)) return data;
  throw new RangeError(
    `Cannot run a training step as "${name}" must have the ${
      sizeOf(shape)
    } values of [${shape}]: ` +
      `current value is ${data ? `${data.length} values` : "undefined"}`,
  );
}

/** 0 for a random share of the values, `1 / (1 - ratio)` for the others. */
function drawMask({ shape, ratio }: DropoutMask, random: Random): Float32Array {
  const mask = random.fillUniform(new Float32Array(sizeOf(shape)));
  for (let i = 0; i < mask.length; i++) mask[i] = mask[i] < ratio ? 0 : 1 / (1 - ratio);
  return mask;
}
