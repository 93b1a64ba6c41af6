import { assertEquals, assertLess } from "@std/assert";
import { yolobile } from "../../../compressors/yolobile.ts";
import { relativeError } from "../../../graph/compare.ts";
import { modelCosts } from "../../../graph/costs.ts";
import type { Model } from "../../../graph/model.ts";
import { openReference } from "../../../graph/reference.ts";
import { replaceOperators } from "../../../graph/rewrites/replace_operators.ts";
import { randomInputs } from "../../../graph/testing.ts";
import { buildYolov4, type Yolov4Options } from "../yolov4.ts";

const small = (options: Yolov4Options) =>
  buildYolov4({ size: 64, width: 1 / 8, classes: 3, ...options });

async function run(model: Model) {
  await using session = await openReference(model);
  const outputs = await session.run(randomInputs(model));
  return model.outputs.map(({ name }) => outputs.get(name)!);
}

async function assertSame(actual: Model, expected: Model) {
  const [found, wanted] = [await run(actual), await run(expected)];
  wanted.forEach((value, i) => assertLess(relativeError(found[i], value), 1e-5));
}

Deno.test("YOLOv4 with Mish or attention becomes YOLObile's, by ONNX Runtime", async () => {
  const leaky = small({});
  const sam = replaceOperators(small({ attention: "sigmoid" }));
  assertEquals(sam.attention, ["sam131", "sam142", "sam153"]);
  await assertSame(sam.model, leaky);
  const hard = replaceOperators(small({ attention: "sigmoid" }), { attention: "hard-sigmoid" });
  await assertSame(hard.model, small({ attention: "hard-sigmoid" }));
  // Its weights are of another scale than those of the network that is built with leaky ReLU.
  const mish = small({ activation: "mish" }), replaced = replaceOperators(mish);
  assertEquals(replaced.mish.length, 103);
  await assertSame(replaced.model, {
    ...leaky,
    nodes: replaced.model.nodes,
    weights: mish.weights,
  });
});

Deno.test("YOLObile replaces operators before it prunes, and the target counts them", async () => {
  const given = small({ activation: "mish", attention: "sigmoid" });
  const options = yolobile.parseOptions({ operators: "replace", ratios: "v4" });
  assertEquals(yolobile.supports(given, options), { ok: true });
  assertEquals(yolobile.supports(given, { ...options, operators: "keep" }).ok, false);
  const target = { macs: 3 };
  const compressed = await yolobile.compress(given, target, {
    ...options,
    ratios: "",
  }, { seed: 1 });
  const before = modelCosts(given), after = modelCosts(compressed);
  const rate = before.macs / after.macs;
  assertEquals(rate >= 3 && rate < 3.05, true);
  assertEquals(compressed.nodes.some(({ op }) => op === "Mish"), false);
  const { layers, notes } = compressed.report;
  assertEquals(layers.reduce((sum, { denseMacs }) => sum + denseMacs, 0), before.macs);
  assertEquals(layers.reduce((sum, { macs }) => sum + macs, 0), after.macs);
  const sam = layers.find(({ layer }) => layer === "sam142")!;
  assertEquals([sam.decision, sam.macs, sam.params], ["removed", 0, 0]);
  assertEquals(notes[0], "operators: 103 Mish became leaky ReLU, 3 attention modules were removed");
});
