/**
 * Functions of values, reductions, products and normalizations in PyTorch.
 *
 * @module
 */

import type { BinaryFunction, PlainFunction, Reduction } from "../../../graph/model.ts";
import { sizeOf } from "../../../graph/tensor.ts";
import { float, list, type Site, type Writers } from "./expression.ts";

/** Writers of functions of one value without parameters. */
const PLAIN: Readonly<Record<PlainFunction, (x: string) => string>> = {
  Relu: (x) => `torch.relu(${x})`,
  Sigmoid: (x) => `torch.sigmoid(${x})`,
  Tanh: (x) => `torch.tanh(${x})`,
  Mish: (x) => `F.mish(${x})`,
  HardSwish: (x) => `F.hardswish(${x})`,
  Softplus: (x) => `F.softplus(${x})`,
  Softsign: (x) => `F.softsign(${x})`,
  Erf: (x) => `torch.erf(${x})`,
  Exp: (x) => `torch.exp(${x})`,
  Log: (x) => `torch.log(${x})`,
  Sqrt: (x) => `torch.sqrt(${x})`,
  Abs: (x) => `torch.abs(${x})`,
  Neg: (x) => `torch.neg(${x})`,
  Reciprocal: (x) => `torch.reciprocal(${x})`,
  Floor: (x) => `torch.floor(${x})`,
  Ceil: (x) => `torch.ceil(${x})`,
};

const BINARY: Readonly<Record<Exclude<BinaryFunction, "PRelu">, (x: string, y: string) => string>> =
  {
    Add: (x, y) => `${x} + ${y}`,
    Sub: (x, y) => `${x} - ${y}`,
    Mul: (x, y) => `${x} * ${y}`,
    Div: (x, y) => `${x} / ${y}`,
    Pow: (x, y) => `torch.pow(${x}, ${y})`,
    Max: (x, y) => `torch.maximum(${x}, ${y})`,
    Min: (x, y) => `torch.minimum(${x}, ${y})`,
  };

/** What a reduction is over axes that are given; `prod` takes one at a time. */
const REDUCTIONS: Readonly<
  Record<Reduction, (x: string, over: (name: string, x: string) => string) => string>
> = {
  ReduceMean: (x, over) => over("torch.mean", x),
  ReduceSum: (x, over) => over("torch.sum", x),
  ReduceMax: (x, over) => over("torch.amax", x),
  ReduceMin: (x, over) => over("torch.amin", x),
  ReduceProd: (x, over) => over("torch.prod", x),
  ReduceSumSquare: (x, over) => over("torch.sum", `${x} * ${x}`),
  ReduceL1: (x, over) => over("torch.sum", `torch.abs(${x})`),
  ReduceL2: (x, over) => `torch.sqrt(${over("torch.sum", `${x} * ${x}`)})`,
};

/** The default of ONNX, which PyTorch has a function of its own for. */
const HARD_SIGMOID = { alpha: Math.fround(1 / 6), beta: 0.5 };

function plain(op: PlainFunction) {
  return (_node: unknown, { x }: Site) => PLAIN[op](x[0]);
}

function binary(op: keyof typeof BINARY) {
  return (_node: unknown, { x }: Site) => BINARY[op](x[0], x[1]);
}

function reduce(op: Reduction) {
  type Reduced = { attributes: { axes: readonly number[]; keepdims: 0 | 1 } };
  return ({ attributes: { axes, keepdims } }: Reduced, { x }: Site) => {
    const keep = keepdims ? "True" : "False";
    const over = (name: string, value: string) => {
      if (axes.length === 0) return `(${value})`; // to PyTorch that would be all of them
      if (name !== "torch.prod") return `${name}(${value}, ${list(axes)}, ${keep})`;
      // From the last axis on, so that the others keep their numbers.
      return axes.reduceRight((inner, axis) => `torch.prod(${inner}, ${axis}, ${keep})`, value);
    };
    return REDUCTIONS[op](x[0], over);
  };
}

/** Writers of what has no window and moves nothing. */
export const ELEMENTWISE: Writers<
  | PlainFunction
  | BinaryFunction
  | Reduction
  | "LeakyRelu"
  | "Elu"
  | "Celu"
  | "Selu"
  | "HardSigmoid"
  | "Gelu"
  | "Clip"
  | "Softmax"
  | "LogSoftmax"
  | "Gemm"
  | "MatMul"
  | "BatchNormalization"
  | "InstanceNormalization"
  | "LRN"
