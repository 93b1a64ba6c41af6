import { assert, assertEquals, assertThrows } from "@std/assert";
import { GraphBuilder } from "../builder.ts";
import type { Model } from "../model.ts";
import { readOnnx } from "../onnx/read.ts";
import { inferShapes } from "../shapes.ts";
import { randomTensor, randomWeights, smallNet } from "../testing.ts";
import { assertSameAlone } from "../testing/batches.ts";
import { allNets } from "../testing/nets.ts";
import { randomNet } from "./random_net.ts";
import { withBatch } from "./rebatch.ts";

const nets = [...allNets(), smallNet(2), smallNet(3), ...[1, 2, 3].map((seed) => randomNet(seed))];

for (const net of nets) {
  Deno.test(`a batch through the ${net.name} net is what its images are alone`, async () => {
    await assertSameAlone(net, 3);
  });
}

const folder = new URL("../../../shared/data/onnx-models/", import.meta.url);
const available = await Deno.stat(folder).then(() => true, () => false);
const FILES = [
  "converted/cifar10_resnet20.onnx",
  "converted/mlperf_tiny_resnet8_cifar10.onnx",
  "original/version-RFB-320.onnx",
  "original/yunet_n_320_320.onnx",
  "original/yolox_nano.onnx",
  "original/super_resolution_10/model.onnx",
  "original/mnist_8/model.onnx",
];
for (const file of FILES) {
  Deno.test({
    name: `a batch through ${file} is what its images are alone (needs ../shared)`,
    ignore: !available,
    async fn() {
      const path = new URL(file, folder).pathname;
      await assertSameAlone(await readOnnx(path, { onNote: () => {} }), 2);
    },
  });
}

Deno.test("a batch can be made smaller again, and the same one gives the same model", () => {
  for (const net of nets) {
    assertEquals(withBatch(withBatch(net, 4), 1), net, net.name);
    assert(withBatch(net, 1) === net);
    assert(withBatch(net, 4).weights === net.weights);
  }
});

/** A net of one input `x [batch, 4, 6]`. */
function build(batch: number, body: (g: GraphBuilder, x: string) => string): Model {
  const g = new GraphBuilder("net");
  return g.output(body(g, g.input("x", [batch, 4, 6]))).build();
}

Deno.test("a batch is followed to other axes and through what is merged into it", () => {
  const weights = randomWeights();
  const cases: [
    string,
    (g: GraphBuilder, x: string) => string,
    before: number[],
    after: number[],
  ][] = [
    ["inward", (g, x) => g.transpose(x, [1, 0, 2]), [4, 2, 6], [4, 6, 6]],
    ["merged", (g, x) => g.reshape(x, [8, 6]), [8, 6], [24, 6]],
    [
      "rows of a layer",
      (g, x) => g.gemm(g.reshape(x, [8, 6]), { name: "fc", outputs: 5, weights }),
      [8, 5],
      [24, 5],
    ],
    [
      "inward, reshaped behind it",
      (g, x) => g.reshape(g.transpose(x, [1, 0, 2]), [2, 2, 2, 3, 2], "r"),
      [2, 2, 2, 3, 2],
      [2, 2, 6, 3, 2],
    ],
    [
      "columns of a product",
      (g, x) =>
        g.matMul(
          g.weight("w", randomTensor([5, 6])),
          g.transpose(g.reshape(x, [8, 6]), [1, 0]),
          "product",
        ),
      [5, 8],
      [5, 24],
    ],
    ["reduced", (g, x) => g.reduce("ReduceSum", g.transpose(x, [1, 0, 2]), [0], false), [2, 6], [
      6,
      6,
    ]],
    ["flattened", (g, x) => g.flatten(x), [2, 24], [6, 24]],
    ["expanded", (g, x) => g.expand(x, [3, 2, 4, 6]), [3, 2, 4, 6], [3, 6, 4, 6]],
  ];
  for (const [what, body, before, after] of cases) {
    const model = build(2, body);
    assertEquals(model.outputs[0].shape, before, what);
    const rebatched = withBatch(model, 6);
    assertEquals(rebatched.outputs[0].shape, after, what);
    assertEquals(inferShapes(rebatched).get(rebatched.outputs[0].name), after, what);
  }
});

Deno.test("what depends on the number of images is refused, and the node is named", () => {
  const constant = (g: GraphBuilder, shape: number[]) => g.weight("w", randomTensor(shape));
  const cases: [expected: string, (g: GraphBuilder, x: string) => string][] = [
    [
      'Reshape "r" merges the batch, axis 1 of [4,2,6], into an axis of [8,6]',
      (g, x) => g.reshape(g.transpose(x, [1, 0, 2]), [8, 6], "r"),
    ],
    ['Flatten "f" merges', (g, x) => g.flatten(g.transpose(x, [1, 2, 0]), "f")],
    ['Softmax "s" normalises over the batch', (g, x) => g.softmax(x, 0, "s")],
    ['ReduceMean "m" reduces the batch', (g, x) => g.reduce("ReduceMean", x, [0, 1], true, "m")],
    ['Concat "c" joins values along the batch', (g, x) => g.concat([x, x], 0, "c")],
    [
      'Concat "c" reads "w", whose shape [2,1,6] has an extent for the batch',
      (g, x) => g.concat([x, constant(g, [2, 1, 6])], 1, "c"),
    ],
    ['Split "s" splits the batch', (g, x) => g.split(x, 0, 2, "s")[0]],
    ['Slice "s" takes a part of the batch', (g, x) => g.slice(x, { 0: { end: 1 } }, "s")],
    ['Slice "s" takes a part of the batch, or', (g, x) => g.slice(x, { 0: { step: -1 } }, "s")],
    ['Pad "p" pads the batch', (g, x) => g.pad(x, [1, 0, 0, 0, 0, 0], { name: "p" })],
    ['Add "a" reads "w", whose shape [2,1,1] has', (g, x) => g.add(x, constant(g, [2, 1, 1]), "a")],
    [
      'Mul "m" has the batch of "inward" on another axis',
      (g, x) => {
        const mean = g.reduce("ReduceMean", x, [1, 2], true, "mean");
        return g.mul(mean, g.transpose(mean, [1, 0, 2], "inward"), "m");
      },
    ],
    [
      'MatMul "m" sums over the batch',
      (g, x) => g.matMul(constant(g, [3, 2]), g.reshape(x, [2, 24]), "m"),
    ],
    [
      'MatMul "m" multiplies images by each other',
      (g, x) => {
        const rows = g.reshape(x, [8, 6], "rows");
        return g.matMul(rows, g.transpose(rows, [1, 0]), "m");
      },
    ],
    [
      'GlobalAveragePool "g" takes images by its first axis, but the batch is axis 1',
      (g, x) => g.globalAveragePool(g.transpose(x, [1, 0, 2]), "g"),
    ],
  ];
  for (const [expected, body] of cases) {
    const reason = `Cannot give model "net" a batch of 3 as ${expected}`;
    const model = build(2, body);
    assertThrows(() => withBatch(model, 3), RangeError, reason);
  }
});

Deno.test("inputs without a common batch, and batches that are none, are refused", () => {
  const g = new GraphBuilder("two");
  g.output(g.relu(g.input("a", [1, 3]))).output(g.relu(g.input("b", [2, 3])));
  assertThrows(
    () => withBatch(g.build(), 2),
    RangeError,
    'the first axis of all inputs must be one batch: current value is "a" [1,3], "b" [2,3]',
  );
  for (const batch of [0, -1, 1.5, NaN]) {
    assertThrows(() => withBatch(smallNet(2), batch), RangeError, `current value is ${batch}`);
  }
});
