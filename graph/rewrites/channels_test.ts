import { assertGreater, assertLess } from "@std/assert";
import { relativeError } from "../compare.ts";
import type { Model } from "../model.ts";
import { readOnnx } from "../onnx/read.ts";
import { Random } from "../random.ts";
import { openReference } from "../reference.ts";
import { sizeOf, type Tensor, tensor, values } from "../tensor.ts";
import { randomInputs } from "../testing.ts";
import {
  decoderNet,
  depthwiseNet,
  detectorNet,
  inceptionNet,
  residualNet,
} from "../testing/nets.ts";
import { type Channels, traceChannels } from "./channels.ts";
import { randomNet } from "./random_net.ts";
import { filtersOf, removeBundles } from "./shrink.ts";

/** Random bundles to keep: removes about half of those that may go, none of them a whole value. */
function randomBundles(channels: Channels, random: Random): Uint8Array {
  const kept = Uint8Array.from(
    { length: channels.count },
    (_, bundle) => channels.reason(bundle) !== undefined || random.integer(2) === 0 ? 1 : 0,
  );
  for (const { bundles } of channels.values.values()) {
    if (bundles.every((bundle) => !kept[bundle])) kept[bundles[0]] = 1;
  }
  return kept;
}

/** The model with zeros for what makes the removed channels, or is added to them. */
function zeroed(model: Model, channels: Channels, kept: Uint8Array): Model {
  const weights = new Map(model.weights);
  const zero = (name: string | undefined, bundles: Int32Array, axis = 0) => {
    const weight = name === undefined ? undefined : weights.get(name);
    if (!weight || name === undefined) return;
    const data = values(weight).slice();
    const inner = sizeOf(weight.shape.slice(axis + 1));
    data.forEach((_, i) => {
      if (!kept[bundles[Math.floor(i / inner) % weight.shape[axis]]]) data[i] = 0;
    });
    weights.set(name, tensor(data, weight.shape));
  };
  const filters = filtersOf(model, channels);
  for (const { name, op, inputs, outputs } of model.nodes) {
    const own = filters.get(name);
    const channel = channels.values.get(outputs[0]);
    if (own && op === "ConvTranspose") {
      zero(inputs[1], own.subarray(0, weights.get(inputs[1])!.shape[1]), 1);
    } else if (own) zero(inputs[1], own, op === "MatMul" ? 1 : 0);
    if (own) zero(inputs[2], own);
    if (channel && (op === "BatchNormalization" || op === "InstanceNormalization")) {
      for (const input of inputs.slice(1, 3)) zero(input, channel.bundles);
    }
    if (op === "Add" || op === "Sub") {
      for (const input of inputs) {
        const axis = (model.weights.get(input)?.shape ?? []).indexOf(channel?.bundles.length ?? -1);
        if (channel && axis >= 0) zero(input, channel.bundles, axis);
      }
    }
  }
  return { ...model, weights };
}

async function outputsOf(model: Model): Promise<Tensor[]> {
  await using session = await openReference(model);
  const outputs = await session.run(randomInputs(model));
  return model.outputs.map(({ name }) => outputs.get(name)!);
}

/** Removes random channels and compares with the model that has zeros for them. */
async function check(model: Model, random: Random): Promise<number> {
  const channels = traceChannels(model);
  const kept = randomBundles(channels, random);
  const expected = await outputsOf(zeroed(model, channels, kept));
  const actual = await outputsOf(removeBundles(model, channels, kept));
  actual.forEach((output, i) => assertLess(relativeError(output, expected[i]), 1e-5, model.name));
  return kept.filter((bit) => bit === 0).length;
}

Deno.test("networks of every family compute without channels what they do with zeros", async () => {
  const random = new Random(1, "families");
  const nets = [residualNet(), depthwiseNet(), detectorNet(), inceptionNet(), decoderNet(2)];
  for (const net of nets) assertGreater(await check(net, random), 0, net.name);
});

Deno.test("random networks compute without channels what they do with zeros", async () => {
  const random = new Random(2, "masks");
  let removed = 0;
  for (let seed = 0; seed < 60; seed++) removed += await check(randomNet(seed), random);
  assertGreater(removed, 1000);
});

const folder = new URL("../../../shared/data/onnx-models/", import.meta.url);
const available = await Deno.stat(folder).then(() => true, () => false);

Deno.test({
  name: "real networks compute without channels what they do with zeros (needs ../shared)",
  ignore: !available,
  async fn() {
    const random = new Random(3, "real");
    const files = [
      "converted/cifar10_resnet20",
      "original/version-RFB-320",
      "original/yunet_n_320_320",
    ];
    for (const file of files) {
      const model = await readOnnx(new URL(`${file}.onnx`, folder).pathname);
      assertGreater(await check(model, random), 50, file);
    }
  },
});