> = {
  Relu: plain("Relu"),
  Sigmoid: plain("Sigmoid"),
  Tanh: plain("Tanh"),
  Mish: plain("Mish"),
  HardSwish: plain("HardSwish"),
  Softplus: plain("Softplus"),
  Softsign: plain("Softsign"),
  Erf: plain("Erf"),
  Exp: plain("Exp"),
  Log: plain("Log"),
  Sqrt: plain("Sqrt"),
  Abs: plain("Abs"),
  Neg: plain("Neg"),
  Reciprocal: plain("Reciprocal"),
  Floor: plain("Floor"),
  Ceil: plain("Ceil"),

  Add: binary("Add"),
  Sub: binary("Sub"),
  Mul: binary("Mul"),
  Div: binary("Div"),
  Pow: binary("Pow"),
  Max: binary("Max"),
  Min: binary("Min"),
  PRelu(_node, { x, inputs }) {
    const [value, slope] = inputs;
    const channels = value[1];
    const perChannel = sizeOf(slope) === 1 ||
      (sizeOf(slope) === channels && slope.at(1 - value.length) === channels);
    return perChannel
      ? `F.prelu(${x[0]}, ${x[1]}.reshape(-1))`
      : `torch.where(${x[0]} < 0, ${x[1]} * ${x[0]}, ${x[0]})`;
  },

  LeakyRelu: ({ attributes }, { x }) => `F.leaky_relu(${x[0]}, ${float(attributes.alpha)})`,
  Elu: ({ attributes }, { x }) => `F.elu(${x[0]}, ${float(attributes.alpha)})`,
  Celu: ({ attributes }, { x }) => `F.celu(${x[0]}, ${float(attributes.alpha)})`,
  Selu: ({ attributes: { alpha, gamma } }, { x }) =>
    `${float(gamma)} * F.elu(${x[0]}, ${float(alpha)})`,
  HardSigmoid: ({ attributes: { alpha, beta } }, { x }) =>
    Math.fround(alpha) === HARD_SIGMOID.alpha && beta === HARD_SIGMOID.beta
      ? `F.hardsigmoid(${x[0]})`
      : `torch.clamp(${float(alpha)} * ${x[0]} + ${float(beta)}, 0.0, 1.0)`,
  Gelu: ({ attributes }, { x }) => `F.gelu(${x[0]}, approximate="${attributes.approximate}")`,
  Clip: ({ attributes: { min, max } }, { x }) =>
    `torch.clamp(${x[0]}, ${float(min)}, ${float(max)})`,

  ReduceMean: reduce("ReduceMean"),
  ReduceSum: reduce("ReduceSum"),
  ReduceMax: reduce("ReduceMax"),
  ReduceMin: reduce("ReduceMin"),
  ReduceProd: reduce("ReduceProd"),
  ReduceSumSquare: reduce("ReduceSumSquare"),
  ReduceL1: reduce("ReduceL1"),
  ReduceL2: reduce("ReduceL2"),

  Softmax: ({ attributes }, { x }) => `torch.softmax(${x[0]}, ${attributes.axis})`,
  LogSoftmax: ({ attributes }, { x }) => `torch.log_softmax(${x[0]}, ${attributes.axis})`,
  Gemm: (_node, { x }) => `F.linear(${x.join(", ")})`,
  MatMul: (_node, { x }) => `torch.matmul(${x[0]}, ${x[1]})`,
  BatchNormalization: ({ attributes }, { x: [x, scale, shift, mean, variance] }) =>
    `torch.batch_norm(${x}, ${scale}, ${shift}, ${mean}, ${variance}, False, 0.0, ` +
    `${float(attributes.epsilon)}, False)`,
  InstanceNormalization: ({ attributes }, { x: [x, scale, shift] }) =>
    `torch.instance_norm(${x}, ${scale}, ${shift}, None, None, True, 0.0, ` +
    `${float(attributes.epsilon)}, False)`,
  LRN({ attributes: { size, alpha, beta, bias } }, { x }) {
    const call = (value: string) =>
      `F.local_response_norm(${value}, ${size}, ${float(alpha)}, ${float(beta)}, ${float(bias)})`;
    // Of an even number of channels PyTorch takes one more before, and ONNX one more behind.
    return size % 2 ? call(x[0]) : `torch.flip(${call(`torch.flip(${x[0]}, [1])`)}, [1])`;
  },
};
