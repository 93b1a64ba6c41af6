import { assertEquals, assertThrows } from "@std/assert";
import { GraphBuilder } from "./builder.ts";
import { tensor, zeros } from "./tensor.ts";

Deno.test("the builder fills in attributes, names and weights", () => {
  const g = new GraphBuilder("net", { opset: 13 });
  const x = g.input("x", [1, 2, 4, 6, 8]);
  const bias = tensor(new Float32Array(4), [4]);
  const y = g.conv(x, {
    name: "c",
    filters: 4,
    kernel: [1, 3, 3],
    pad: [0, 1, 1],
    weights: zeros,
    bias,
  });
  const p = g.maxPool(g.relu(y), { name: "p", kernel: 2 });
  const model = g.output(g.gemm(g.flatten(p), { name: "f", outputs: 3, weights: zeros })).build();

  assertEquals(model.name, "net");
  assertEquals(model.opset, 13);
  assertEquals(model.outputs, [{ name: "f", shape: [1, 3] }]);
  assertEquals(model.nodes, [
    {
      name: "c",
      op: "Conv",
      inputs: ["x", "c.weight", "c.bias"],
      outputs: ["c"],
      attributes: {
        kernel_shape: [1, 3, 3],
        strides: [1, 1, 1],
        pads: [0, 1, 1, 0, 1, 1],
        dilations: [1, 1, 1],
        group: 1,
      },
    },
    { name: "c/relu", op: "Relu", inputs: ["c"], outputs: ["c/relu"], attributes: {} },
    {
      name: "p",
      op: "MaxPool",
      inputs: ["c/relu"],
      outputs: ["p"],
      attributes: { kernel_shape: [2, 2, 2], strides: [2, 2, 2], pads: [0, 0, 0, 0, 0, 0] },
    },
    {
      name: "p/flatten",
      op: "Flatten",
      inputs: ["p"],
      outputs: ["p/flatten"],
      attributes: { axis: 1 },
    },
    {
      name: "f",
      op: "Gemm",
      inputs: ["p/flatten", "f.weight"],
      outputs: ["f"],
      attributes: { transB: 1 },
    },
  ]);
  assertEquals([...model.weights].map(([name, { shape }]) => [name, shape]), [
    ["c.weight", [4, 2, 1, 3, 3]],
    ["c.bias", [4]],
    ["f.weight", [3, 4 * 2 * 3 * 4]],
  ]);
});

Deno.test("the builder refuses a weight that does not fit, where it is added", () => {
  const g = new GraphBuilder("net");
  const x = g.input("x", [1, 2, 8, 8]);
  assertThrows(
    () => g.conv(x, { name: "c", filters: 4, kernel: 3, weights: zeros([4, 3, 3, 3]) }),
    RangeError,
    'Conv "c" as input "c.weight" must be [4,2,3,3]: current value is [4,3,3,3]',
  );
  assertThrows(() => g.relu("y"), RangeError, 'current value is "y"');
});

Deno.test("the builder refuses two values of one name", () => {
  const g = new GraphBuilder("net");
  const x = g.input("x", [1, 2]);
  g.relu(x, "r");
  g.output(g.relu(x, "r"));
  assertThrows(() => g.build(), RangeError, 'unique: current value is "r"');
});
