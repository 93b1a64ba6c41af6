import { assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import { GraphBuilder } from "../../graph/builder.ts";
import { relativeError } from "../../graph/compare.ts";
import { modelCosts } from "../../graph/costs.ts";
import type { Model } from "../../graph/model.ts";
import { type Shape, sizeOf, type Tensor, tensor } from "../../graph/tensor.ts";
import type { WeightedNode } from "../layers.ts";
import { randomWeights, referenceOutput } from "../testing.ts";
import { factorisationOf } from "./factorisation.ts";

interface Layer {
  /** Of the input, without batch. */
  readonly input: Shape;
  readonly filters: number;
  readonly kernel: number[];
  readonly group?: number;
  readonly stride?: number[];
  readonly pad?: number[];
  readonly dilation?: number[];
}

/** The weight `[T, S, K...]` that a chain of factors at rank R per group stands for. */
function rebuild({ weights }: Model, [T, ...rest]: Shape, groups: number): Tensor {
  const factor = (name: string) => weights.get(`c/${name}.weight`)?.data;
  const names = ["depth", "height", "width"].slice(3 - rest.length + 1);
  const along = names.map(factor);
  const R = weights.get("c/out.weight")!.shape[1];
  const data = Float32Array.from({ length: T * sizeOf(rest) }, (_, flat) => {
    const index: number[] = [];
    for (let axis = rest.length - 1; axis >= 0; axis--) {
      index[axis] = flat % rest[axis];
      flat = Math.floor(flat / rest[axis]);
    }
    const group = Math.floor(flat / (T / groups));
    let sum = 0;
    for (let r = 0; r < R; r++) {
      const row = group * R + r;
      let product = factor("out")![flat * R + r] * factor("in")![row * rest[0] + index[0]];
      along.forEach((f, i) => product *= f ? f[row * rest[i + 1] + index[i + 1]] : 1);
      sum += product;
    }
    return sum;
  });
  return tensor(data, [T, ...rest]);
}

function modelOf({ input, ...options }: Layer): Model {
  const g = new GraphBuilder("layer");
  const x = g.input("x", [1, ...input]);
  const layer = { name: "c", ...options, weights: randomWeights, bias: randomWeights };
  return g.output(g.conv(x, layer)).build();
}

function factorise(model: Model, first = false) {
  const [costs] = modelCosts(model).layers;
  return factorisationOf(model, model.nodes[0] as WeightedNode, costs, {
    seed: 1,
    first,
    sweeps: 20,
  });
}

const LAYERS: readonly [name: string, layer: Layer, factors: string[]][] = [
  [
    "3x3 with padding",
    { input: [8, 9, 10], filters: 12, kernel: [3, 3], pad: [1, 1] },
    ["in", "height", "width", "out"],
  ],
  [
    "5x3 with a step on each axis of its own, and dilation",
    {
      input: [6, 13, 12],
      filters: 8,
      kernel: [5, 3],
      stride: [2, 3],
      pad: [2, 1],
      dilation: [1, 2],
    },
    ["in", "height", "width", "out"],
  ],
  [
    "3x3 in two groups",
    { input: [8, 9, 9], filters: 12, kernel: [3, 3], group: 2, stride: [2, 2], pad: [1, 1] },
    ["in", "height", "width", "out"],
  ],
  [
    "3x3x3 with steps",
    { input: [6, 5, 8, 7], filters: 9, kernel: [3, 3, 3], stride: [1, 2, 2], pad: [1, 1, 1] },
    ["in", "depth", "height", "width", "out"],
  ],
  [
    "3x1x1, which does nothing in space",
    { input: [6, 5, 8, 7], filters: 9, kernel: [3, 1, 1], stride: [2, 1, 1], pad: [1, 0, 0] },
    ["in", "depth", "out"],
  ],
  [
    "1x3 with a step where it has one tap",
    { input: [6, 9, 8], filters: 9, kernel: [1, 3], stride: [2, 1], pad: [0, 1] },
    ["in", "height", "width", "out"],
  ],
];

for (const [name, layer, factors] of LAYERS) {
  Deno.test(`a convolution by CP computes what its rebuilt weight does: ${name}`, async () => {
    const model = modelOf(layer);
    const { costs, place, analyse } = factorise(model);
    const { replace } = await analyse();
    const { model: chain, error } = await replace(model, [5]);
    const weight = model.weights.get("c.weight")!;
    const rebuilt = rebuild(chain, weight.shape, layer.group ?? 1);
    const same = { ...model, weights: new Map(model.weights).set("c.weight", rebuilt) };
    assertLess(relativeError(await referenceOutput(chain), await referenceOutput(same)), 1e-5);
    const lost = Math.hypot(...rebuilt.data.map((value, i) => value - weight.data[i]));
    assertAlmostEquals(error, lost / Math.hypot(...weight.data), 1e-5);
    assertEquals(chain.nodes.map((node) => node.name), factors.map((factor) => `c/${factor}`));
    const counted = modelCosts(chain);
    const { macs, params } = costs([5]);
    assertEquals([counted.macs, counted.params - layer.filters], [macs, params]);
    const shapes = ({ weights }: Model) => [...weights].map(([name, { shape }]) => [name, shape]);
    assertEquals(shapes(place(model, [5])), shapes(chain));
  });
}

Deno.test("the weights of CP factors are R(S + 2D + T), and steps save work early", () => {
  const layer = { input: [64, 28, 28], filters: 128, kernel: [3, 3], stride: [2, 2], pad: [1, 1] };
  const { costs, names, full } = factorise(modelOf(layer));
  assertEquals([names, full], [["R"], [64 * 9]]);
  const { macs, params } = costs([10]);
  assertEquals(params, 10 * (64 + 2 * 3 + 128));
  // The vertical factor runs on 14 x 28 positions, the horizontal one on 14 x 14.
  assertEquals(macs, 10 * (64 * 28 * 28 + 3 * 14 * 28 + 3 * 14 * 14 + 128 * 14 * 14));
});

Deno.test("the first convolution and those of 1x1 are factorised as Tucker does", () => {
  const layer = { input: [8, 9, 9], filters: 12, kernel: [3, 3] };
  assertEquals(factorise(modelOf(layer), true).names, ["rank"]);
  assertEquals(factorise(modelOf({ ...layer, kernel: [1, 1] })).names, ["rank"]);
  assertAlmostEquals(factorise(modelOf(layer), true).costs([2]).params, 2 * (8 * 9 + 12));
});
