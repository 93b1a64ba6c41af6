import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { parse } from "@std/csv";
import { type LayerCosts, modelCosts } from "../../graph/costs.ts";
import type { Model } from "../../graph/model.ts";
import { openReference } from "../../graph/reference.ts";
import { values } from "../../graph/tensor.ts";
import { randomInputs } from "../../graph/testing.ts";
import { buildC3d } from "./c3d.ts";

const fixture = new URL("../../../shared/methods/fixtures/c3d_layers.tsv", import.meta.url);
const available = await Deno.stat(fixture).then(() => true, () => false);

/** One row of the fixture, as the model has it. */
function row(model: Model, layer: LayerCosts): Record<string, string> {
  const node = model.nodes.find(({ name }) => name === layer.name)!;
  const list = (values: readonly number[]) =>
    `(${values.join(", ")}${values.length > 1 ? "" : ","})`;
  const window = node.op === "Conv" || node.op === "MaxPool"
    ? {
      kernel: list(node.attributes.kernel_shape),
      stride: list(node.attributes.strides),
      pad: list(node.attributes.pads.slice(0, 3)),
    }
    : { kernel: "", stride: "", pad: "" };
  return {
    name: layer.name,
    type: ({ Conv: "conv", MaxPool: "maxpool", Gemm: "fc" } as Record<string, string>)[layer.op],
    in: `${layer.input[1]}`,
    out: `${layer.output[1]}`,
    ...window,
    out_shape: list(layer.output.slice(1)),
    weights: `${layer.weights}`,
    params: `${layer.params}`,
    macs: `${layer.macs}`,
  };
}

Deno.test({
  name: "every layer of C3D is as in the table of layers (needs ../shared)",
  ignore: !available,
  async fn() {
    const expected = parse(await Deno.readTextFile(fixture), {
      separator: "\t",
      skipFirstRow: true,
    });
    const model = buildC3d();
    const { layers } = modelCosts(model);
    const rows = layers.filter(({ op }) => op !== "Relu" && op !== "Flatten");
    assertEquals(rows.map((layer) => row(model, layer)), expected);
  },
});

Deno.test("C3D has 78,409,573 parameters and 38.547 GMACs", () => {
  const { params, macs, denseParams, denseMacs } = modelCosts(buildC3d());
  assertEquals([params, denseParams], [78_409_573, 78_409_573]);
  assertEquals([macs, denseMacs], [38_547_378_176, 38_547_378_176]);
});

/** The shortest clip that reaches the last pool, small enough to run in a moment. */
const SMALLEST = { frames: 16, size: 32, classes: 5 };

Deno.test("weights depend on the seed only", () => {
  const data = (seed: number, name: string) =>
    values(buildC3d({ ...SMALLEST, seed }).weights.get(name)!);
  assertEquals(data(1, "conv3b.weight"), data(1, "conv3b.weight"));
  assertNotEquals(data(1, "conv1.bias"), data(2, "conv1.bias"));
});

Deno.test("no bias is zero, so that a lost bias shows", () => {
  for (const [name, bias] of buildC3d(SMALLEST).weights) {
    if (name.endsWith(".bias")) assert(values(bias).every((b) => b !== 0), name);
  }
});

Deno.test("activations keep their scale through the network in ONNX Runtime", async () => {
  const model = buildC3d(SMALLEST);
  const watched = ["conv1", "conv2", "conv3b", "conv4b", "conv5b", "fc6", "fc7", "fc8"];
  const { layers } = modelCosts(model);
  const outputs = watched.map((name) => {
    const { output } = layers.find((layer) => layer.name === name)!;
    return { name, shape: output };
  });
  await using session = await openReference({ ...model, outputs });
  for (const [name, output] of await session.run(randomInputs(model))) {
    const squares = values(output).reduce((sum, v) => sum + v * v, 0);
    const rms = Math.sqrt(squares / values(output).length);
    assert(rms > 0.1 && rms < 20, `${name}: root mean square ${rms}`);
  }
});

Deno.test("a clip too small for the pools is refused by name", () => {
  assertThrows(() => buildC3d({ frames: 4 }), RangeError, 'MaxPool "pool4" as input "conv4b/relu"');
});
