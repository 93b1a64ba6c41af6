import { assertEquals, assertThrows } from "@std/assert";
import { GraphBuilder } from "./builder.ts";
import type { Model, Node } from "./model.ts";
import { Random } from "./random.ts";
import { openReference } from "./reference.ts";
import { inferShapes } from "./shapes.ts";
import { zeros } from "./tensor.ts";
import { randomInputs, smallNet } from "./testing.ts";

for (const spatial of [2, 3] as const) {
  Deno.test(`random ${spatial}-D convolutions and pools have the shapes of ONNX Runtime`, async () => {
    const random = new Random(spatial, "shapes");
    const axes = (least: number, count: number) =>
      Array.from({ length: spatial }, () => least + random.integer(count));
    for (let i = 0; i < 8; i++) {
      const group = 1 + random.integer(2);
      const g = new GraphBuilder("window");
      const x = g.input("x", [1, 2 * group, ...axes(9, 5)]);
      const y = g.conv(x, {
        name: "conv",
        filters: 3 * group,
        kernel: axes(1, 3),
        stride: axes(1, 3),
        pad: axes(0, 3),
        dilation: axes(1, 2),
        group,
        weights: zeros,
      });
      const model = g.output(y)
        .output(g.maxPool(y, { name: "pool", kernel: 2, stride: axes(1, 3), pad: axes(0, 2) }))
        .build();
      await using session = await openReference(model);
      const outputs = await session.run(randomInputs(model));
      const shapes = inferShapes(model);
      for (const [name, { shape }] of outputs) assertEquals(shapes.get(name), shape, name);
    }
  });
}

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
  ["an axis out of range", changed("pool2/flatten", attributes({ axis: 5 })), "axis must be"],
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

for (const [what, model, message] of MISFITS) {
  Deno.test(`shape inference refuses ${what}`, () => {
    assertThrows(() => inferShapes(model), RangeError, message);
  });
}
