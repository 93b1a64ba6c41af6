/**
 * Operators of one value as activations of the runtime.
 *
 * @module
 */

import type { Node } from "../../../graph/model.ts";
import type { Activation, ActivationKind } from "../plan.ts";

/** Operators without parameters. */
const PLAIN: Readonly<Partial<Record<Node["op"], ActivationKind>>> = {
  Relu: "relu",
  Sigmoid: "sigmoid",
  Tanh: "tanh",
  Mish: "mish",
  HardSwish: "hard_swish",
  Softplus: "softplus",
  Softsign: "softsign",
  Erf: "erf",
  Exp: "exp",
  Log: "log",
  Sqrt: "sqrt",
  Abs: "abs",
  Neg: "neg",
  Reciprocal: "reciprocal",
  Floor: "floor",
  Ceil: "ceil",
};

/** What a node does to each value alone; undefined for nodes that do more. */
export function activationOf(node: Node): Activation | undefined {
  const plain = PLAIN[node.op];
  if (plain) return { kind: plain, alpha: 0, beta: 0 };
  switch (node.op) {
    case "LeakyRelu":
      return { kind: "leaky_relu", alpha: node.attributes.alpha, beta: 0 };
    case "Elu":
      return { kind: "elu", alpha: node.attributes.alpha, beta: 0 };
    case "Celu":
      return { kind: "celu", alpha: node.attributes.alpha, beta: 0 };
    case "Selu":
      return { kind: "selu", alpha: node.attributes.alpha, beta: node.attributes.gamma };
    case "HardSigmoid":
      return { kind: "hard_sigmoid", alpha: node.attributes.alpha, beta: node.attributes.beta };
    case "Clip":
      return { kind: "clip", alpha: node.attributes.min, beta: node.attributes.max };
    case "Gelu":
      return {
        kind: node.attributes.approximate === "tanh" ? "gelu_tanh" : "gelu",
        alpha: 0,
        beta: 0,
      };
    default:
      return undefined;
  }
}

/** Whether the maximum of activated values is the activated maximum, so that a pool can go first. */
export function isMonotonic({ kind, alpha }: Activation): boolean {
  return kind === "none" || kind === "relu" || (kind === "leaky_relu" && alpha >= 0);
}
