import { assertEquals } from "@std/assert";
import { GraphBuilder } from "./builder.ts";
import { modelCosts } from "./costs.ts";
import type { Model } from "./model.ts";
import { zeros } from "./tensor.ts";

function net(): Model {
  const g = new GraphBuilder("net");
  const x = g.input("x", [1, 4, 8, 8]);
  const y = g.conv(x, {
    name: "c",
    filters: 6,
    kernel: 3,
    stride: 2,
    group: 2,
    pad: 1,
    weights: zeros,
    bias: zeros,
  });
  const f = g.flatten(g.relu(y));
  return g.output(g.gemm(f, { name: "f", outputs: 5, weights: zeros })).build();
}

Deno.test("MACs are weights times output positions, with groups and stride", () => {
  const { layers, ...totals } = modelCosts(net());
  assertEquals(layers[0], {
    name: "c",
    op: "Conv",
    input: [1, 4, 8, 8],
    output: [1, 6, 4, 4],
    weights: 6 * 2 * 9,
    denseParams: 6 * 2 * 9 + 6,
    params: 6 * 2 * 9 + 6,
    denseMacs: 6 * 2 * 9 * 16,
    macs: 6 * 2 * 9 * 16,
  });
  assertEquals(layers.map(({ name, macs }) => [name, macs]), [
    ["c", 1728],
    ["c/relu", 0],
    ["c/relu/flatten", 0],
    ["f", 480],
  ]);
  assertEquals(totals, {
    denseParams: 114 + 480,
    params: 114 + 480,
    denseMacs: 2208,
    macs: 2208,
    outputElements: 96 * 3 + 5,
  });
});

Deno.test("pruned groups cost nothing, cropped blocks at the edge what they have", () => {
  const dense = net();
  // 6 filters in blocks of 4: the second block has 2 rows. 2 channels in one block of 2.
  const layout = { filters: 4, channels: 2, positions: "each" } as const;
  const kept = Uint8Array.from({ length: 2 * 9 }, (_, g) => g === 0 || g === 17 ? 1 : 0);
  const structures = new Map([["c.weight", { scheme: "kgs", layout, kept }]]);
  const costs = modelCosts({ ...dense, structures });
  assertEquals(costs.layers[0].params, 4 * 2 + 2 * 2 + 6);
  assertEquals(costs.layers[0].macs, (4 * 2 + 2 * 2) * 16);
  assertEquals(costs.layers[0].denseMacs, 1728);
  assertEquals([costs.macs, costs.denseMacs], [192 + 480, 2208]);
  assertEquals([costs.params, costs.denseParams], [18 + 480, 594]);
});

Deno.test("a weight that two layers share is counted once as parameters, twice as MACs", () => {
  const g = new GraphBuilder("net");
  const x = g.input("x", [1, 3]);
  const a = g.gemm(x, { name: "a", outputs: 3, weights: zeros });
  const model = g.output(g.gemm(a, { name: "b", outputs: 3, weights: zeros })).build();
  const nodes = model.nodes.map((node) => ({ ...node, inputs: [node.inputs[0], "a.weight"] }));
  const weights = new Map([["a.weight", zeros([3, 3])]]);
  const costs = modelCosts({ ...model, nodes: nodes as Model["nodes"], weights });
  assertEquals([costs.params, costs.macs], [9, 18]);
});
