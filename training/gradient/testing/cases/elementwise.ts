/**
 * Cases of elementwise functions and reductions.
 *
 * @module
 */

import type { UnaryFunction } from "../../../../graph/builder.ts";
import type { BinaryFunction, Reduction } from "../../../../graph/model.ts";
import { type Shape, tensor } from "../../../../graph/tensor.ts";
import { type GradientCase, ofOne, ofTwo, weights } from "./case.ts";

/** Functions of any value. */
const FUNCTIONS: readonly UnaryFunction[] = [
  ...["Relu", "Sigmoid", "Tanh", "Mish", "HardSwish", "Softplus", "Softsign", "Erf"] as const,
  ...["Exp", "Abs", "Neg", "Floor", "Ceil"] as const,
  ...["LeakyRelu", "Elu", "Celu", "Selu", "HardSigmoid", "Gelu"] as const,
];

/** Functions of positive values. */
const POSITIVE: readonly UnaryFunction[] = ["Log", "Sqrt", "Reciprocal"];

const BINARY: readonly BinaryFunction[] = ["Add", "Sub", "Mul", "Max", "Min"];

const REDUCTIONS: readonly Reduction[] = [
  ...["ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd"] as const,
  ...["ReduceSumSquare", "ReduceL1", "ReduceL2"] as const,
];

const SHAPE: Shape = [2, 3, 4];

/** Pairs of shapes that are broadcast in all ways. */
const BROADCAST: readonly (readonly [Shape, Shape])[] = [
  [SHAPE, SHAPE],
  [SHAPE, [3, 1]],
  [[1, 4], [2, 3, 1]],
  [[], SHAPE],
];

/** Wide enough to reach all pieces of the functions. */
const WIDE = { ranges: { x: [-5, 5] } } as const;
const APART_FROM_0 = [0.5, 2] as const;

/** Cases of elementwise functions and reductions. */
export const ELEMENTWISE_CASES: readonly GradientCase[] = [
  ...FUNCTIONS.map((op) => ofOne(op, [2, 15], (g, x) => g.unary(x, op), WIDE)),
  ...POSITIVE.map((op) =>
    ofOne(op, SHAPE, (g, x) => g.unary(x, op), { ranges: { x: APART_FROM_0 } })
  ),
  ofOne("LeakyRelu of alpha 0.3", SHAPE, (g, x) => g.leakyRelu(x, 0.3), WIDE),
  ofOne("Elu of alpha 1.5", SHAPE, (g, x) => g.unary(x, "Elu", { alpha: 1.5 }), WIDE),
  ofOne("Celu of alpha 0.7", SHAPE, (g, x) => g.unary(x, "Celu", { alpha: 0.7 }), WIDE),
  ofOne(
    "HardSigmoid of alpha 0.4",
    SHAPE,
    (g, x) => g.unary(x, "HardSigmoid", { alpha: 0.4, beta: 0.3 }),
    WIDE,
  ),
  ofOne("Gelu by tanh", SHAPE, (g, x) => g.unary(x, "Gelu", { approximate: "tanh" }), WIDE),
  ofOne("Clip", SHAPE, (g, x) => g.clip(x, -1, 2.5), WIDE),
  ofOne("Clip below", SHAPE, (g, x) => g.unary(x, "Clip", { min: 0.5 }), WIDE),
  ofOne("Clip above", SHAPE, (g, x) => g.unary(x, "Clip", { max: 0.5 }), WIDE),
  ofOne("Identity", SHAPE, (g, x) => g.identity(x)),
  ofOne("Dropout", [5, 8], (g, x) => g.dropout(x, 0.4)),

  ...BINARY.flatMap((op) =>
    BROADCAST.map((shapes) =>
      ofTwo(`${op} of [${shapes[0]}] and [${shapes[1]}]`, shapes, (g, a, b) => g.binary(op, a, b))
    )
  ),
  ...BROADCAST.map((shapes) =>
    ofTwo(
      `Div of [${shapes[0]}] and [${shapes[1]}]`,
      shapes,
      (g, a, b) => g.binary("Div", a, b),
      { ranges: { b: APART_FROM_0 } },
    )
  ),
  ...BROADCAST.map((shapes) =>
    ofTwo(
      `Pow of [${shapes[0]}] and [${shapes[1]}]`,
      shapes,
      (g, a, b) => g.binary("Pow", a, b),
      { ranges: { a: APART_FROM_0 } },
    )
  ),
  ofOne(
    "Pow, squares of any value",
    SHAPE,
    (g, x) => g.binary("Pow", x, g.weight("two", tensor(Float32Array.of(2), []))),
  ),
  ofOne("Mul of a value with itself", SHAPE, (g, x) => g.mul(x, x)),
  ofOne(
    "PRelu of each channel",
    [2, 3, 4, 2],
    (g, x) => g.binary("PRelu", x, g.weight("slope", weights([3, 1, 1], "slope"))),
  ),
  ofTwo("PRelu of all channels", [SHAPE, [1]], (g, a, b) => g.binary("PRelu", a, b)),
  ofTwo("PRelu of each element", [SHAPE, [3, 4]], (g, a, b) => g.binary("PRelu", a, b)),

  ...REDUCTIONS.flatMap((op) => [
    ofOne(`${op} of one axis`, [2, 3, 4], (g, x) => g.reduce(op, x, [1], false)),
    ofOne(`${op} of two axes, kept`, [2, 3, 4, 2], (g, x) => g.reduce(op, x, [1, 3])),
    ofOne(`${op} of everything`, [2, 3, 2], (g, x) => g.reduce(op, x, [0, 1, 2], false)),
  ]),
];
