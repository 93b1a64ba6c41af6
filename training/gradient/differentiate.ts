/**
 * Reverse-mode differentiation: from a model and its loss to the graph of a training step.
 *
 * @module
 */

import { learnedInputs } from "../../graph/costs.ts";
import type { Model, Node } from "../../graph/model.ts";
import { inferShapes } from "../../graph/shapes.ts";
import type { Shape } from "../../graph/tensor.ts";
import type { Rule, RuleContext } from "./rule.ts";
import { RULES } from "./rules.ts";
import { StepGraph, type Value } from "./step_graph.ts";

/** Options of {@linkcode differentiate}. */
export interface DifferentiateOptions {
  /** Whether a weight is learnt, of those that can be. @default all of them */
  readonly learns?: (weight: string) => boolean;
  /** Whether batch normalizations take the statistics of the batch. @default {true} */
  readonly batchStatistics?: boolean;
  /** Graph inputs whose gradients are wanted as well. @default none */
  readonly inputs?: readonly string[];
}

/** Where the statistics of one batch normalization are among the outputs of a step. */
export interface StatisticsOutputs {
  /** The node. */
  readonly node: Node;
  /** Output with the mean of the batch, `[C]`. */
  readonly mean: string;
  /** Output with its biased variance, `[C]`. */
  readonly variance: string;
  /** Values behind each of both. */
  readonly count: number;
}

/** The mask of one dropout, an input of a step. */
export interface DropoutMask {
  /** Name of the input. */
  readonly name: string;
  /** Shape of the value that is dropped. */
  readonly shape: Shape;
  /** Share of zeros; the other elements are `1 / (1 - ratio)`. */
  readonly ratio: number;
}

/** The graph of a training step. Its inputs are those of the model, its weights, and masks. */
export interface GradientGraph {
  /** The ONNX file. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Name of the output that is the loss, a scalar. */
  readonly loss: string;
  /** Weights that the graph reads, as inputs. */
  readonly weights: readonly string[];
  /** Inputs of the model that the graph reads. */
  readonly inputs: readonly string[];
  /** Outputs that are gradients, by name of the weight or input. */
  readonly gradients: ReadonlyMap<string, string>;
  /** Outputs that are statistics, one entry for each batch normalization. */
  readonly statistics: readonly StatisticsOutputs[];
  /** Inputs that are masks. */
  readonly masks: readonly DropoutMask[];
}

/**
 * Differentiates a scalar value of a model with respect to the weights that it learns.
 *
 * @param model A network with its loss: the value `loss` is written by one of its nodes.
 * @throws {TypeError} when operators between the loss and what learns have no gradient, all named in
 *   one message; or when nothing that learns reaches the loss.
 * @throws {RangeError} when the loss is not a scalar.
 */
export function differentiate(
  model: Model,
  loss: string,
  options: DifferentiateOptions = {},
): GradientGraph {
  const shapes = inferShapes(model);
  expectScalar(model, loss, shapes.get(loss));
  const nodes = leadingTo(model, loss);
  const learnt = learntWeights(nodes, model, options);
  const wanted = reachedFrom(nodes, [...learnt, ...(options.inputs ?? [])]);
  expectDifferentiable(model, nodes, wanted);
  if (!wanted.has(loss)) {
    throw new TypeError(
      `Cannot train model "${model.name}" as its loss must depend on a weight that learns: ` +
        `current value is ${learnt.length} such weights`,
    );
  }

  const step = new Step(nodes, shapes, model, wanted, options.batchStatistics ?? true);
  for (const node of nodes) step.forward(node);
  step.begin(loss);
  for (const node of nodes.toReversed()) step.backward(node);

  const graph = step.graph;
  const gradients = [...learnt, ...(options.inputs ?? [])].flatMap((name) => {
    const gradient = step.gradient(name);
    return gradient ? [[name, graph.name(gradient, `gradient/${name}`)] as const] : [];
  });
  const value = graph.name(step.value(loss), "step/loss");
  const statistics = step.taken.map(({ node, mean, variance, count }) => ({
    node,
    mean: graph.name(mean, `${node.name}/batch mean`),
    variance: graph.name(variance, `${node.name}/batch variance`),
    count,
  }));
  const outputs = [
    value,
    ...gradients.map(([, gradient]) => gradient),
    ...statistics.flatMap(({ mean, variance }) => [mean, variance]),
  ];
  return {
    bytes: graph.encode(`${model.name}, one step`, outputs),
    loss: value.name,
    weights: step.read.filter((name) => model.weights.has(name)),
    inputs: step.read.filter((name) => !model.weights.has(name)),
    gradients: new Map(gradients.map(([name, gradient]) => [name, gradient.name])),
    statistics: statistics.map((taken) => ({
      ...taken,
      mean: taken.mean.name,
      variance: taken.variance.name,
    })),
    masks: step.masks,
  };
}

/** The step as it grows, and what rules see of it. */
class Step implements RuleContext {
  readonly graph = new StepGraph();
  readonly batchStatistics: boolean;
  /** Names of inputs and weights that were read. */
  readonly read: string[] = [];
  readonly masks: DropoutMask[] = [];
  readonly taken: { node: Node; mean: Value; variance: Value; count: number }[] = [];
  readonly #values = new Map<string, Value>();
  readonly #saved = new Map<string, Value>();
  readonly #gradients = new Map<string, Value[]>();
  readonly #wanted: ReadonlySet<string>;
  readonly #nodes: readonly Node[];

