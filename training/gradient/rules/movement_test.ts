import { assertAlmostEquals, assertEquals } from "@std/assert";
import { GraphBuilder, type ResizeOptions } from "../../../graph/builder.ts";
import type { Node, PadAttributes } from "../../../graph/model.ts";
import { outputShapes } from "../../../graph/shapes.ts";
import { randomTensor } from "../../../graph/testing.ts";
import { type Shape, tensor, values, zeros } from "../../../graph/tensor.ts";
import { DROPOUT_RULES } from "./dropout.ts";
import { MOVEMENT_RULES } from "./movement.ts";
import { RESIZE_RULES } from "./resize.ts";
import { assertClose, dot, runRule } from "./testing.ts";

const RULES = { ...MOVEMENT_RULES, ...RESIZE_RULES, ...DROPOUT_RULES };

/** Fails unless the rule is the transpose of the operator, `J`: `<dy, J v> = <J^T dy, v>`. */
async function assertAdjoint(node: Node, shapes: readonly Shape[]): Promise<void> {
  const inputs = shapes.map((shape, i) => randomTensor(shape, 1, `v${i}`));
  const dys = outputShapes(node, shapes).map((shape, i) => randomTensor(shape, 1, `dy${i}`));
  const { outputs, gradients } = await runRule(RULES, node, { inputs, gradients: dys });
  const product = (list: readonly (Float32Array | undefined)[], tensors: typeof inputs) =>
    tensors.reduce((sum, t, i) => sum + dot(list[i]!, values(t)), 0);
  const [forward, backward] = [product(outputs, dys), product(gradients, inputs)];
  const what = `${node.op} ${JSON.stringify(node.attributes)} of [${shapes.join("] [")}]`;
  assertAlmostEquals(backward, forward, 1e-4 * (1 + Math.abs(forward)), what);
}

/** The only node that was built. */
function built(shape: Shape, build: (g: GraphBuilder, x: string) => unknown): Node {
  const g = new GraphBuilder("one");
  build(g, g.input("x", shape));
  return g.build().nodes[0];
}

Deno.test("Concat gives each part its range, and nothing to what nobody wants", async () => {
  const shapes = [[2, 3, 4], [2, 1, 4], [2, 2, 4]];
  const inputs = ["a", "b", "c"];
  const node: Node = { name: "c", op: "Concat", inputs, outputs: ["y"], attributes: { axis: 1 } };
  await assertAdjoint(node, shapes);
  const run = {
    inputs: shapes.map((shape) => randomTensor(shape)),
    gradients: [randomTensor([2, 6, 4])],
  };
  const { gradients } = await runRule(RULES, node, { ...run, wanted: ["b"] });
  assertEquals(gradients.map((gradient) => gradient?.length), [undefined, 8, undefined]);
});

Deno.test("Split joins what comes back, zeros for parts without gradient", async () => {
  const node = built([2, 6, 3], (g, x) => g.split(x, 1, [1, 3, 2]));
  await assertAdjoint(node, [[2, 6, 3]]);
  const dy = tensor(new Float32Array(18).fill(1), [2, 3, 3]);
  const { gradients } = await runRule(RULES, node, {
    inputs: [zeros([2, 6, 3])],
    gradients: [undefined, dy, undefined],
  });
  const image = [...new Array(3).fill(0), ...new Array(9).fill(1), ...new Array(6).fill(0)];
  assertEquals([...gradients[0]!], [...image, ...image]);
});

Deno.test("Slice is transposed for every start, count and step", async () => {
  const shape = [5, 4];
  for (const step of [1, 2, 3, 7, -1, -2, -3, -7]) {
    for (let start = 0; start < 5; start++) {
      const room = step > 0 ? 4 - start : start;
      for (let count = 1; (count - 1) * Math.abs(step) <= room; count++) {
        const attributes = { starts: [start, 1], counts: [count, 2], steps: [step, 2] };
        await assertAdjoint(
          { name: "s", op: "Slice", inputs: ["x"], outputs: ["y"], attributes },
          [shape],
        );
      }
    }
  }
  const node = built([2, 5, 6, 7], (g, x) => {
    g.slice(x, { 0: { step: -1 }, 1: { begin: 1, step: 2 }, 2: { step: -2 }, 3: { begin: -3 } });
  });
  await assertAdjoint(node, [[2, 5, 6, 7]]);
});

