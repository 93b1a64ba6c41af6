import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { GraphBuilder } from "../../graph/builder.ts";
import { openReference } from "../../graph/reference.ts";
import { type Shape, sizeOf, type Tensor, tensor, values } from "../../graph/tensor.ts";
import { randomBatchNorm } from "../../graph/testing.ts";
import { fromScratch } from "./from_scratch.ts";

const ones = (shape: Shape): Tensor => tensor(new Float32Array(sizeOf(shape)).fill(1), shape);

const spread = (data: Float32Array) => data.reduce((sum, v) => sum + v * v, 0) / data.length;

/** Two convolutions with nothing in between, as factors are, behind one with an activation. */
function chain() {
  const g = new GraphBuilder("chain");
  const conv = (x: string, name: string, filters: number, kernel = 1) =>
    g.conv(x, { name, filters, kernel, pad: kernel >> 1, weights: ones, bias: ones });
  const x = g.relu(
    g.batchNorm(conv(g.input("x", [1, 32, 12, 12]), "a", 96, 3), randomBatchNorm("n")),
  );
  const y = g.relu(conv(conv(x, "in", 64), "out", 128, 3));
  return g.output(conv(y, "last", 64)).build();
}

Deno.test("variances follow the fan-in, twice as large where an activation is in between", () => {
  const { weights } = fromScratch(chain(), 1);
  const expected = { a: 2 / (32 * 9), in: 2 / 96, out: 1 / (64 * 9), last: 2 / 128 };
  for (const [name, variance] of Object.entries(expected)) {
    assertAlmostEquals(spread(values(weights.get(`${name}.weight`)!)) / variance, 1, 0.06, name);
    assert(weights.get(`${name}.bias`)!.data.every((value: number) => value === 0));
  }
});

Deno.test("normalizations change nothing, running statistics included", () => {
  const model = chain();
  const { weights } = fromScratch(model, 1);
  const node = model.nodes.find(({ op }) => op === "BatchNormalization")!;
  const values = node.inputs.slice(1).map((name) => new Set(weights.get(name)!.data));
  assertEquals(values.map((all) => [...all]), [[1], [0], [0], [1]]);
});

Deno.test("activations keep their scale through a chain of factors", async () => {
  const g = new GraphBuilder("deep");
  let x = g.input("x", [1, 64, 8, 8]);
  for (let i = 0; i < 8; i++) {
    const conv = (x: string, name: string, filters: number) =>
      g.conv(x, { name: `${i}/${name}`, filters, kernel: 1, weights: ones });
    x = g.relu(conv(conv(conv(x, "in", 48), "core", 48), "out", 64));
  }
  const model = fromScratch(g.output(x).build(), 1);
  await using session = await openReference(model);
  const outputs = await session.run(new Map([["x", ones([1, 64, 8, 8])]]));
  const power = spread(values(outputs.get(model.outputs[0].name)!));
  assert(power > 0.1 && power < 10, `${power}`);
});

Deno.test("the seed decides, zeros of structures stay, and the model is left alone", () => {
  const model = chain();
  const kept = Uint8Array.from({ length: 128 }, (_, i) => i % 2);
  const layout = { filters: 64, channels: 1, positions: "all" } as const;
  const structures = new Map([["last.weight", { scheme: "column", layout, kept }]]);
  const pruned = { ...model, structures };
  const [a, b] = [fromScratch(pruned, 1), fromScratch(pruned, 1)];
  assertEquals(a, b);
  values(a.weights.get("last.weight")!).forEach((w, i) => assertEquals(w === 0, i % 2 === 0));
  const other = fromScratch(pruned, 2).weights.get("a.weight")!;
  assert(values(other).some((w, i) => w !== values(a.weights.get("a.weight")!)[i]));
  assertEquals(model.weights.get("a.weight"), ones([96, 32, 3, 3]));
});
