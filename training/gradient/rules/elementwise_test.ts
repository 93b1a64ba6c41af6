import { assert, assertEquals } from "@std/assert";
import type { UnaryFunction } from "../../../graph/builder.ts";
import type { Node } from "../../../graph/model.ts";
import { Random } from "../../../graph/random.ts";
import { randomTensor } from "../../../graph/testing.ts";
import { type Tensor, tensor, values } from "../../../graph/tensor.ts";
import { ELEMENTWISE_RULES } from "./elementwise.ts";
import { assertClose, runRule } from "./testing.ts";

function nodeOf(op: UnaryFunction, attributes: object): Node {
  return { name: op, op, inputs: ["x"], outputs: ["y"], attributes } as Node;
}

const run = (op: UnaryFunction, attributes: object, x: Tensor, dy: Tensor) =>
  runRule(ELEMENTWISE_RULES, nodeOf(op, attributes), { inputs: [x], gradients: [dy] });

/** The series of the error function, exact in double precision for small arguments. */
function erf(x: number): number {
  let term = x, sum = x;
  for (let n = 1; n < 100; n++) {
    term *= -x * x / n;
    sum += term / (2 * n + 1);
  }
  return 2 / Math.sqrt(Math.PI) * sum;
}

const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const logistic = (x: number) => 1 / (1 + Math.exp(-x));
const between = (x: number, low: number, high: number) => Math.min(Math.max(x, low), high);

type Case = readonly [
  op: UnaryFunction,
  f: (x: number) => number,
  attributes?: object,
  range?: readonly [number, number],
];

const POSITIVE = [0.25, 4] as const;

const CASES: readonly Case[] = [
  ["Relu", (x) => Math.max(x, 0)],
  ["LeakyRelu", (x) => x < 0 ? 0.1 * x : x, { alpha: 0.1 }],
  ["LeakyRelu", (x) => x < 0 ? -0.5 * x : x, { alpha: -0.5 }],
  ["LeakyRelu", (x) => x < 0 ? 1.5 * x : x, { alpha: 1.5 }],
  ["Elu", (x) => x < 0 ? 0.7 * Math.expm1(x) : x, { alpha: 0.7 }],
  ["Celu", (x) => x < 0 ? 0.7 * Math.expm1(x / 0.7) : x, { alpha: 0.7 }],
  ["Selu", (x) => 1.1 * (x < 0 ? 1.7 * Math.expm1(x) : x), { alpha: 1.7, gamma: 1.1 }],
  ["Sigmoid", logistic],
  ["HardSigmoid", (x) => between(0.2 * x + 0.5, 0, 1), { alpha: 0.2, beta: 0.5 }],
  ["HardSigmoid", (x) => between(-0.3 * x + 0.4, 0, 1), { alpha: -0.3, beta: 0.4 }],
  ["Tanh", Math.tanh],
  ["Mish", (x) => x * Math.tanh(softplus(x))],
  ["HardSwish", (x) => x * between(x / 6 + 0.5, 0, 1)],
  ["Softplus", softplus],
  ["Softsign", (x) => x / (1 + Math.abs(x))],
  ["Erf", erf],
  ["Gelu", (x) => x / 2 * (1 + erf(x * Math.SQRT1_2)), { approximate: "none" }],
  [
    "Gelu",
    (x) => x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
    { approximate: "tanh" },
  ],
  ["Exp", Math.exp],
  ["Log", Math.log, {}, POSITIVE],
  ["Sqrt", Math.sqrt, {}, POSITIVE],
  ["Abs", Math.abs],
  ["Neg", (x) => -x],
  ["Reciprocal", (x) => 1 / x, {}, POSITIVE],
  ["Clip", (x) => between(x, 0, 2), { min: 0, max: 2 }],
  ["Clip", (x) => between(x, -1.5, 0.5), { min: -1.5, max: 0.5 }],
  ["Clip", (x) => Math.max(x, -1), { min: -1, max: Infinity }],
  ["Clip", (x) => Math.min(x, 1), { min: -Infinity, max: 1 }],
  ["Clip", (x) => x, { min: -Infinity, max: Infinity }],
];

for (const [op, f, attributes = {}, [low, high] = [-4, 4]] of CASES) {
  Deno.test(`${op} ${JSON.stringify(attributes)} has the slope of its formula`, async () => {
    const data = new Random(1, op).fillUniform(new Float32Array(120), low, high);
    const dy = randomTensor([2, 3, 4, 5], 2);
    const { outputs, gradients } = await run(op, attributes, tensor(data, [2, 3, 4, 5]), dy);
    const h = 1e-5;
    assertClose(outputs[0], Array.from(data, f), "outputs");
    const slopes = Array.from(data, (x, i) => values(dy)[i] * (f(x + h) - f(x - h)) / (2 * h));
    assertClose(gradients[0], slopes, "gradients");
  });
}

Deno.test("bends have the documented slopes", async () => {
  const at = async (op: UnaryFunction, attributes: object, ...points: number[]) => {
    const x = tensor(Float32Array.from(points), [points.length]);
    const dy = tensor(new Float32Array(points.length).fill(1), [points.length]);
    const { gradients: [dx] } = await run(op, attributes, x, dy);
    return Array.from(dx!, (v) => Math.round(v * 1e6) / 1e6 + 0);
  };
  assertEquals(await at("Relu", {}, 0, -0, 1e-30, -1e-30), [0, 0, 1, 0]);
  assertEquals(await at("LeakyRelu", { alpha: 0.25 }, 0, 1e-30, -1e-30), [0.25, 1, 0.25]);
  assertEquals(await at("LeakyRelu", { alpha: 0 }, 0, 1, -1), [0, 1, 0]);
  assertEquals(await at("Elu", { alpha: 0.5 }, 0), [0.5]);
  assertEquals(await at("Abs", {}, 0, 1e-30, -1e-30), [0, 1, -1]);
  assertEquals(await at("Clip", { min: 0, max: 6 }, 0, 6, 1e-6, 5.9999), [0, 0, 1, 1]);
  assertEquals(await at("HardSigmoid", { alpha: 0.25, beta: 0.5 }, -2, 2, 1.999), [0, 0, 0.25]);
  assertEquals(await at("HardSwish", {}, -4, 4), [0, 1]);
});

Deno.test("slopes far from 0 are finite and those of the asymptote", async () => {
  const x = tensor(Float32Array.of(-1e30, -100, 100, 1e30), [4]);
  const dy = tensor(Float32Array.of(1, 1, 1, 1), [4]);
  const ops: [UnaryFunction, object, number][] = [
    ["Relu", {}, 0],
    ["LeakyRelu", { alpha: 0.1 }, 0.1],
    ["Mish", {}, 0],
    ["HardSwish", {}, 0],
    ["Softplus", {}, 0],
    ["Elu", { alpha: 1 }, 0],
  ];
  for (const [op, attributes, left] of ops) {
    const { gradients } = await run(op, attributes, x, dy);
    assertClose(gradients[0], [left, left, 1, 1], op);
  }
});

Deno.test("Floor and Ceil pass no gradient, and nothing is computed that nobody wants", async () => {
  const x = randomTensor([3]), wanted: string[] = [];
  for (const op of ["Floor", "Ceil"] as const) {
    assertEquals((await run(op, {}, x, x)).gradients, [undefined]);
  }
  for (const [op, , attributes = {}] of CASES) {
    const node = nodeOf(op, attributes);
    const { gradients } = await runRule(ELEMENTWISE_RULES, node, {
      inputs: [x],
      gradients: [x],
      wanted,
    });
    assert(gradients.length === 1 && gradients[0] === undefined, op);
  }
});
