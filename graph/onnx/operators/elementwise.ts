/**
 * Reads elementwise operators.
 *
 * @module
 */

import type { BinaryFunction, PlainFunction } from "../../model.ts";
import type { NodeReader, OperatorReader } from "../node_reader.ts";

const PLAIN: readonly PlainFunction[] = [
  "Relu",
  "Sigmoid",
  "Tanh",
  "Mish",
  "HardSwish",
  "Softplus",
  "Softsign",
  "Erf",
  "Exp",
  "Log",
  "Sqrt",
  "Abs",
  "Neg",
  "Reciprocal",
  "Floor",
  "Ceil",
];

const readPlain = (op: PlainFunction): OperatorReader => (node) => {
  node.attributes.ignore("consumed_inputs");
  node.end(op, [node.input(0)], {});
};

const readBinary = (op: BinaryFunction): OperatorReader => (node) => {
  node.end(op, [node.input(0), secondOperand(node)], {});
};

/** Opsets before 7 say with attributes where the second operand's axes lie. */
function secondOperand(node: NodeReader): string {
  const right = node.input(1);
  node.attributes.ignore("consumed_inputs");
  if (node.opset >= 7) return right;
  const broadcast = node.attributes.int("broadcast", 0);
  const shape = node.shape(1);
  const rank = node.shape(0).length;
  const axis = node.axis(node.attributes.int("axis", rank - shape.length), rank + 1);
  const behind = rank - axis - shape.length;
  if (broadcast === 0 || behind <= 0) return right;
  const aligned = [...shape, ...new Array<number>(behind).fill(1)];
  return node.step("Reshape", [right], { shape: aligned }, "aligned");
}

/** Sums and such of any number of values become chains of operators of two. */
const readVariadic = (op: BinaryFunction): OperatorReader => (node) => {
  chain(node, op, node.allInputs(), (inputs) => node.end(op, inputs, {}));
};

function chain(
  node: NodeReader,
  op: BinaryFunction,
  [first, ...rest]: readonly string[],
  last: (inputs: readonly string[]) => void,
): void {
  if (rest.length === 0) return node.pass();
  const sum = rest.slice(0, -1).reduce((sum, x, i) => node.step(op, [sum, x], {}, `${i}`), first);
  last([sum, rest.at(-1)!]);
}

/** The mean divides as the standard does, rather than multiply by a rounded reciprocal. */
function readMean(node: NodeReader): void {
  const count = node.inputs.length;
  chain(node, "Add", node.allInputs(), (inputs) => {
    const divisor = node.add({ kind: "float", shape: [], data: Float32Array.of(count) }, "count");
    node.end("Div", [node.step("Add", inputs, {}, "sum"), divisor], {});
  });
}

function readClip(node: NodeReader): void {
  if (node.opset < 11) {
    const min = node.attributes.float("min", -Infinity);
    const max = node.attributes.float("max", Infinity);
    node.end("Clip", [node.input(0)], { min, max });
    return;
  }
  const constant = [1, 2].every((i) => !node.has(i) || node.constant(i));
  if (constant) {
    const [min = -Infinity] = node.values(1, "min") ?? [];
    const [max = Infinity] = node.values(2, "max") ?? [];
    node.end("Clip", [node.input(0)], { min, max });
  } else if (node.has(1) && node.has(2)) {
    const low = node.step("Max", [node.input(0), node.input(1)], {}, "min");
    node.end("Min", [low, node.input(2)], {});
  } else if (node.has(1)) node.end("Max", [node.input(0), node.input(1)], {});
  else node.end("Min", [node.input(0), node.input(2)], {});
}

/** The slope of opset 6 is one per channel; since 7 it broadcasts like any operand. */
function readPRelu(node: NodeReader): void {
  const [x, slope] = [node.input(0), node.input(1)];
  const [channels] = node.shape(1);
  const behind = node.shape(0).length - 2;
  if (node.opset >= 7 || node.shape(1).length !== 1 || channels === 1 || behind < 1) {
    node.end("PRelu", [x, slope], {});
    return;
  }
  const shape = [channels, ...new Array<number>(behind).fill(1)];
  node.end("PRelu", [x, node.step("Reshape", [slope], { shape }, "slope")], {});
}

/** Stays for training; with a ratio that is computed it is left out. */
function readDropout(node: NodeReader): void {
  node.attributes.ignore("seed", "is_test", "consumed_inputs");
  const [training = 0] = node.opset < 12 ? [] : node.values(2, "training_mode") ?? [];
  if (training) node.problem("training_mode (a model is read for inference)");
  if (node.isRead(1)) node.problem(`mask "${node.outputs[1]}"`);
  if (node.opset < 12) {
    const ratio = node.attributes.float("ratio", 0.5);
    node.end("Dropout", [node.input(0)], { ratio });
  } else if (node.has(1) && !node.constant(1)) node.pass();
  else {
    const [ratio = 0.5] = node.values(1, "ratio") ?? [];
    node.end("Dropout", [node.input(0)], { ratio });
  }
}

/** By operator. */
export const ELEMENTWISE_READERS: Readonly<Record<string, OperatorReader>> = {
  ...Object.fromEntries(PLAIN.map((op) => [op, readPlain(op)])),
  Add: readBinary("Add"),
  Sub: readBinary("Sub"),
  Mul: readBinary("Mul"),
  Div: readBinary("Div"),
  Pow: readBinary("Pow"),
  PRelu: readPRelu,
  Sum: readVariadic("Add"),
  Max: readVariadic("Max"),
  Min: readVariadic("Min"),
  Mean: readMean,
  Clip: readClip,
  Identity: (node) => node.pass(),
  Dropout: readDropout,
  LeakyRelu(node) {
    node.end("LeakyRelu", [node.input(0)], { alpha: node.attributes.float("alpha", 0.01) });
  },
  Elu: (node) => node.end("Elu", [node.input(0)], { alpha: node.attributes.float("alpha", 1) }),
  Celu: (node) => node.end("Celu", [node.input(0)], { alpha: node.attributes.float("alpha", 1) }),
  Selu(node) {
    // Opset 6 has the same values with more digits than float32 holds.
    const alpha = node.attributes.float("alpha", 1.6732631921768188);
    const gamma = node.attributes.float("gamma", 1.0507010221481323);
    node.end("Selu", [node.input(0)], { alpha, gamma });
  },
  HardSigmoid(node) {
    const alpha = node.attributes.float("alpha", 0.2);
    const beta = node.attributes.float("beta", 0.5);
    node.end("HardSigmoid", [node.input(0)], { alpha, beta });
  },
  Gelu(node) {
    const approximate = node.attributes.choice("approximate", ["none", "tanh"], "none");
    node.end("Gelu", [node.input(0)], { approximate });
  },
};