  constructor(
    nodes: readonly Node[],
    shapes: ReadonlyMap<string, Shape>,
    model: Model,
    wanted: ReadonlySet<string>,
    batchStatistics: boolean,
  ) {
    this.#wanted = wanted;
    this.#nodes = nodes;
    this.batchStatistics = batchStatistics;
    const used = new Set(nodes.flatMap(({ inputs }) => inputs));
    const sources = [...model.inputs.map(({ name }) => name), ...model.weights.keys()];
    for (const name of sources) {
      if (!used.has(name)) continue;
      this.read.push(name);
      this.#values.set(name, this.graph.input(name, shapes.get(name)!));
    }
  }

  forward(node: Node): void {
    const outputs = ruleOf(node)?.forward?.(node, this) ??
      this.graph.node(node, node.inputs.map((name) => this.value(name)));
    node.outputs.forEach((name, i) => this.#values.set(name, outputs[i]));
  }

  /** The gradient of the loss with respect to itself. */
  begin(loss: string): void {
    this.#gradients.set(loss, [this.graph.constant(1)]);
  }

  backward(node: Node): void {
    if (!node.inputs.some((name) => this.wants(name))) return;
    const gradients = node.outputs.map((name) => this.gradient(name));
    if (gradients.every((gradient) => gradient === undefined)) return;
    const found = ruleOf(node)!.backward(node, gradients, this);
    for (const [i, name] of node.inputs.entries()) {
      const gradient = found[i];
      if (!gradient || !this.wants(name)) continue;
      const others = this.#gradients.get(name);
      if (others) others.push(gradient);
      else this.#gradients.set(name, [gradient]);
    }
    // What came in is complete and used up.
    for (const name of node.outputs) this.#gradients.delete(name);
  }

  /** The sum of all that came back to a value. */
  gradient(name: string): Value | undefined {
    const parts = this.#gradients.get(name);
    if (!parts) return undefined;
    const sum = parts.reduce((sum, part) => this.graph.add(sum, part));
    this.#gradients.set(name, [sum]);
    return sum;
  }

  value(name: string): Value {
    return this.#values.get(name)!;
  }

  wants(name: string): boolean {
    return this.#wanted.has(name);
  }

  writer(name: string): Node | undefined {
    return this.#nodes.find(({ outputs }) => outputs.includes(name));
  }

  readers(name: string): readonly Node[] {
    return this.#nodes.filter(({ inputs }) => inputs.includes(name));
  }

  save(node: Node, label: string, value: Value): void {
    this.#saved.set(`${node.name}\0${label}`, value);
  }

  saved(node: Node, label: string): Value | undefined {
    return this.#saved.get(`${node.name}\0${label}`);
  }

  statistics(node: Node, mean: Value, variance: Value, count: number): void {
    this.taken.push({ node, mean, variance, count });
  }

  dropoutMask(node: Node, ratio: number): Value {
    const known = this.saved(node, "mask");
    if (known) return known;
    const mask = this.graph.input(`mask/${node.name}`, this.value(node.inputs[0]).shape);
    this.masks.push({ ...mask, ratio });
    this.save(node, "mask", mask);
    return mask;
  }
}

function ruleOf(node: Node): Rule | undefined {
  // A node and the rule of its operator belong together, which the table's type says only by operator.
  return RULES[node.op] as Rule | undefined;
}

/** Nodes that the loss depends on, in their order. */
function leadingTo(model: Model, loss: string): readonly Node[] {
  const needed = new Set([loss]);
  const nodes: Node[] = [];
  for (const node of model.nodes.toReversed()) {
    if (!node.outputs.some((name) => needed.has(name))) continue;
    nodes.push(node);
    node.inputs.forEach((name) => needed.add(name));
  }
  return nodes.reverse();
}

function learntWeights(
  nodes: readonly Node[],
  model: Model,
  { learns = () => true }: DifferentiateOptions,
): readonly string[] {
  const learnt = new Set(nodes.flatMap(learnedInputs).filter((name) => model.weights.has(name)));
  return [...model.weights.keys()].filter((name) => learnt.has(name) && learns(name));
}

/** Names of the values that depend on the given ones, those included. */
function reachedFrom(nodes: readonly Node[], names: readonly string[]): ReadonlySet<string> {
  const reached = new Set(names);
  for (const node of nodes) {
    if (!node.inputs.some((name) => reached.has(name))) continue;
    node.outputs.forEach((name) => reached.add(name));
  }
  return reached;
}

function expectDifferentiable(
  model: Model,
  nodes: readonly Node[],
  wanted: ReadonlySet<string>,
): void {
  const missing = nodes.filter((node) =>
    !ruleOf(node) && node.inputs.some((name) => wanted.has(name))
  );
  if (missing.length === 0) return;
  const list = missing.map(({ op, name }) => `${op} "${name}"`).join(", ");
  throw new TypeError(
    `Cannot train model "${model.name}" as every operator between the loss and what learns must ` +
      `have a gradient: current value is ${list}`,
  );
}

function expectScalar(model: Model, loss: string, shape: Shape | undefined): void {
  if (shape?.length === 0) return;
  throw new RangeError(
    `Cannot train model "${model.name}" as its loss "${loss}" must be a scalar: current value is ` +
      (shape ? `[${shape}]` : "undefined"),
  );
}
