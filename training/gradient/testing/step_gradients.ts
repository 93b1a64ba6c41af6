/**
 * Gradients as a training step computes them, beside those that differences give.
 *
 * @module
 */

import { openReference } from "../../../graph/reference.ts";
import { Random } from "../../../graph/random.ts";
import { type Tensor, tensor, values, zeros } from "../../../graph/tensor.ts";
import { relativeError } from "../../../graph/compare.ts";
import { differentiate } from "../differentiate.ts";
import { differencesOf, type Problem } from "./problem.ts";

/** What the graph of a training step gives. */
export interface StepGradients {
  /** The scalar. */
  readonly loss: number;
  /** By name of the weight or input; zeros where nothing comes back. */
  readonly gradients: ReadonlyMap<string, Tensor>;
}

/** Runs the training step of a problem. */
export async function stepGradients(problem: Problem): Promise<StepGradients> {
  const { model, loss, inputs, wanted, masks, batchStatistics } = problem;
  const graph = differentiate(model, loss, { inputs: wanted, batchStatistics });
  const feeds = new Map([
    ...graph.inputs.map((name) => [name, inputs.get(name)!] as const),
    ...graph.weights.map((name) => [name, model.weights.get(name)!] as const),
    ...[...masks].map(([node, mask]) => [`mask/${node}`, mask] as const),
  ]);
  await using session = await openReference(graph.bytes);
  const outputs = await session.run(feeds);
  const gradients = new Map<string, Tensor>();
  for (const name of wanted) gradients.set(name, zeros(inputs.get(name)!.shape));
  for (const [name, output] of graph.gradients) gradients.set(name, outputs.get(output)!);
  return { loss: values(outputs.get(graph.loss)!)[0], gradients };
}

/** Directions along which all elements are checked together. */
const DIRECTIONS = 2;
/**
 * Share of the largest slope of all below which slopes count as small beside them: of a gradient that
 * is 0, such as that of a bias in front of a normalization, only rounding is left.
 */
const SMALL = 0.01;

/**
 * The largest error of gradients beside central differences, relative to the largest slope of each
 * weight or input: of elements, all or a sample, and of the products with random directions.
 *
 * @param sample Elements of each weight and input that are checked, if it has more.
 */
export function gradientError(
  problem: Problem,
  gradients: ReadonlyMap<string, Tensor>,
  sample = Infinity,
): number {
  const differences = differencesOf(problem);
  const pairs = [...gradients].map(([name, gradient]) => {
    const data = values(gradient);
    const directions = directionsOf(data.length, sample, new Random(1, name));
    const list = (slope: (direction: Float64Array) => number) =>
      tensor(Float32Array.from(directions, slope), [directions.length]);
    return {
      expected: list((direction) => differences.along(name, direction)),
      actual: list((direction) => direction.reduce((sum, d, i) => sum + d * data[i], 0)),
    };
  });
  const slopes = pairs.flatMap(({ expected }) => [...values(expected)].map(Math.abs));
  const least = SMALL * Math.max(...slopes);
  return Math.max(...pairs.map(({ actual, expected }) => relativeError(actual, expected, least)));
}

/** Directions along single elements, and such of length 1 along all of them. */
function directionsOf(count: number, sample: number, random: Random): readonly Float64Array[] {
  const elements = random.shuffle(Uint32Array.from({ length: count }, (_, i) => i));
  const single = Array.from(elements.subarray(0, sample), (element) => {
    const direction = new Float64Array(count);
    direction[element] = 1;
    return direction;
  });
  const joint = Array.from(
    { length: DIRECTIONS },
    () => new Float64Array(count).map(() => random.normal() / Math.sqrt(count)),
  );
  return [...single, ...joint];
}
