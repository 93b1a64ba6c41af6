import { assert, assertEquals } from "@std/assert";
import { existsSync, readFileSync } from "node:fs";
import { GraphBuilder } from "./builder.ts";
import { modelCosts } from "./costs.ts";
import type { Model } from "./model.ts";
import { zeros } from "./tensor.ts";
import { weightless } from "./testing.ts";

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

Deno.test("a transposed convolution uses each weight once at each input position", () => {
  const g = new GraphBuilder("net");
  const x = g.input("x", [1, 4, 5, 5]);
  const options = { filters: 6, kernel: 3, stride: 2, group: 2, weights: zeros, bias: zeros };
  const { layers } = modelCosts(g.output(g.convTranspose(x, { name: "t", ...options })).build());
  assertEquals([layers[0].weights, layers[0].params, layers[0].macs], [108, 114, 108 * 25]);
});

Deno.test("products of two activations have MACs and no parameters", () => {
  const g = new GraphBuilder("net");
  const x = g.input("x", [2, 7, 5]);
  const y = g.matMul(x, g.weight("w", zeros([5, 3])), "y");
  const z = g.matMul(y, g.transpose(y, [0, 2, 1]), "z");
  const dense = g.output(z).build();
  const layout = { filters: 1, channels: 3, positions: "all" } as const;
  const structure = { scheme: "filter", layout, kept: Uint8Array.of(1, 0, 0, 1, 0) };
  const costs = modelCosts({ ...dense, structures: new Map([["w", structure]]) });
  const row = (name: string) => {
    const { weights, denseParams, params, denseMacs, macs } = costs.layers.find((l) =>
      l.name === name
    )!;
    return { weights, denseParams, params, denseMacs, macs };
  };
  assertEquals(row("y"), { weights: 15, denseParams: 15, params: 6, denseMacs: 210, macs: 84 });
  assertEquals(row("z"), { weights: 0, denseParams: 0, params: 0, denseMacs: 294, macs: 294 });
});

Deno.test("what training learns is a parameter; statistics and constants are not", () => {
  const g = new GraphBuilder("net");
  let x = g.input("x", [1, 4, 3, 3]);
  x = g.batchNorm(x, { name: "bn", scale: zeros, shift: zeros, mean: zeros, variance: zeros });
  x = g.instanceNorm(x, { name: "in", scale: zeros, shift: zeros });
  x = g.binary("PRelu", x, g.weight("slope", zeros([4, 1, 1])), "prelu");
  x = g.add(x, g.weight("grid", zeros([1, 1, 3, 3])), "add");
  const [a, b] = g.split(x, 1, 2);
  const costs = modelCosts(g.output(a).output(b).build());
  assertEquals(costs.layers.map(({ name, params }) => [name, params]), [
    ["bn", 8],
    ["in", 8],
    ["prelu", 4],
    ["add", 0],
    ["add/split", 0],
  ]);
  assertEquals([costs.params, costs.denseParams, costs.macs], [20, 20, 0]);
  assertEquals(costs.outputElements, 5 * 36);
});

for (const network of ["r2plus1d18", "s3d"]) {
  const path = new URL(`../../shared/methods/fixtures/${network}_layers.tsv`, import.meta.url);
  Deno.test({
    name: `every normalized convolution of ${network} costs what its table says (needs ../shared)`,
    ignore: !existsSync(path),
    fn() {
      const [, ...rows] = readFileSync(path, "utf8").trim().split("\n")
        .map((line) => line.split("\t"));
      // The last layer of S3D is a convolution too, with a bias instead.
      const convs = rows.filter(([name, type]) => type === "conv" && !name.startsWith("fc"));
      assert(convs.length > 30);
      for (const [name, , channels, filters, ...rest] of convs) {
        const [kernel, stride, pad, output] = rest.slice(0, 4)
          .map((list) => list.match(/\d+/g)!.map(Number));
        const extents = kernel.map((k, i) => (output[i + 1] - 1) * stride[i] + k - 2 * pad[i]);
        const g = new GraphBuilder(name);
        const x = g.input("x", [1, Number(channels), ...extents]);
        const options = { filters: Number(filters), kernel, stride, pad, weights: weightless };
        const norm = { scale: zeros, shift: zeros, mean: zeros, variance: zeros };
        const y = g.batchNorm(g.conv(x, { name, ...options }), { name: "bn", ...norm });
        const costs = modelCosts(g.output(y).build());
        assertEquals(
          [costs.layers[0].weights, costs.params, costs.macs],
          rest.slice(4).map(Number),
          name,
        );
      }
    },
  });
}
