/**
 * What operators make of a channel that holds the same number everywhere. NaN stands for a channel
 * that does not, or that holds no number.
 *
 * @module
 */

import type { BinaryFunction, Node, Reduction } from "../../model.ts";

/** A function of one value at the number `c`; NaN for operators that are none. */
export function unaryAt(node: Node, c: number): number {
  switch (node.op) {
    case "Relu":
      return Math.max(c, 0);
    case "LeakyRelu":
      return c < 0 ? node.attributes.alpha * c : c;
    case "Elu":
      return c < 0 ? node.attributes.alpha * Math.expm1(c) : c;
    case "Celu":
      return Math.max(0, c) +
        Math.min(0, node.attributes.alpha * Math.expm1(c / node.attributes.alpha));
    case "Selu":
      return node.attributes.gamma * (c > 0 ? c : node.attributes.alpha * Math.expm1(c));
    case "HardSigmoid":
      return clamp(node.attributes.alpha * c + node.attributes.beta, 0, 1);
    case "HardSwish":
      return c * clamp(c / 6 + 0.5, 0, 1);
    case "Clip":
      return clamp(c, node.attributes.min, node.attributes.max);
    case "Sigmoid":
      return 1 / (1 + Math.exp(-c));
    case "Tanh":
      return Math.tanh(c);
    case "Softplus":
      return softplus(c);
    case "Mish":
      return c * Math.tanh(softplus(c));
    case "Softsign":
      return c / (1 + Math.abs(c));
    case "Exp":
      return Math.exp(c);
    case "Log":
      return finite(Math.log(c));
    case "Sqrt":
      return Math.sqrt(c);
    case "Reciprocal":
      return finite(1 / c);
    case "Abs":
      return Math.abs(c);
    case "Neg":
      return -c;
    case "Floor":
      return Math.floor(c);
    case "Ceil":
      return Math.ceil(c);
    case "Erf":
    case "Gelu":
      return c === 0 ? 0 : NaN;
    case "Identity":
    case "Dropout":
      return c;
    default:
      return NaN;
  }
}

/** A function of two values at two numbers. */
export function binaryAt(op: BinaryFunction, a: number, b: number): number {
  switch (op) {
    case "Add":
      return a + b;
    case "Sub":
      return a - b;
    case "Mul":
      return a === 0 || b === 0 ? 0 : a * b;
    case "Div":
      return finite(a / b);
    case "Pow":
      return finite(a ** b);
    case "Max":
      return Math.max(a, b);
    case "Min":
      return Math.min(a, b);
    case "PRelu":
      return a < 0 ? a * b : a; // also right where the slope is unknown: it does not matter at 0
  }
}

/** A reduction, over `count` positions, of a channel that holds `c` everywhere. */
export function reductionAt(op: Reduction, c: number, count: number): number {
  switch (op) {
    case "ReduceMean":
    case "ReduceMax":
    case "ReduceMin":
      return c;
    case "ReduceSum":
      return c * count;
    case "ReduceProd":
      return finite(c ** count);
    case "ReduceSumSquare":
      return c * c * count;
    case "ReduceL1":
      return Math.abs(c) * count;
    case "ReduceL2":
      return Math.abs(c) * Math.sqrt(count);
  }
}

const clamp = (c: number, min: number, max: number) => Math.min(Math.max(c, min), max);
const softplus = (c: number) => Math.max(c, 0) + Math.log1p(Math.exp(-Math.abs(c)));
const finite = (c: number) => Number.isFinite(c) ? c : NaN;
