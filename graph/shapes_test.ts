import { assertEquals, assertThrows } from "@std/assert";
import { GraphBuilder } from "./builder.ts";
import type { Model, Node } from "./model.ts";
import { Random } from "./random.ts";
import { openReference } from "./reference.ts";
import { inferShapes } from "./shapes.ts";
import { zeros } from "./tensor.ts";
import { allNets } from "./testing/nets.ts";
import { randomInputs, smallNet, weightless } from "./testing.ts";

/** The same model, every value of it an output. */
function everyOutput(model: Model): Model {
  const shapes = inferShapes(model);
  const names = model.nodes.flatMap(({ outputs }) => outputs);
  return { ...model, outputs: names.map((name) => ({ name, shape: shapes.get(name)! })) };
}

/** Every value of the model has the shape that ONNX Runtime gives it. */
async function assertShapes(model: Model) {
  const every = everyOutput(model);
  await using session = await openReference(every);
  const outputs = await session.run(randomInputs(model));
  assertEquals(outputs.size, every.outputs.length);
  for (const { name, shape } of every.outputs) assertEquals(shape, outputs.get(name)!.shape, name);
}

for (const model of allNets()) {
  Deno.test(`every value of the ${model.name} net has the shape of ONNX Runtime`, async () => {
    await assertShapes(model);
  });
}

for (const spatial of [1, 2, 3] as const) {
  Deno.test(`random ${spatial}-D kernels and windows have the shapes of ONNX Runtime`, async () => {
    const random = new Random(spatial, "shapes");
    const axes = (least: number, count: number) =>
      Array.from({ length: spatial }, () => least + random.integer(count));
    for (let i = 0; i < 8; i++) {
      const group = 1 + random.integer(2);
      const g = new GraphBuilder("window");
      const x = g.input("x", [1, 2 * group, ...axes(9, 5)]);
      const kernel = axes(1, 3);
      const dilation = axes(1, 2);
      const shared = { filters: 3 * group, kernel, dilation, group, weights: zeros };
      const pads = [...axes(0, 3), ...axes(0, 3)];
      const y = g.conv(x, { name: "conv", ...shared, stride: axes(1, 3), pads });
      const stride = axes(2, 2);
      g.output(g.convTranspose(x, {
        name: "transposed",
        ...shared,
        stride,
        pad: axes(0, 2),
        outputPadding: stride.map((s) => random.integer(s)),
      }));
      for (const ceil of [false, true]) {
        const window = {
          kernel: 2,
          stride: axes(1, 3),
          pads: [...axes(0, 2), ...axes(0, 2)],
          ceil,
        };
        g.output(g.maxPool(y, { name: `max ${ceil}`, ...window }));
        g.output(g.averagePool(y, { name: `mean ${ceil}`, ...window }));
      }
      await assertShapes(g.build());
    }
  });
}

Deno.test("random broadcasts and products have the shapes of ONNX Runtime", async () => {
  const random = new Random(4, "broadcast");
  for (let i = 0; i < 10; i++) {
    const whole = Array.from({ length: 4 }, () => 1 + random.integer(4));
    const part = () =>
      whole.map((extent) => random.integer(3) ? extent : 1).slice(random.integer(3));
    const g = new GraphBuilder("broadcast");
    const [a, b] = [g.input("a", part()), g.input("b", part())];
    g.add(a, b, "sum");
    const [batch, K] = [part(), 1 + random.integer(3)];
    const left = g.input("left", [...batch, 2, K]);
    g.matMul(left, g.input("right", [...batch.slice(1).fill(1), K, 3]), "product");
    g.matMul(left, g.input("vector", [K]), "vectors");
    await assertShapes(g.build());
  }
});

Deno.test("inputs, weights and node outputs all have a shape", () => {
  const model = smallNet(3);
  const shapes = inferShapes(model);
  assertEquals(shapes.get("image"), [1, 3, 5, 13, 12]);
  assertEquals(shapes.get("conv1.weight"), [10, 3, 3, 3, 3]);
  assertEquals(shapes.get("conv1"), [1, 10, 5, 13, 12]);
  assertEquals(shapes.get("pool1"), [1, 10, 5, 6, 6]);
  assertEquals(shapes.get("fc2"), [1, 4]);
});

/** `smallNet(2)` with one node changed. */
function changed(name: string, change: (node: Node) => Partial<Node>): Model {
  const model = smallNet(2);
  const nodes = model.nodes.map((node) =>
    node.name === name ? { ...node, ...change(node) } as Node : node
  );
  return { ...model, nodes };
}

const attributes = (extra: Record<string, unknown>) => (node: Node) =>
  ({ attributes: { ...node.attributes, ...extra } }) as Partial<Node>;

