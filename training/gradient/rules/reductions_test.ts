import { assertEquals } from "@std/assert";
import type { Node, Reduction } from "../../../graph/model.ts";
import { outputShapes } from "../../../graph/shapes.ts";
import { randomTensor } from "../../../graph/testing.ts";
import { type Shape, sizeOf, tensor, values } from "../../../graph/tensor.ts";
import { REDUCTION_RULES } from "./reductions.ts";
import { SOFTMAX_RULES } from "./softmax.ts";
import { assertClose, differences, runRule } from "./testing.ts";

const SHAPE: Shape = [2, 3, 4];

function reduceNode(op: Reduction, axes: readonly number[], keepdims: 0 | 1 = 0): Node {
  return { name: op, op, inputs: ["x"], outputs: ["y"], attributes: { axes, keepdims } };
}

/** Elements that agree on all axes but the given ones, in lists. */
function groups(shape: Shape, axes: readonly number[]): number[][] {
  const lists = new Map<string, number[]>();
  for (let i = 0; i < sizeOf(shape); i++) {
    let rest = i;
    const position = shape.map((_, back) => {
      const axis = shape.length - 1 - back;
      const at = rest % shape[axis];
      rest = Math.floor(rest / shape[axis]);
      return axes.includes(axis) ? 0 : at;
    });
    const key = position.reverse().join();
    lists.set(key, [...lists.get(key) ?? [], i]);
  }
  return [...lists.values()];
}

const sum = (list: readonly number[]) => list.reduce((total, v) => total + v, 0);

const FORMULAS: Record<Reduction, (list: readonly number[]) => number> = {
  ReduceMean: (list) => sum(list) / list.length,
  ReduceSum: sum,
  ReduceMax: (list) => Math.max(...list),
  ReduceMin: (list) => Math.min(...list),
  ReduceProd: (list) => list.reduce((product, v) => product * v, 1),
  ReduceSumSquare: (list) => sum(list.map((v) => v * v)),
  ReduceL1: (list) => sum(list.map(Math.abs)),
  ReduceL2: (list) => Math.sqrt(sum(list.map((v) => v * v))),
};

for (const [op, f] of Object.entries(FORMULAS) as [Reduction, typeof FORMULAS.ReduceSum][]) {
  Deno.test(`${op} has the slopes of its formula, whatever is reduced`, async () => {
    for (const axes of [[0], [1], [2], [0, 2], [0, 1, 2]]) {
      for (const keepdims of [0, 1] as const) {
        const node = reduceNode(op, axes, keepdims);
        const x = randomTensor(SHAPE), dy = randomTensor(outputShapes(node, [SHAPE])[0], 2);
        const lists = groups(SHAPE, axes);
        const formula = (x: Float64Array) => lists.map((list) => f(list.map((i) => x[i])));
        const { outputs, gradients } = await runRule(REDUCTION_RULES, node, {
          inputs: [x],
          gradients: [dy],
        });
        assertClose(outputs[0], formula(Float64Array.from(values(x))), `${op} of axes ${axes}`);
        assertClose(gradients[0], differences(formula, [x], dy)[0], `${op} of axes ${axes}`);
      }
    }
  });
}

async function gradientOf(op: Reduction, ...list: number[]) {
  const { gradients: [dx] } = await runRule(REDUCTION_RULES, reduceNode(op, [0]), {
    inputs: [tensor(Float32Array.from(list), [list.length])],
    gradients: [tensor(Float32Array.of(3), [])],
  });
  return Array.from(dx!, (v) => v + 0);
}

Deno.test("equal maxima and minima share the gradient", async () => {
  assertEquals(await gradientOf("ReduceMax", 2, 1, 2, 2), [1, 0, 1, 1]);
  assertEquals(await gradientOf("ReduceMin", 1, 1, 2, 1), [1, 1, 0, 1]);
});

Deno.test("a product gives each factor the product of the others, zeros or not", async () => {
  assertEquals(await gradientOf("ReduceProd", 2, 4, -1), [-12, -6, 24]);
  assertEquals(await gradientOf("ReduceProd", 2, 0, -1), [0, -6, 0]);
  assertEquals(await gradientOf("ReduceProd", 2, 0, 0), [0, 0, 0]);
});

Deno.test("norms have the gradient 0 where they are 0", async () => {
  assertEquals(await gradientOf("ReduceL1", 0, 2, -2), [0, 3, -3]);
  assertEquals(await gradientOf("ReduceL2", 0, 0), [0, 0]);
  assertEquals(await gradientOf("ReduceL2", 0, -5), [0, -3]);
});

for (const op of ["Softmax", "LogSoftmax"] as const) {
  Deno.test(`${op} has the slopes of its formula along each axis`, async () => {
    for (const axis of [0, 1, 2]) {
      const node: Node = { name: op, op, inputs: ["x"], outputs: ["y"], attributes: { axis } };
      const x = randomTensor(SHAPE), dy = randomTensor(SHAPE, 2);
      const lists = groups(SHAPE, [axis]);
      const formula = (x: Float64Array) => {
        const y = new Float64Array(x.length);
        for (const list of lists) {
          const total = Math.log(sum(list.map((i) => Math.exp(x[i]))));
          for (const i of list) y[i] = op === "Softmax" ? Math.exp(x[i] - total) : x[i] - total;
        }
        return y;
      };
      const { gradients } = await runRule(SOFTMAX_RULES, node, { inputs: [x], gradients: [dy] });
      assertClose(gradients[0], differences(formula, [x], dy)[0], `${op} of axis ${axis}`);
    }
  });
}

Deno.test("softmax of large logits has a finite gradient", async () => {
  const x = tensor(Float32Array.of(1000, 0, -1000), [3]);
  const dy = tensor(Float32Array.of(1, 2, 3), [3]);
  for (const [op, expected] of [["Softmax", [0, 0, 0]], ["LogSoftmax", [-5, 2, 3]]] as const) {
    const node: Node = { name: op, op, inputs: ["x"], outputs: ["y"], attributes: { axis: 0 } };
    const { gradients } = await runRule(SOFTMAX_RULES, node, { inputs: [x], gradients: [dy] });
    assertClose(gradients[0], expected, op);
  }
});
