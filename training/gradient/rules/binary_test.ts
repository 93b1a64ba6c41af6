import { assertEquals } from "@std/assert";
import type { BinaryFunction, Node } from "../../../graph/model.ts";
import { broadcast } from "../../../graph/shapes/broadcast.ts";
import { randomTensor } from "../../../graph/testing.ts";
import { type Shape, sizeOf, type Tensor, tensor, values } from "../../../graph/tensor.ts";
import { BINARY_RULES } from "./binary.ts";
import { assertClose, differences, runRule } from "./testing.ts";

function nodeOf(op: BinaryFunction, inputs: readonly string[] = ["a", "b"]): Node {
  return { name: op, op, inputs, outputs: ["y"], attributes: {} };
}

/** Applies a function of two numbers to broadcast values. */
function broadcasting(f: (a: number, b: number) => number, a: Shape, b: Shape, to: Shape) {
  const offset = (shape: Shape, index: number) => {
    let at = 0, stride = 1, rest = index;
    for (let back = 1; back <= to.length; back++) {
      const position = rest % to[to.length - back];
      rest = Math.floor(rest / to[to.length - back]);
      const extent = shape[shape.length - back] ?? 1;
      if (extent !== 1) at += position * stride;
      stride *= extent;
    }
    return at;
  };
  const pairs = Array.from({ length: sizeOf(to) }, (_, i) => [offset(a, i), offset(b, i)]);
  return (x: ArrayLike<number>, y: ArrayLike<number>) => pairs.map(([i, j]) => f(x[i], y[j]));
}

/** Away from 0, so that it may be divided by and raised to any power. */
function positive(t: Tensor): Tensor {
  return tensor(values(t).map((v) => 0.5 + Math.abs(v)), t.shape);
}

const FORMULAS: Record<BinaryFunction, (a: number, b: number) => number> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
  Pow: (a, b) => a ** b,
  Max: Math.max,
  Min: Math.min,
  PRelu: (x, slope) => x < 0 ? slope * x : x,
};

const SHAPES: readonly (readonly [Shape, Shape])[] = [
  [[2, 3, 4], [2, 3, 4]],
  [[2, 3, 4], [3, 1]],
  [[2, 3, 4], []],
  [[2, 1, 4], [3, 1]],
  [[4], [2, 3, 1]],
];

for (const [op, f] of Object.entries(FORMULAS) as [BinaryFunction, typeof FORMULAS.Add][]) {
  Deno.test(`${op} has the slopes of its formula under every broadcast`, async () => {
    for (const shapes of SHAPES) {
      const to = broadcast(...shapes)!;
      // The slope of a PRelu broadcasts to its input only.
      if (op === "PRelu" && `${to}` !== `${shapes[0]}`) continue;
      const make = op === "Pow" || op === "Div" ? positive : (t: Tensor) => t;
      const a = make(randomTensor(shapes[0], 1, "a")), b = make(randomTensor(shapes[1], 1, "b"));
      const dy = randomTensor(to, 1, "dy");
      const formula = broadcasting(f, ...shapes, to);
      const expected = differences(formula, [a, b], dy);
      const inputs = [a, b];
      const both = await runRule(BINARY_RULES, nodeOf(op), { inputs, gradients: [dy] });
      assertClose(both.outputs[0], formula(values(a), values(b)), `${op} [${shapes.join("] [")}]`);
      expected.forEach((gradient, i) => assertClose(both.gradients[i], gradient, `${op}, ${i}`));
      for (const [i, name] of ["a", "b"].entries()) {
        const wanted = [name];
        const one = await runRule(BINARY_RULES, nodeOf(op), { inputs, gradients: [dy], wanted });
        assertClose(one.gradients[i], expected[i], `${op}, only "${name}"`);
        assertEquals(one.gradients[1 - i], undefined);
      }
    }
  });
}

const row = (...list: number[]) => tensor(Float32Array.from(list), [list.length]);

async function gradientsOf(op: BinaryFunction, a: Tensor, b: Tensor) {
  const dy = row(...values(a).map(() => 1));
  const { gradients } = await runRule(BINARY_RULES, nodeOf(op), {
    inputs: [a, b],
    gradients: [dy],
  });
  return gradients.map((gradient) => Array.from(gradient!, (v) => v + 0));
}

Deno.test("of equal values Max and Min give the gradient to the first", async () => {
  const a = row(1, 2, 3), b = row(2, 2, 2);
  assertEquals(await gradientsOf("Max", a, b), [[0, 1, 1], [1, 0, 0]]);
  assertEquals(await gradientsOf("Min", a, b), [[1, 1, 0], [0, 0, 1]]);
});

Deno.test("Pow is differentiated at bases and exponents of 0, and at negative bases", async () => {
  const [base, exponent] = await gradientsOf("Pow", row(0, 0, 0, -2, -2), row(0, 1, 2, 0, 3));
  assertEquals(base, [0, 1, 0, 0, 12]);
  assertEquals(exponent, [0, 0, 0, NaN, NaN]);
});

Deno.test("PRelu has the slope of the left side at 0", async () => {
  assertEquals(await gradientsOf("PRelu", row(0, -2, 2), row(0.5, 2, 2)), [
    [0.5, 2, 1],
    [0, -2, 0],
  ]);
});

Deno.test("both inputs may be the same value", async () => {
  const x = randomTensor([2, 3]), dy = randomTensor([2, 3], 2);
  const { gradients: [a, b] } = await runRule(BINARY_RULES, nodeOf("Mul", ["x", "x"]), {
    inputs: [x],
    gradients: [dy],
  });
  const sum = a!.map((v, i) => v + b![i]);
  assertClose(sum, values(x).map((v, i) => 2 * v * values(dy)[i]), "slope of a square");
});