const MISFITS: readonly [what: string, model: Model, message: string][] = [
  [
    "a missing input",
    changed("conv2", (n) => ({ inputs: ["nowhere", ...n.inputs.slice(1)] })),
    'Conv "conv2" as input "nowhere" must be defined before it is read',
  ],
  [
    "a weight of another layer",
    changed("conv2", (n) => ({ inputs: [n.inputs[0], "conv1.weight"] })),
    'input "conv1.weight" must be [10,10,1,3]: current value is [10,3,3,3]',
  ],
  [
    "a wrong bias",
    changed("fc1", (n) => ({ inputs: [...n.inputs.slice(0, 2), "conv1.bias"] })),
    'Gemm "fc1" as input "conv1.bias" must be [11]: current value is [10]',
  ],
  [
    "too many inputs",
    changed("pool1", (n) => ({ inputs: [n.inputs[0], "conv1.bias"] })),
    "numbers of inputs and outputs must be 1 and 1: current value is 2 and 1",
  ],
  [
    "an unflattened input",
    changed("fc1", (n) => ({ inputs: ["pool2", ...n.inputs.slice(1)] })),
    'input "pool2" must be of rank 2',
  ],
  [
    "a group that does not divide",
    changed("conv1", attributes({ group: 2 })),
    "group must be a divisor of 3 channels and 10 filters: current value is 2",
  ],
  [
    "a stride of 0",
    changed("conv1", attributes({ strides: [1, 0] })),
    "strides must be 2 integers, at least 1: current value is [1,0]",
  ],
  [
    "a negative pad",
    changed("conv1", attributes({ pads: [0, 0, 0, -1] })),
    "pads must be 4 integers",
  ],
  [
    "a pad as wide as the pool",
    changed("pool1", attributes({ pads: [2, 0, 0, 0] })),
    "pads must be smaller than the kernel [2,2]",
  ],
  [
    "a window larger than its input",
    changed("conv1", attributes({ dilations: [9, 1] })),
    'input "image" must be at least 19 long on spatial axis 0, padding included: current value is 15',
  ],
  [
    "an axis out of range",
    changed("pool2/flatten", attributes({ axis: 5 })),
    "axis must be an integer in [0, 5)",
  ],
  [
    "two nodes of one name",
    changed("pool2", () => ({ name: "pool1" })),
    'names of nodes must be unique: current value is "pool1"',
  ],
  [
    "an empty input",
    { ...smallNet(2), inputs: [{ name: "image", shape: [0, 3, 13, 12] }] },
    'input "image" must be integers, at least 1: current value is [0,3,13,12]',
  ],
  [
    "an input of absurd size",
    { ...smallNet(2), inputs: [{ name: "image", shape: [1, 3, 2 ** 40, 2 ** 40] }] },
    'input "image" must be a shape of at most 2147483648 elements',
  ],
  [
    "a value of absurd size",
    changed("conv1", attributes({ pads: [2 ** 50, 0, 0, 0] })),
    'output "conv1" must be a shape of at most 2147483648 elements',
  ],
  [
    "a value defined twice",
    changed("pool2", () => ({ outputs: ["pool1"] })),
    'names of values must be unique: current value is "pool1"',
  ],
  [
    "an output that is not made",
    { ...smallNet(2), outputs: [{ name: "z", shape: [1] }] },
    'output "z" must be [1]: current value is undefined',
  ],
  [
    "an output of another shape",
    { ...smallNet(2), outputs: [{ name: "fc2", shape: [1, 5] }] },
    'output "fc2" must be [1,5]: current value is [1,4]',
  ],
];