Deno.test("Reshape, Flatten, Transpose, Expand and Identity are transposed", async () => {
  const shape = [2, 3, 4];
  await assertAdjoint(built(shape, (g, x) => g.reshape(x, [4, 6])), [shape]);
  await assertAdjoint(built(shape, (g, x) => g.flatten(x)), [shape]);
  await assertAdjoint(built(shape, (g, x) => g.transpose(x, [2, 0, 1])), [shape]);
  await assertAdjoint(built(shape, (g, x) => g.identity(x)), [shape]);
  for (const small of [[], [4], [3, 1], [2, 1, 4], [1, 3, 4]]) {
    await assertAdjoint(built(small, (g, x) => g.expand(x, shape)), [small]);
  }
});

Deno.test("Pad is transposed in every mode, crops included", async () => {
  const shape = [2, 3, 5, 6];
  const check = (mode: PadAttributes["mode"], pads: readonly number[]) =>
    assertAdjoint(built(shape, (g, x) => g.pad(x, pads, { mode })), [shape]);
  await check("constant", [0, 1, 2, 0, 1, 0, 3, 1]);
  await check("constant", [0, -1, 2, -2, 0, 0, -3, 1]);
  for (const mode of ["reflect", "edge", "wrap"] as const) {
    await check(mode, [0, 0, 2, 1, 0, 0, 3, 4]);
    await check(mode, [0, 1, 0, 0, 0, 0, 0, 2]);
  }
  for (const mode of ["reflect", "edge"] as const) await check(mode, [0, 0, -1, 1, 0, 0, 2, -2]);
});

Deno.test("a padding of constants gets nothing of the gradient", async () => {
  const node = built([2], (g, x) => g.pad(x, [1, 2], { value: 5 }));
  const dy = tensor(Float32Array.of(1, 2, 3, 4, 5), [5]);
  const { gradients } = await runRule(RULES, node, { inputs: [zeros([2])], gradients: [dy] });
  assertEquals([...gradients[0]!], [2, 3]);
});

const TRANSFORMATIONS = [
  "half_pixel",
  "half_pixel_symmetric",
  "pytorch_half_pixel",
  "align_corners",
  "asymmetric",
] as const;

const METHODS: readonly Partial<ResizeOptions>[] = [
  ...(["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"] as const).map(
    (nearest_mode) => ({ mode: "nearest", nearest_mode }) as const,
  ),
  { mode: "linear" },
  { mode: "linear", antialias: 1 },
  { mode: "cubic" },
  { mode: "cubic", cubic_coeff_a: -0.5, exclude_outside: 1 },
  { mode: "cubic", antialias: 1 },
];

for (const coordinate_transformation_mode of TRANSFORMATIONS) {
  Deno.test(`Resize by ${coordinate_transformation_mode} is transposed in every mode`, async () => {
    const targets = [{ scale: 2 }, { scale: [3, 1.6] }, { sizes: [3, 12] }, { sizes: [7, 4] }];
    for (const method of METHODS) {
      for (const target of targets) {
        const options = { ...method, ...target, coordinate_transformation_mode };
        await assertAdjoint(built([2, 3, 4, 6], (g, x) => g.resize(x, options)), [[2, 3, 4, 6]]);
      }
      const single = { ...method, sizes: [5, 3], coordinate_transformation_mode };
      await assertAdjoint(built([1, 2, 1, 6], (g, x) => g.resize(x, single)), [[1, 2, 1, 6]]);
    }
  });
}

Deno.test("Resize is transposed along one axis and along three", async () => {
  const linear = { mode: "linear", coordinate_transformation_mode: "half_pixel" } as const;
  for (const method of [{}, linear]) {
    for (const scale of [2, 1.5]) {
      await assertAdjoint(built([2, 3, 6], (g, x) => g.resize(x, { scale, ...method })), [
        [2, 3, 6],
      ]);
      const clip = [1, 2, 2, 4, 6];
      await assertAdjoint(built(clip, (g, x) => g.resize(x, { scale, ...method })), [clip]);
    }
  }
});

Deno.test("Dropout multiplies by its mask, forward and backward", async () => {
  const node: Node = {
    name: "d",
    op: "Dropout",
    inputs: ["x"],
    outputs: ["y"],
    attributes: { ratio: 0.5 },
  };
  const mask = tensor(Float32Array.of(0, 2, 2, 0), [2, 2]);
  const x = randomTensor([2, 2]), dy = randomTensor([2, 2], 2);
  const { outputs, gradients } = await runRule(RULES, node, {
    inputs: [x],
    gradients: [dy],
    mask,
  });
  assertClose(outputs[0], values(x).map((v, i) => v * mask.data[i]), "forward");
  assertClose(gradients[0], values(dy).map((v, i) => v * mask.data[i]), "backward");
});
