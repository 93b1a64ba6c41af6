import { assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import { GraphBuilder } from "../../graph/builder.ts";
import { relativeError } from "../../graph/compare.ts";
import { modelCosts } from "../../graph/costs.ts";
import type { Model } from "../../graph/model.ts";
import { type Shape, sizeOf, type Tensor, tensor, values } from "../../graph/tensor.ts";
import { weightless } from "../../graph/testing.ts";
import type { WeightedNode } from "../layers.ts";
import { lowRankWeights, randomWeights, referenceOutput } from "../testing.ts";
import { factorisationOf, type FactorisationOptions } from "./factorisation.ts";

/** One convolution. */
interface Layer {
  /** Of the input, without batch. */
  readonly input: Shape;
  readonly filters: number;
  readonly kernel: number;
  readonly group: number;
  readonly stride?: number;
}

function modelOf({ input, ...options }: Layer, weights: (s: Shape, name: string) => Tensor): Model {
  const g = new GraphBuilder("layer");
  const pad = options.kernel >> 1;
  const x = g.input("x", [1, ...input]);
  return g.output(g.conv(x, { name: "c", pad, ...options, weights, bias: weights })).build();
}

function factorise(model: Model, options: Partial<FactorisationOptions> = {}) {
  const node = model.nodes[0] as WeightedNode;
  const [costs] = modelCosts(model).layers;
  return factorisationOf(model, node, costs, {
    decomposition: "hosvd",
    seed: 1,
    first: false,
    ...options,
  });
}

Deno.test("the grouped convolutions of AlexNet cost what the paper's ranks for each group say", () => {
  // Kim et al., table 2: ranks, weights and millions of MACs after.
  const rows: [Layer, ranks: number[], params: number, macs: number][] = [
    [{ input: [96, 27, 27], filters: 256, kernel: 5, group: 2 }, [25, 59], 91_254, 66.52],
    [{ input: [384, 13, 13], filters: 384, kernel: 3, group: 2 }, [49, 46], 77_052, 13.02],
    [{ input: [384, 13, 13], filters: 256, kernel: 3, group: 2 }, [40, 34], 48_544, 8.2],
  ];
  for (const [layer, ranks, params, macs] of rows) {
    const factorisation = factorise(modelOf(layer, weightless));
    const costs = factorisation.costs(ranks);
    assertEquals([factorisation.groups, costs.params], [2, params]);
    assertAlmostEquals(costs.macs / 1e6, macs, 0.005);
  }
});

const shapesOf = ({ weights }: Model) =>
  [...weights].map(([name, { shape }]) => [name, [...shape]] as const);

const LAYERS: readonly [name: string, layer: Layer, options?: Partial<FactorisationOptions>][] = [
  ["5x5 in two groups", { input: [8, 9, 10], filters: 12, kernel: 5, group: 2, stride: 2 }],
  ["3x3 in three groups, by HOOI", { input: [9, 7, 7], filters: 6, kernel: 3, group: 3 }, {
    decomposition: "hooi",
  }],
  ["3x3x3 in two groups", { input: [6, 4, 6, 5], filters: 10, kernel: 3, group: 2 }],
  ["1x1 in four groups", { input: [16, 5, 5], filters: 8, kernel: 1, group: 4 }],
  ["the first, in two groups", { input: [4, 8, 8], filters: 6, kernel: 3, group: 2 }, {
    first: true,
  }],
];

for (const [name, layer, options] of LAYERS) {
  Deno.test(`a convolution loses nothing at full rank and costs what is counted: ${name}`, async () => {
    const model = modelOf(layer, randomWeights);
    const { full, costs, place, analyse } = factorise(model, options);
    const { replace } = await analyse();
    const { model: whole, error } = await replace(model, full);
    assertLess(error, 1e-5);
    assertLess(relativeError(await referenceOutput(whole), await referenceOutput(model)), 1e-5);
    const ranks = full.map((rank) => Math.ceil(rank / 2));
    const { model: halved } = await replace(model, ranks);
    assertEquals(shapesOf(place(model, ranks)), shapesOf(halved));
    const counted = modelCosts(halved);
    const { macs, params } = costs(ranks);
    assertEquals([counted.macs, counted.params - layer.filters], [macs, params]);
  });
}

Deno.test("EVBMF's ranks of a grouped convolution are the largest of its groups", async () => {
  const grouped = (ranks: readonly number[]) => ([T, ...rest]: Shape, name: string) => {
    if (rest.length === 0) return randomWeights([T], name);
    const shape = [T / ranks.length, ...rest];
    const parts = ranks.map((rank, g) => values(lowRankWeights(shape, `${name}/${g}`, rank)));
    return tensor(Float32Array.from(parts.flatMap((part) => [...part])), [T, ...rest]);
  };
  for (const [kernel, found] of [[3, [6, 6]], [1, [6]]] as const) {
    const layer = { input: [80, 4, 4], filters: 96, kernel, group: 2 };
    const model = modelOf(layer, grouped([6, 3]));
    assertEquals(sizeOf(model.weights.get("c.weight")!.shape), 96 * 40 * kernel ** 2);
    assertEquals((await factorise(model).analyse()).evbmf, found);
  }
});
