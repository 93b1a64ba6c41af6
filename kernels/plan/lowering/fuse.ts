/**
 * Fusion: what can ride behind an operator on the way out is no pass of its own.
 *
 * @module
 */

import type { BinaryNode, MaxPoolNode, Model, Node } from "../../../graph/model.ts";
import type { Shape } from "../../../graph/tensor.ts";
import { MAX_FUSED_POOL } from "../format.ts";
import { type Activation, NO_ACTIVATION, type ResidualFunction } from "../plan.ts";
import { activationOf, isMonotonic } from "./activation.ts";
import { Branches } from "./branches.ts";

/** A node and the nodes that its kernel computes on the way out. */
export interface Step {
  /** What is computed. */
  readonly node: Node;
  /** Value that is added before or behind the activation. */
  readonly residual?: { readonly value: string; readonly order: ResidualFunction };
  /** Applied last, but for a pool. */
  readonly activation: Activation;
  /** Max pooling behind the activation. */
  readonly pool?: MaxPoolNode;
  /** Value that the step makes: the output of the last node in it. */
  readonly output: string;
  /** Nodes that the step computes besides `node`, for reports. */
  readonly fused: readonly Node[];
}

/** Operators that can apply an activation as they store. */
const ACTIVATING: ReadonlySet<Node["op"]> = new Set<Node["op"]>([
  "Conv",
  "ConvTranspose",
  "Gemm",
  "MatMul",
  "BatchNormalization",
  "Add",
  "Sub",
  "Mul",
  "Div",
  "Pow",
  "Max",
  "Min",
  "PRelu",
  "MaxPool",
  "AveragePool",
  "Resize",
]);

/** Options of {@linkcode fuse}. */
export interface FuseOptions {
  /** Whether max pooling may ride behind a convolution. */
  readonly pools: boolean;
  /** Whether branches may be computed at the same time: sums then wait for neither. @default {false} */
  readonly together?: boolean;
}

/** Turns a model into steps, in the order in which they run. */
export function fuse(
  model: Model,
  shapes: ReadonlyMap<string, Shape>,
  options: FuseOptions,
): Step[] {
  return new Fusion(model, shapes, options).steps();
}

class Fusion {
  readonly #model: Model;
  readonly #shapes: ReadonlyMap<string, Shape>;
  readonly #options: FuseOptions;
  readonly #consumers = new Map<string, Node[]>();
  readonly #kept: ReadonlySet<string>;
  /** Place in the model of the node that makes a value. */
  readonly #made = new Map<string, number>();
  readonly #taken = new Set<Node>();
  readonly #branches: Branches | undefined;

  constructor(model: Model, shapes: ReadonlyMap<string, Shape>, options: FuseOptions) {
    this.#model = model;
    this.#shapes = shapes;
    this.#options = options;
    this.#branches = options.together ? new Branches(model) : undefined;
    this.#kept = new Set(model.outputs.map(({ name }) => name));
    model.nodes.forEach((node, i) => {
      for (const input of node.inputs) {
        this.#consumers.set(input, [...this.#consumers.get(input) ?? [], node]);
      }
      for (const output of node.outputs) this.#made.set(output, i);
    });
  }

