/**
 * Replaces operators that are costly on mobile devices, as YOLObile does (section "Operator
 * replacement").
 *
 * @module
 */

import type { Model, Node } from "../model.ts";
import { inferShapes } from "../shapes.ts";

/** Options of {@linkcode replaceOperators}. */
export interface ReplaceOperatorsOptions {
  /**
   * What becomes of spatial attention modules: YOLObile tried a hard sigmoid for their sigmoid, found
   * the accuracy equal to having no module, and removed them.
   *
   * @default {"remove"}
   */
  readonly attention?: "remove" | "hard-sigmoid";
}

/** A model with other operators, and what was replaced. */
export interface ReplacedOperators {
  /** The model; the given one when there was nothing to replace. */
  readonly model: Model;
  /** Names of activations that were Mish. */
  readonly mish: readonly string[];
  /** Names of the convolutions of attention modules. */
  readonly attention: readonly string[];
}

/** Slope below zero of what takes the place of Mish. */
const SLOPE = 0.1;

/** The sigmoid in pieces: 0 below -3 and 1 above 3, as PyTorch and the paper's follow-ups have it. */
const HARD = { alpha: 1 / 6, beta: 0.5 };

/**
 * Replaces Mish, as one operator or as `x * tanh(softplus(x))`, by a leaky ReLU with slope 0.1, and
 * removes spatial attention modules (SAM): `x * sigmoid(f(x))` where `f` is a convolution that keeps
 * the shape, with or without a batch normalization. Modules that pool first, as squeeze and excitation
 * do, stay; so do modules of which something else is read. Names of values that are read elsewhere
 * stay. What the network computes is another function: it must be trained again.
 */
export function replaceOperators(
  model: Model,
  { attention = "remove" }: ReplaceOperatorsOptions = {},
): ReplacedOperators {
  const graph = new Chains(model);
  /** Nodes that go, or what takes their place, by name. */
  const changes = new Map<string, Node | undefined>();
  /** What is read instead of a value. */
  const instead = new Map<string, string>();
  const mish: string[] = [], modules: string[] = [];
  for (const node of model.nodes) {
    const parts = mishParts(graph, node);
    if (parts) {
      for (const { name } of parts) changes.set(name, undefined);
      const { name, outputs } = node, inputs = [parts.at(-1)?.inputs[0] ?? node.inputs[0]];
      changes.set(name, { name, op: "LeakyRelu", inputs, outputs, attributes: { alpha: SLOPE } });
      mish.push(name);
      continue;
    }
    const module = attentionModule(graph, node);
    if (!module) continue;
    if (attention === "hard-sigmoid") {
      const { name, inputs, outputs } = module.gate;
      changes.set(name, { name, op: "HardSigmoid", inputs, outputs, attributes: HARD });
    } else if (graph.isOutput(node.outputs[0])) {
      continue;
    } else {
      for (const { name } of [...module.parts, node]) changes.set(name, undefined);
      instead.set(node.outputs[0], module.input);
    }
    modules.push(module.parts.at(-1)!.name);
  }
  if (changes.size === 0) return { model, mish, attention: modules };

  const source = (name: string): string => {
    const other = instead.get(name);
    return other === undefined ? name : source(other);
  };
  const nodes = model.nodes.flatMap((node): Node[] => {
    const now = changes.has(node.name) ? changes.get(node.name) : node;
    // Only inputs differ, so the kind of the node stays.
    return now ? [{ ...now, inputs: now.inputs.map(source) } as Node] : [];
  });
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  const unread = new Set(model.nodes.flatMap(({ inputs }) => inputs.filter((x) => !read.has(x))));
  const kept = <Value>(map: ReadonlyMap<string, Value>) =>
    new Map([...map].filter(([name]) => !unread.has(name)));
  const weights = kept(model.weights), structures = kept(model.structures);
  const replaced = { ...model, nodes, weights, structures };
  inferShapes(replaced);
  return { model: replaced, mish, attention: modules };
}

/** Who writes values, and how often they are read. */
class Chains {
  readonly #writers: ReadonlyMap<string, Node>;
  readonly #uses = new Map<string, number>();
  readonly #outputs: ReadonlySet<string>;
  readonly #shapes: ReturnType<typeof inferShapes>;

  constructor(model: Model) {
    this.#writers = new Map(
      model.nodes.flatMap((node) => node.outputs.map((name) => [name, node])),
    );
    this.#outputs = new Set(model.outputs.map(({ name }) => name));
    this.#shapes = inferShapes(model);
    for (const name of model.nodes.flatMap(({ inputs }) => inputs)) {
      this.#uses.set(name, (this.#uses.get(name) ?? 0) + 1);
    }
  }

  /** What writes a value, when it is such an operator and nothing else reads the value. */
  only<Op extends Node["op"]>(
    value: string,
    op: Op,
  ): Extract<Node, { readonly op: Op }> | undefined {
    const node = this.#writers.get(value);
    return node?.op === op && this.#uses.get(value) === 1 && !this.isOutput(value)
      ? node as Extract<Node, { readonly op: Op }>
      : undefined;
  }

  /** Whether a value leaves the model. */
  isOutput(value: string): boolean {
    return this.#outputs.has(value);
  }

  /** Whether two values have one shape. */
  alike(a: string, b: string): boolean {
    return this.#shapes.get(a)?.join() === this.#shapes.get(b)?.join();
  }
}

/** The operators in front of the last one of a Mish, last first; undefined when it is none. */
function mishParts(graph: Chains, node: Node): Node[] | undefined {
  if (node.op === "Mish") return [];
  if (node.op !== "Mul") return undefined;
  for (const [x, y] of [node.inputs, node.inputs.toReversed()]) {
    const tanh = graph.only(y, "Tanh");
    const softplus = tanh && graph.only(tanh.inputs[0], "Softplus");
    if (softplus?.inputs[0] === x) return [tanh!, softplus];
  }
  return undefined;
}

/** An attention module without its product: its gate first, its convolution last. */
interface AttentionModule {
  readonly input: string;
  readonly gate: Node;
  readonly parts: readonly Node[];
}

function attentionModule(graph: Chains, node: Node): AttentionModule | undefined {
  if (node.op !== "Mul") return undefined;
  for (const [input, weight] of [node.inputs, node.inputs.toReversed()]) {
    const gate = graph.only(weight, "Sigmoid");
    if (!gate || !graph.alike(input, weight)) continue;
    const norm = graph.only(gate.inputs[0], "BatchNormalization");
    const layer = graph.only((norm ?? gate).inputs[0], "Conv");
    if (layer?.inputs[0] !== input) continue;
    return { input, gate, parts: norm ? [gate, norm, layer] : [gate, layer] };
  }
  return undefined;
}