/** What a builder is told, and what it answers. */
const REFUSALS: readonly [what: string, build: (g: GraphBuilder, x: string) => void, string][] = [
  [
    "a transposed convolution that is cut away",
    (g, x) => g.convTranspose(x, { name: "t", filters: 2, kernel: 1, pad: [3, 2], weights: zeros }),
    "pads must be below 5 in all on spatial axis 0: current value is [3,2,3,2]",
  ],
  [
    "a transposed convolution of huge output",
    (g, x) =>
      g.convTranspose(x, {
        name: "t",
        filters: 2,
        kernel: 1,
        stride: 2 ** 40,
        weights: weightless,
      }),
    'output "t" must be a shape of at most 2147483648 elements',
  ],
  [
    "more rows at the end than a stride has",
    (g, x) =>
      g.convTranspose(x, { name: "t", filters: 2, kernel: 3, outputPadding: 1, weights: zeros }),
    "output_padding must be smaller than the strides [1,1]: current value is [1,1]",
  ],
  [
    "five spatial axes",
    (g) => g.maxPool(g.input("y", [1, 1, 2, 2, 2, 2, 2]), { name: "p", kernel: 1 }),
    'input "y" must be of rank 3 to 5',
  ],
  [
    "shapes that do not broadcast",
    (g, x) => g.add(x, g.weight("w", zeros([4, 1, 2]))),
    'Add "x/add" as input "w" must be of a shape that broadcasts with [1,4,5,6]',
  ],
  [
    "a slope that widens its input",
    (g, x) => g.binary("PRelu", x, g.weight("w", zeros([2, 4, 1, 1]))),
    'PRelu "x/prelu" as input "w"',
  ],
  [
    "matrices that do not fit",
    (g, x) => g.matMul(x, g.weight("w", zeros([5, 2]))),
    'input "x" must be 5 long on its last axis: current value is [1,4,5,6]',
  ],
  [
    "matrices in batches that do not fit",
    (g, x) => g.matMul(x, g.weight("w", zeros([3, 6, 2]))),
    'input "w" must be of batch axes that fit those of [1,4,5,6]: current value is [3,6,2]',
  ],
  [
    "statistics of other channels",
    (g, x) => {
      const three = zeros([3]);
      g.batchNorm(x, { name: "b", scale: zeros, shift: zeros, mean: three, variance: zeros });
    },
    'input "b.mean" must be [4]: current value is [3]',
  ],
  [
    "a negative epsilon",
    (g, x) => g.instanceNorm(x, { name: "i", scale: zeros, shift: zeros, epsilon: -1 }),
    "epsilon must be a finite number, at least 0: current value is -1",
  ],
  ["a parameter that is no number", (g, x) => g.leakyRelu(x, NaN), "alpha must be a finite number"],
  ["a bound that is no number", (g, x) => g.clip(x, NaN, 6), "min must be a number"],
  ["a window of no channels", (g, x) => g.lrn(x, { size: 0 }), "size must be a positive integer"],
  ["softmax along no axis", (g, x) => g.softmax(x, 4), "axis must be an integer in [0, 4)"],
  ["a reduction of no axis", (g, x) => g.reduce("ReduceSum", x, []), "axes must be ascending"],
  ["an axis reduced twice", (g, x) => g.reduce("ReduceL1", x, [2, -2]), "axes must be ascending"],
  [
    "other extents to join",
    (g, x) => g.concat([x, g.input("y", [1, 4, 5, 5])]),
    'input "y" must be [1,4,5,6] except on axis 1: current value is [1,4,5,5]',
  ],
  ["parts that do not add up", (g, x) => g.split(x, 1, [1, 2]), "split must be 4 in all"],
  ["equal parts with a rest", (g, x) => g.split(x, 2, 2), "split must be 2 integers, at least 1"],
  [
    "a range behind the end",
    (g, x) => g.slice(x, { 2: { begin: 4, end: 7 } }),
    "the range of axis 2 must be in [0, 5): current value is 4 to 6",
  ],
  [
    "an empty range",
    (g, x) => g.slice(x, { 2: { begin: 3, end: 3 } }),
    "counts must be 4 integers, at least 1: current value is [1,4,0,6]",
  ],
  ["a step of 0", (g, x) => g.slice(x, { 3: { end: 6, step: 0 } }), "must be 4 integers"],
  [
    "another number of elements",
    (g, x) => g.reshape(x, [-1, 7]),
    "shape must be 2 integers, at least 1",
  ],
  ["a shape of other size", (g, x) => g.reshape(x, [11, 11]), "shape must be one of 120 elements"],
  [
    "an axis taken twice",
    (g, x) => g.transpose(x, [0, 1, 2, 2]),
    "perm must be a permutation of [0,1,2,3]",
  ],
  [
    "a crop of everything",
    (g, x) => g.pad(x, [0, 0, 0, -3, 0, 0, 0, -3]),
    "pads must be such that some of axis 3 is left",
  ],
  [
    "a reflection beyond the other border",
    (g, x) => g.pad(x, [0, 0, 5, 0, 0, 0, 0, 0], { mode: "reflect" }),
    "pads must be below 5 on axis 2 to reflect it",
  ],
  ["a dropout of everything", (g, x) => g.dropout(x, 1), "ratio must be in [0, 1)"],
  ["a scale of 0", (g, x) => g.resize(x, { scale: 0 }), "sizes must be 4 integers, at least 1"],
  [
    "a shape that a value does not broadcast to",
    (g, x) => g.expand(x, [1, 4, 5, 7]),
    "shape must be one that [1,4,5,6] broadcasts to: current value is [1,4,5,7]",
  ],
];

for (const [what, build, message] of REFUSALS) {
  Deno.test(`the builder refuses ${what}`, () => {
    const g = new GraphBuilder("refused");
    assertThrows(() => build(g, g.input("x", [1, 4, 5, 6])), RangeError, message);
  });
}

Deno.test("sizes and scales of an interpolation must agree", () => {
  const g = new GraphBuilder("resize");
  // In float64 this would be 6: the float32 nearest to 0.7 is below it.
  const y = g.resize(g.input("x", [1, 1, 10, 10]), { scale: 0.7, name: "y" });
  assertEquals(g.shapeOf(y), [1, 1, 7, 7]);
  const model = g.output(y).build();
  const [node] = model.nodes;
  const attributes = { ...node.attributes, sizes: [1, 1, 6, 7] };
  assertThrows(
    () => inferShapes({ ...model, nodes: [{ ...node, attributes } as Node] }),
    RangeError,
    "sizes must be [1,1,7,7], as the scales [1,1,0.7,0.7] give: current value is [1,1,6,7]",
  );
});

for (const [what, model, message] of MISFITS) {
  Deno.test(`shape inference refuses ${what}`, () => {
    assertThrows(() => inferShapes(model), RangeError, message);
  });
}
