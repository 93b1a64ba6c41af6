import { assertEquals, assertThrows } from "@std/assert";
import { GraphBuilder } from "./builder.ts";
import type { Node } from "./model.ts";
import { tensor, zeros } from "./tensor.ts";

Deno.test("the builder fills in attributes, names and weights", () => {
  const g = new GraphBuilder("net");
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
      attributes: {
        kernel_shape: [2, 2, 2],
        strides: [2, 2, 2],
        pads: [0, 0, 0, 0, 0, 0],
        dilations: [1, 1, 1],
        ceil_mode: 0,
      },
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

Deno.test("the builder refuses two weights of one name, and lets one be shared", () => {
  const g = new GraphBuilder("net");
  const x = g.input("x", [1, 2]);
  const one = zeros([1]);
  g.output(g.mul(g.add(x, g.weight("one", one)), g.weight("one", one)));
  assertEquals([...g.build().weights.keys()], ["one"]);
  assertThrows(
    () => g.weight("one", zeros([1])),
    RangeError,
    'names of weights must be unique: current value is "one"',
  );
});

/** The last node that `build` adds behind an input `x` `[1, 4, 6, 8]`. */
function added(build: (g: GraphBuilder, x: string) => unknown): Node {
  const g = new GraphBuilder("net");
  build(g, g.input("x", [1, 4, 6, 8]));
  return g.build().nodes.at(-1)!;
}

const ATTRIBUTES: readonly [build: (g: GraphBuilder, x: string) => unknown, expected: object][] = [
  [
    (g, x) =>
      g.convTranspose(x, { name: "t", filters: 2, kernel: [2, 3], group: 2, weights: zeros }),
    {
      kernel_shape: [2, 3],
      strides: [1, 1],
      pads: [0, 0, 0, 0],
      dilations: [1, 1],
      group: 2,
      output_padding: [0, 0],
    },
  ],
  [
    (g, x) => g.averagePool(x, { name: "p", kernel: 3, pads: [1, 0, 2, 0], ceil: true }),
    {
      kernel_shape: [3, 3],
      strides: [3, 3],
      pads: [1, 0, 2, 0],
      dilations: [1, 1],
      ceil_mode: 1,
      count_include_pad: 0,
    },
  ],
  [
    (g, x) => {
      const options = { scale: zeros, shift: zeros, mean: zeros, variance: zeros };
      g.batchNorm(x, { name: "b", ...options });
    },
    { epsilon: 1e-5 },
  ],
  [(g, x) => g.lrn(x, { size: 3 }), { size: 3, alpha: 1e-4, beta: 0.75, bias: 1 }],
  [(g, x) => g.leakyRelu(x), { alpha: 0.01 }],
  [(g, x) => g.leakyRelu(x, 0.1), { alpha: 0.1 }],
  [(g, x) => g.unary(x, "Clip", { min: 0 }), { min: 0, max: Infinity }],
  [(g, x) => g.unary(x, "HardSigmoid", { beta: 0.6 }), { alpha: 0.2, beta: 0.6 }],
  [(g, x) => g.unary(x, "Gelu"), { approximate: "none" }],
  [(g, x) => g.softmax(x), { axis: 3 }],
  [(g, x) => g.concat([x, x], -3), { axis: 1 }],
  [(g, x) => g.split(x, -1, [3, 5]), { axis: 3, split: [3, 5] }],
  [(g, x) => g.split(x, 1, 2), { axis: 1, split: [2, 2] }],
  [
    (g, x) => g.slice(x, { 1: { begin: 1, end: -1 }, [-1]: { step: -3 }, 2: { begin: -2 } }),
    { starts: [0, 1, 4, 7], counts: [1, 2, 2, 3], steps: [1, 1, 1, -3] },
  ],
  [(g, x) => g.reshape(x, [1, -1, 8]), { shape: [1, 24, 8] }],
  [(g, x) => g.reshape(x, [192]), { shape: [192] }],
  [(g, x) => g.reduce("ReduceMean", x, [-1, 2], false), { axes: [2, 3], keepdims: 0 }],
  [(g, x) => g.pad(x, [0, 0, 1, 1, 0, 0, 1, 1]), {
    pads: [0, 0, 1, 1, 0, 0, 1, 1],
    mode: "constant",
    value: 0,
  }],
];

for (const [build, expected] of ATTRIBUTES) {
  const node = added(build);
  Deno.test(`the builder fills in ${node.op}: ${JSON.stringify(expected)}`, () => {
    assertEquals(node.attributes as object, expected);
  });
}

Deno.test("the builder interpolates by scale or to sizes", () => {
  const common = {
    mode: "nearest",
    coordinate_transformation_mode: "asymmetric",
    nearest_mode: "floor",
    cubic_coeff_a: -0.75,
    exclude_outside: 0,
    antialias: 0,
  };
  assertEquals(added((g, x) => g.resize(x, { scale: [2, 1.5] })).attributes as object, {
    ...common,
    scales: [1, 1, 2, 1.5],
    sizes: [1, 4, 12, 12],
    given: "scales",
  });
  assertEquals(added((g, x) => g.resize(x, { sizes: [3, 8], mode: "linear" })).attributes, {
    ...common,
    mode: "linear",
    scales: [1, 1, 0.5, 1],
    sizes: [1, 4, 3, 8],
    given: "sizes",
  });
});

Deno.test("nodes without a name are called after their first input", () => {
  const g = new GraphBuilder("net");
  const x = g.input("x", [1, 4, 6, 8]);
  assertEquals(g.split(x, 1, 2), ["x/split/0", "x/split/1"]);
  assertEquals(g.add(g.relu(x), x), "x/relu/add");
  assertEquals(g.globalAveragePool(g.unary(x, "Mish")), "x/mish/globalaveragepool");
  assertEquals(g.reduce("ReduceMax", g.transpose(x, [1, 0, 2, 3]), [0]), "x/transpose/reducemax");
  assertEquals(g.shapeOf("x/transpose/reducemax"), [1, 1, 6, 8]);
});
