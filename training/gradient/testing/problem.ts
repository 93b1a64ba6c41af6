/**
 * Graphs with a scalar at their end, and what to feed them with.
 *
 * @module
 */

import { GraphBuilder } from "../../../graph/builder.ts";
import type { Model } from "../../../graph/model.ts";
import { Random } from "../../../graph/random.ts";
import { inferShapes } from "../../../graph/shapes.ts";
import { type Shape, sizeOf, type Tensor, tensor } from "../../../graph/tensor.ts";
import type { GradientCase } from "./cases.ts";
import { doublesOf } from "./doubles.ts";
import type { Mode } from "./evaluator.ts";
import { FiniteDifferences } from "./finite_differences.ts";

/** A scalar whose gradients are wanted at one point. */
export interface Problem {
  /** What is differentiated. */
  readonly model: Model;
  /** Name of the scalar. */
  readonly loss: string;
  /** Values of the model's inputs. */
  readonly inputs: ReadonlyMap<string, Tensor>;
  /** Inputs with respect to which it is differentiated, besides the weights that learn. */
  readonly wanted: readonly string[];
  /** What dropouts multiply by, by name of the node. */
  readonly masks: ReadonlyMap<string, Tensor>;
  /** Whether batch normalizations take the statistics of the batch. */
  readonly batchStatistics: boolean;
}

/** Options of {@linkcode problemOf}. */
export interface ProblemOptions {
  /** Of the point and of the projection. @default {1} */
  readonly seed?: number;
  /** Least and most value of inputs, by name. @default standard normal values */
  readonly ranges?: GradientCase["ranges"];
  /** Whether batch normalizations take the statistics of the batch. @default {false} */
  readonly batchStatistics?: boolean;
}

/** The network of a case. */
export function networkOf({ name, build }: GradientCase): Model {
  const g = new GraphBuilder(name);
  for (const output of [build(g)].flat()) g.output(output);
  return g.build();
}

/** A random projection of the outputs of a network, at a random point. */
export function problemOf(network: Model, options: ProblemOptions = {}): Problem {
  const { seed = 1, ranges = {}, batchStatistics = false } = options;
  const { model, loss } = projected(network);
  const inputs = model.inputs.map(({ name, shape }) =>
    [name, randomInput(shape, new Random(seed, name), ranges[name])] as const
  );
  return {
    model,
    loss,
    inputs: new Map(inputs),
    wanted: network.inputs.map(({ name }) => name),
    masks: masksOf(model, seed),
    batchStatistics,
  };
}

/** The problem in double precision. */
export function differencesOf(problem: Problem): FiniteDifferences {
  const { model, loss, inputs, masks, batchStatistics } = problem;
  const doubles = (tensors: ReadonlyMap<string, Tensor>) =>
    new Map([...tensors].map(([name, t]) => [name, doublesOf(t)]));
  const mode: Mode = { batchStatistics, masks: doubles(masks) };
  return new FiniteDifferences(model, loss, doubles(inputs), mode);
}

function randomInput(shape: Shape, random: Random, range?: readonly [number, number]): Tensor {
  const data = new Float32Array(sizeOf(shape));
  return tensor(range ? random.fillUniform(data, ...range) : random.fillNormal(data), shape);
}

/** The model with the sum of the products of each output with an input of its own, a scalar. */
function projected(network: Model): { readonly model: Model; readonly loss: string } {
  const g = new GraphBuilder(network.name, network);
  const sums = network.outputs.map(({ name, shape }) => {
    g.output(name);
    const product = g.mul(name, g.input(`projection/${name}`, shape), `loss/${name}/product`);
    const axes = shape.map((_, axis) => axis);
    return axes.length === 0 ? product : g.reduce("ReduceSum", product, axes, false);
  });
  const loss = sums.reduce((a, b) => g.add(a, b));
  return { model: g.output(loss).build(), loss };
}

/** 0, or what keeps the mean. */
function masksOf(model: Model, seed: number): ReadonlyMap<string, Tensor> {
  const shapes = inferShapes(model);
  return new Map(
    model.nodes.flatMap((node) => {
      if (node.op !== "Dropout") return [];
      const { name, inputs, attributes: { ratio } } = node;
      const mask = randomInput(shapes.get(inputs[0])!, new Random(seed, `mask/${name}`), [0, 1]);
      const { data } = mask;
      for (let i = 0; i < data.length; i++) data[i] = data[i] < ratio ? 0 : 1 / (1 - ratio);
      return [[name, mask] as const];
    }),
  );
}
