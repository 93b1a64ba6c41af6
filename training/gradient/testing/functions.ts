/**
 * Elementwise functions in double precision, by their definitions in the ONNX standard.
 *
 * @module
 */

import type { BinaryFunction, Node, PlainFunction } from "../../../graph/model.ts";
import { broadcastAt, type Doubles, generate } from "./doubles.ts";
import { type Evaluator, type Evaluators, shapeOf } from "./evaluator.ts";

type ParametricFunction =
  | "LeakyRelu"
  | "Elu"
  | "Celu"
  | "Selu"
  | "HardSigmoid"
  | "Gelu"
  | "Clip";

/** Evaluators of elementwise functions. */
export const FUNCTION_EVALUATORS: Evaluators<
  PlainFunction | ParametricFunction | BinaryFunction | "Identity" | "Dropout"
> = {
  Relu: plain((x) => Math.max(x, 0)),
  Sigmoid: plain(sigmoid),
  Tanh: plain(Math.tanh),
  Mish: plain((x) => x * Math.tanh(softplus(x))),
  HardSwish: plain((x) => x * clamp(x / 6 + 0.5, 0, 1)),
  Softplus: plain(softplus),
  Softsign: plain((x) => x / (1 + Math.abs(x))),
  Erf: plain(erf),
  Exp: plain(Math.exp),
  Log: plain(Math.log),
  Sqrt: plain(Math.sqrt),
  Abs: plain(Math.abs),
  Neg: plain((x) => -x),
  Reciprocal: plain((x) => 1 / x),
  Floor: plain(Math.floor),
  Ceil: plain(Math.ceil),
  Identity: plain((x) => x),

  LeakyRelu: ({ attributes: { alpha } }, [x]) => [map(x, (v) => v < 0 ? alpha * v : v)],
  Elu: ({ attributes: { alpha } }, [x]) => [map(x, (v) => v < 0 ? alpha * Math.expm1(v) : v)],
  Celu: ({ attributes: { alpha } }, [x]) => [
    map(x, (v) => Math.max(0, v) + Math.min(0, alpha * Math.expm1(v / alpha))),
  ],
  Selu: ({ attributes: { alpha, gamma } }, [x]) => [
    map(x, (v) => gamma * (v > 0 ? v : alpha * Math.expm1(v))),
  ],
  HardSigmoid: ({ attributes: { alpha, beta } }, [x]) => [
    map(x, (v) => clamp(alpha * v + beta, 0, 1)),
  ],
  Gelu: ({ attributes: { approximate } }, [x]) => [
    map(x, approximate === "none" ? gelu : geluByTanh),
  ],
  Clip: ({ attributes: { min, max } }, [x]) => [map(x, (v) => clamp(v, min, max))],
  Dropout: ({ name }, [x], { masks }) => {
    const mask = masks?.get(name);
    return [mask ? map(x, (v, i) => v * mask.data[i]) : x];
  },

  Add: binary((a, b) => a + b),
  Sub: binary((a, b) => a - b),
  Mul: binary((a, b) => a * b),
  Div: binary((a, b) => a / b),
  Pow: binary((a, b) => a ** b),
  Max: binary(Math.max),
  Min: binary(Math.min),
  PRelu: binary((x, slope) => x < 0 ? slope * x : x),
};

function map({ shape, data }: Doubles, f: (value: number, i: number) => number): Doubles {
  return { shape, data: data.map(f) };
}

function plain(f: (value: number) => number): Evaluator {
  return (_, [x]) => [map(x, (value) => f(value))];
}

function binary(f: (a: number, b: number) => number): Evaluator {
  return (node: Node, inputs) => {
    const [a, b] = inputs;
    return [
      generate(
        shapeOf(node, inputs),
        (position) => f(broadcastAt(a, position), broadcastAt(b, position)),
      ),
    ];
  };
}

function clamp(x: number, min: number, max: number): number {
  return Math.min(Math.max(x, min), max);
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

function gelu(x: number): number {
  return 0.5 * x * (1 + erf(x / Math.SQRT2));
}

function geluByTanh(x: number): number {
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}

/**
 * The error function by a series without cancellation (Abramowitz and Stegun, 7.1.6):
 * `2 / sqrt(pi) * exp(-x^2) * sum 2^n x^(2n+1) / (1 * 3 * ... * (2n+1))`.
 */
function erf(x: number): number {
  // What is missing to 1 is below half a unit in the last place.
  if (Math.abs(x) > 6) return Math.sign(x);
  let sum = 0;
  for (let n = 0, term = x; sum + term !== sum; n++, term *= 2 * x * x / (2 * n + 1)) sum += term;
  return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
}