  steps(): Step[] {
    const steps: { readonly at: number; readonly step: Step }[] = [];
    for (const [i, node] of this.#model.nodes.entries()) {
      if (this.#taken.has(node)) continue;
      const step = this.#step(node, i);
      // A step with a residual runs where the sum stood, when the residual is there.
      steps.push({ at: this.#made.get(step.output) ?? i, step });
    }
    return steps.sort((a, b) => a.at - b.at).map(({ step }) => step);
  }

  #step(node: Node, i: number): Step {
    let output = node.outputs[0];
    const fused: Node[] = [];
    const take = (...nodes: Node[]) => {
      for (const each of nodes) this.#taken.add(each);
      fused.push(...nodes);
      output = nodes[nodes.length - 1].outputs[0];
    };
    let residual: Step["residual"];
    const addResidual = (order: ResidualFunction) => {
      const sum = node.op === "Conv" && !residual ? this.#sum(output, i) : undefined;
      if (!sum) return;
      residual = { value: sum.inputs[sum.inputs[0] === output ? 1 : 0], order };
      take(sum);
    };
    addResidual("add_then_activate");
    let activation = activationOf(node);
    if (!activation && ACTIVATING.has(node.op)) {
      const found = this.#activation(output);
      if (found) {
        activation = found.activation;
        take(...found.nodes);
        addResidual("activate_then_add");
      }
    }
    let pool: MaxPoolNode | undefined;
    const next = this.#only(output);
    if (
      this.#options.pools && node.op === "Conv" && !residual && next?.op === "MaxPool" &&
      tiles(next) && isMonotonic(activation ?? NO_ACTIVATION) && node.attributes.group === 1
    ) {
      pool = next;
      take(next);
    }
    return {
      node,
      activation: activation ?? NO_ACTIVATION,
      output,
      fused,
      ...(residual && { residual }),
      ...(pool && { pool }),
    };
  }

  /** The node that alone reads a value which is no output of the model. */
  #only(value: string): Node | undefined {
    const nodes = this.#consumers.get(value) ?? [];
    return nodes.length === 1 && !this.#kept.has(value) ? nodes[0] : undefined;
  }

  /**
   * A sum of what a step of node `i` makes with a value of the same shape that was made before, or in
   * the shorter one of two branches.
   */
  #sum(value: string, i: number): BinaryNode | undefined {
    const sum = this.#only(value);
    if (sum?.op !== "Add") return undefined;
    const other = sum.inputs[0] === value ? sum.inputs[1] : sum.inputs[0];
    const before = other !== value &&
      (this.#branches
        ? this.#branches.mayAdd(this.#model.nodes[i], other)
        : (this.#made.get(other) ?? -1) < i);
    const alike = `${this.#shapes.get(other)}` === `${this.#shapes.get(value)}`;
    return before && alike && !this.#model.weights.has(other) ? sum : undefined;
  }

  /** The activation that follows a value, as one node or as the pattern that exporters write. */
  #activation(value: string): { activation: Activation; nodes: Node[] } | undefined {
    const only = this.#only(value);
    if (only) {
      const activation = activationOf(only);
      return activation && { activation, nodes: [only] };
    }
    const nodes = this.#consumers.get(value) ?? [];
    if (nodes.length !== 2 || this.#kept.has(value)) return undefined;
    const product = nodes.find((node) => node.op === "Mul");
    const gate = nodes.find((node) => node !== product);
    if (!product || !gate) return undefined;
    const factor = product.inputs.find((input) => input !== value);
    const between = factor === undefined ? undefined : this.#gate(gate, factor, product);
    return between && { activation: between.activation, nodes: [...between.nodes, product] };
  }

  /** What `x * gate(x)` is, when `gate` leads to `factor` and nothing else reads what is between. */
  #gate(gate: Node, factor: string, product: Node) {
    const direct = this.#only(gate.outputs[0]) === product && gate.outputs[0] === factor;
    if (direct && gate.op === "Sigmoid") return named("silu", gate);
    if (direct && gate.op === "HardSigmoid") {
      const { alpha, beta } = gate.attributes;
      return Math.abs(alpha - 1 / 6) < 1e-6 && beta === 0.5 ? named("hard_swish", gate) : undefined;
    }
    if (gate.op !== "Softplus") return undefined;
    const tanh = this.#only(gate.outputs[0]);
    const mish = tanh?.op === "Tanh" && tanh.outputs[0] === factor &&
      this.#only(factor) === product;
    return mish ? named("mish", gate, tanh) : undefined;
  }
}

function named(kind: "silu" | "hard_swish" | "mish", ...nodes: Node[]) {
  return { activation: { kind, alpha: 0, beta: 0 }, nodes };
}

/** Whether windows neither overlap nor reach into padding. */
function tiles({ attributes: { kernel_shape, strides, pads, dilations, ceil_mode } }: MaxPoolNode) {
  return kernel_shape.every((k, axis) => k === strides[axis] && k <= MAX_FUSED_POOL) &&
    pads.every((p) => p === 0) && dilations.every((d) => d === 1) && ceil_mode === 0;
}
