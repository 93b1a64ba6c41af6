import { assert, assertEquals, assertLess } from "@std/assert";
import { GraphBuilder } from "../builder.ts";
import { relativeError } from "../compare.ts";
import type { Model } from "../model.ts";
import { openReference } from "../reference.ts";
import { values, zeros } from "../tensor.ts";
import { depthwiseNet, detectorNet, residualNet } from "../testing/nets.ts";
import { randomBatchNorm, randomInputs, randomWeights } from "../testing.ts";
import { foldBatchNorm } from "./fold_batch_norm.ts";

const weights = randomWeights(3);

/** How many batch normalizations a model has. */
const norms = (model: Model) => model.nodes.filter((n) => n.op === "BatchNormalization").length;

/** Both compute the same by ONNX Runtime, up to rounding. */
async function assertSame(actual: Model, expected: Model) {
  const inputs = randomInputs(expected);
  await using a = await openReference(actual);
  await using e = await openReference(expected);
  const outputs = await a.run(inputs);
  for (const [name, value] of await e.run(inputs)) {
    assertLess(relativeError(outputs.get(name)!, value), 2e-6, name);
  }
}

for (const model of [residualNet(), depthwiseNet(), detectorNet()]) {
  Deno.test(`all batch normalizations of the ${model.name} net fold, and nothing changes`, async () => {
    assert(norms(model) > 0);
    const folded = foldBatchNorm(model);
    assertEquals(norms(folded), 0);
    assertEquals([...folded.weights.keys()].filter((name) => name.includes("/bn")), []);
    await assertSame(folded, model);
  });
}

Deno.test("grouped transposed convolutions and fully connected layers fold, twice over", async () => {
  const g = new GraphBuilder("net");
  let x = g.input("x", [2, 6, 3, 4]);
  const options = { filters: 8, kernel: 3, stride: 2, group: 2, weights, bias: weights };
  x = g.batchNorm(g.convTranspose(x, { name: "t", ...options }), randomBatchNorm("bn1"));
  x = g.flatten(g.globalMaxPool(g.batchNorm(x, randomBatchNorm("bn2"))));
  x = g.gemm(x, { name: "f", outputs: 3, weights });
  const model = g.output(g.batchNorm(x, randomBatchNorm("bn3"))).build();
  const folded = foldBatchNorm(model);
  assertEquals(folded.nodes.map(({ name, outputs }) => [name, ...outputs]), [
    ["t", "bn2"],
    ["bn2/globalmaxpool", "bn2/globalmaxpool"],
    ["bn2/globalmaxpool/flatten", "bn2/globalmaxpool/flatten"],
    ["f", "bn3"],
  ]);
  assertEquals([...folded.weights.keys()], ["t.weight", "t.bias", "f.weight", "f.bias"]);
  await assertSame(folded, model);
});

Deno.test("zeros of a pruned weight stay zeros, and its structure stays", () => {
  const model = residualNet();
  const weight = model.weights.get("stem.weight")!;
  values(weight).fill(0, 27, 54);
  const kept = Uint8Array.of(1, 0, 1, 1, 1, 1, 1, 1);
  const layout = { filters: 1, channels: 3, positions: "all" } as const;
  const structures = new Map([["stem.weight", { scheme: "filter", layout, kept }]]);
  const folded = foldBatchNorm({ ...model, structures });
  assertEquals(folded.structures, structures);
  const zero = values(folded.weights.get("stem.weight")!).map((w) => w === 0 ? 1 : 0);
  assertEquals(zero, Float32Array.from({ length: 8 * 27 }, (_, i) => i >= 27 && i < 54 ? 1 : 0));
});

/** A convolution and a normalization behind it, and what else a test wants. */
function pair(more: (g: GraphBuilder) => void, variance = weights): Model {
  const g = new GraphBuilder("pair");
  const y = g.conv(g.input("x", [1, 2, 4, 4]), { name: "c", filters: 3, kernel: 1, weights });
  g.output(g.batchNorm(y, { ...randomBatchNorm("bn"), variance }));
  more(g);
  return g.build();
}

const STAYING: readonly [what: string, model: Model][] = [
  ["the layer's output is read elsewhere", pair((g) => g.output(g.relu("c")))],
  ["the layer's output is a graph output", pair((g) => g.output("c"))],
  [
    "the weight is shared",
    pair((g) => g.output(g.add("c.weight", g.weight("one", zeros([1])), "sum"))),
  ],
  [
    "its factors are not numbers",
    pair(() => {}, (shape) => {
      const variance = zeros(shape);
      variance.data.fill(-1);
      return variance;
    }),
  ],
];

for (const [what, model] of STAYING) {
  Deno.test(`a batch normalization stays where ${what}`, () => {
    assert(foldBatchNorm(model) === model);
  });
}

Deno.test("a normalization that follows no layer stays, and names in use are not taken", () => {
  const g = new GraphBuilder("net");
  let x = g.batchNorm(g.input("x", [1, 2, 4, 4]), randomBatchNorm("first"));
  x = g.conv(g.relu(x, "c.bias"), { name: "c", filters: 3, kernel: 1, weights });
  const folded = foldBatchNorm(g.output(g.batchNorm(x, randomBatchNorm("second"))).build());
  assertEquals(folded.nodes.map(({ name }) => name), ["first", "c.bias", "c"]);
  assertEquals(folded.nodes[2].inputs, ["c.bias", "c.weight", "c.bias_"]);
});
