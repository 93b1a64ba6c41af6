import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { GraphBuilder } from "../graph/builder.ts";
import type { Model } from "../graph/model.ts";
import { openReference } from "../graph/reference.ts";
import { values, zeros } from "../graph/tensor.ts";
import { randomInputs, randomTensor } from "../graph/testing.ts";
import { NetworkBuilder } from "./models/network_builder.ts";
import { takeWeights } from "./weights.ts";

interface NetOptions {
  readonly seed: number;
  readonly prefix?: string;
  readonly filters?: number;
  readonly layers?: number;
}

/** Convolutions with batch normalisation of equal shapes, and a classifier. */
function net({ seed, prefix = "", filters = 8, layers = 3 }: NetOptions): Model {
  const g = new NetworkBuilder(`net-${seed}`, { seed });
  let x = g.input("image", [1, filters, 5, 5]);
  for (let i = 0; i < layers; i++) {
    x = g.convNormRelu(x, { name: `${prefix}conv${i}`, filters, kernel: 3, pad: 1 });
  }
  x = g.flatten(g.globalAveragePool(x));
  return g.output(g.fullyConnected(x, { name: `${prefix}fc`, outputs: 4 })).build();
}

async function outputOf(model: Model) {
  await using session = await openReference(model);
  const [output] = (await session.run(randomInputs(model))).values();
  return values(output);
}

Deno.test("weights are taken by name where all names and shapes are there", () => {
  const model = net({ seed: 1 }), trained = net({ seed: 2 });
  assertEquals(takeWeights(model, trained), { ...model, weights: trained.weights });
});

Deno.test("weights are taken in the order of layers where names differ", () => {
  const model = net({ seed: 1 });
  const trained = net({ seed: 2, prefix: "features." });
  const taken = takeWeights(model, trained);
  assertEquals([...taken.weights.keys()], [...model.weights.keys()]);
  assertEquals([...taken.weights.values()], [...trained.weights.values()]);
  assertEquals(taken.nodes, model.nodes);
});

Deno.test("constants of another graph are not taken for layers", () => {
  const weights = randomTensor([4, 8], 1, "trained");
  const scaled = new GraphBuilder("scaled");
  const half = scaled.weight("half", randomTensor([1], 1, "half"));
  const x = scaled.gemm(scaled.mul(scaled.input("x", [1, 8]), half), {
    name: "linear",
    outputs: 4,
    weights,
  });
  const plain = new GraphBuilder("plain");
  const y = plain.gemm(plain.input("x", [1, 8]), { name: "fc", outputs: 4, weights: zeros });
  const taken = takeWeights(plain.output(y).build(), scaled.output(x).build());
  assertEquals([...taken.weights], [["fc.weight", weights]]);
});

Deno.test("a network whose batch normalisations are folded in gives the same outputs", async () => {
  const model = net({ seed: 1 });
  const random = (shape: readonly number[], name: string) => randomTensor(shape, 3, name);
  const g = new GraphBuilder("folded");
  let x = g.input("image", [1, 8, 5, 5]);
  for (let i = 0; i < 3; i++) {
    const name = `Conv_${i}`;
    x = g.relu(g.conv(x, { name, filters: 8, kernel: 3, pad: 1, weights: random, bias: random }));
  }
  x = g.flatten(g.globalAveragePool(x));
  const folded = g.output(g.gemm(x, { name: "Gemm", outputs: 4, weights: random, bias: random }))
    .build();
  const [actual, expected] = [await outputOf(takeWeights(model, folded)), await outputOf(folded)];
  const scale = Math.max(...expected.map(Math.abs));
  expected.forEach((value, i) => {
    if (!(Math.abs(actual[i] - value) < 1e-5 * scale)) assertEquals(actual, expected);
  });
});

Deno.test("weights that do not fit are refused, each by its layer", () => {
  const { message } = assertThrows(
    () => takeWeights(net({ seed: 1 }), net({ seed: 2, filters: 6 })),
    RangeError,
    'Cannot take the weights of "net-2" for "net-1"',
  );
  assertStringIncludes(
    message,
    'Conv "conv1" [8, 8, 3, 3] and BatchNormalization: current value is ' +
      'Conv "conv1" [6, 6, 3, 3] and BatchNormalization',
  );
  assertStringIncludes(message, 'Gemm "fc" [4, 8] [4]: current value is Gemm "fc" [4, 6] [4]');
});

Deno.test("layers that are missing or too many are refused", () => {
  const long = net({ seed: 1, layers: 4 }), short = net({ seed: 2, prefix: "x." });
  const missing = assertThrows(() => takeWeights(long, short), RangeError).message;
  assertStringIncludes(missing, 'Gemm "fc" [4, 8] [4]: current value is no layer');
  const extra = assertThrows(() => takeWeights(short, long), RangeError).message;
  assertStringIncludes(extra, 'no layer: current value is Gemm "fc"');
  const deep = net({ seed: 1, layers: 20 });
  const many = assertThrows(() => takeWeights(deep, short), RangeError).message;
  assertStringIncludes(many, "\n  and 6 more");
});
