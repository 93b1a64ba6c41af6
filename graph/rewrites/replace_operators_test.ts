import { assert, assertEquals, assertLess } from "@std/assert";
import { GraphBuilder } from "../builder.ts";
import { relativeError } from "../compare.ts";
import type { Model } from "../model.ts";
import { openReference } from "../reference.ts";
import { randomBatchNorm, randomInputs, randomWeights } from "../testing.ts";
import { replaceOperators } from "./replace_operators.ts";

const weights = randomWeights(2);

/** How the variants of a network differ. */
interface Variant {
  readonly activation: "mish" | "mish in parts" | "leaky";
  readonly gate: "sigmoid" | "hard-sigmoid" | "none";
}

/** Convolutions with an activation, an attention module with a norm and one without. */
function network({ activation, gate }: Variant): Model {
  const g = new GraphBuilder("net");
  const activate = (x: string) =>
    activation === "leaky"
      ? g.leakyRelu(x, 0.1)
      : activation === "mish"
      ? g.unary(x, "Mish")
      : g.mul(g.unary(g.unary(x, "Softplus"), "Tanh"), x);
  const conv = (x: string, name: string, filters: number) =>
    g.conv(x, { name, filters, kernel: 3, pad: 1, weights });
  const attend = (x: string, name: string, norm: boolean) => {
    if (gate === "none") return x;
    const filters = g.shapeOf(x)[1];
    const y = g.conv(x, { name, filters, kernel: 1, weights, bias: weights });
    const z = norm ? g.batchNorm(y, randomBatchNorm(`${name}/bn`)) : y;
    const factor = gate === "sigmoid"
      ? g.unary(z, "Sigmoid")
      : g.unary(z, "HardSigmoid", { alpha: 1 / 6, beta: 0.5 });
    return norm ? g.mul(x, factor) : g.mul(factor, x);
  };
  let x = activate(conv(g.input("image", [1, 3, 8, 8]), "conv1", 6));
  x = activate(conv(attend(x, "sam1", true), "conv2", 4));
  return g.output(conv(attend(x, "sam2", false), "conv3", 5)).build();
}

/** Both compute the same by ONNX Runtime, whatever their values are called. */
async function assertSame(actual: Model, expected: Model) {
  const inputs = randomInputs(expected);
  await using a = await openReference(actual);
  await using e = await openReference(expected);
  const [found, wanted] = [await a.run(inputs), await e.run(inputs)];
  expected.outputs.forEach(({ name }, i) => {
    assertLess(relativeError(found.get(actual.outputs[i].name)!, wanted.get(name)!), 1e-6);
  });
}

Deno.test("Mish becomes leaky ReLU and attention goes, with its weights", async () => {
  const expected = network({ activation: "leaky", gate: "none" });
  for (const activation of ["mish", "mish in parts"] as const) {
    const { model, mish, attention } = replaceOperators(network({ activation, gate: "sigmoid" }));
    assertEquals([mish.length, attention], [2, ["sam1", "sam2"]]);
    assertEquals(model.nodes.map(({ op }) => op), expected.nodes.map(({ op }) => op));
    assertEquals([...model.weights.keys()], [...expected.weights.keys()]);
    await assertSame(model, expected);
  }
});

Deno.test("attention may keep a hard sigmoid instead", async () => {
  const given = network({ activation: "mish", gate: "sigmoid" });
  const { model, attention } = replaceOperators(given, { attention: "hard-sigmoid" });
  assertEquals(attention, ["sam1", "sam2"]);
  await assertSame(model, network({ activation: "leaky", gate: "hard-sigmoid" }));
});

Deno.test("a model without such operators comes back as it is", () => {
  const given = network({ activation: "leaky", gate: "none" });
  assert(replaceOperators(given).model === given);
});

Deno.test("swish, squeeze and excitation, gates that are read elsewhere and outputs stay", () => {
  const g = new GraphBuilder("net");
  const conv = (x: string, name: string) => g.conv(x, { name, filters: 4, kernel: 1, weights });
  let x = conv(g.input("image", [1, 3, 8, 8]), "conv1");
  x = g.mul(x, g.unary(x, "Sigmoid"));
  x = g.mul(x, g.unary(conv(g.globalAveragePool(x), "excite"), "Sigmoid"));
  const gates = g.unary(conv(x, "read twice"), "Sigmoid");
  x = g.add(g.mul(x, gates), gates);
  const other = conv(x, "of another value");
  x = g.mul(other, g.unary(conv(x, "beside"), "Sigmoid"));
  const out = g.mul(x, g.unary(conv(x, "output"), "Sigmoid"));
  const model = g.output(out).build();
  const replaced = replaceOperators(model);
  assert(replaced.model === model);
  assertEquals(replaced.attention, []);
  assert(replaceOperators(model, { attention: "hard-sigmoid" }).attention.includes("output"));
});

Deno.test("a structure of a weight that goes goes with it", () => {
  const model = network({ activation: "leaky", gate: "sigmoid" });
  const structure = (filters: number) => ({
    scheme: "filter",
    layout: { filters: 1, channels: 6, positions: "all" as const },
    kept: new Uint8Array(filters).fill(1),
  });
  const structures = new Map([["sam1.weight", structure(6)], ["conv2.weight", structure(4)]]);
  const replaced = replaceOperators({ ...model, structures });
  assertEquals([...replaced.model.structures.keys()], ["conv2.weight"]);
});
