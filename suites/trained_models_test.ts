import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { smallResNet } from "../compressors/testing.ts";
import { modelCosts } from "../graph/costs.ts";
import { writeOnnx } from "../graph/onnx/write.ts";
import { withBatch } from "../graph/rewrites/rebatch.ts";
import { residualNet } from "../graph/testing/nets.ts";
import { withFolder } from "./datasets/testing.ts";
import { buildYolov4 } from "./models/yolov4.ts";
import { reopenSuite } from "./own_model.ts";
import { CHANGED, factorisedNet, shrunkNet, structuredNet } from "./testing_compressed.ts";
import { openCompressed, type TrainedModel, trainedSuite } from "./trained_models.ts";

function rowOf(path: string, label: string, method = "elsewhere"): TrainedModel {
  return { label, method, options: {}, role: "subject", path };
}

/** Of the layer that is changed. */
const MACS = 64 * 64 * 9 * 64;

const about = { id: "trained", description: "small networks" };

Deno.test("structured, shrunk and factorised models of any batch are rows at a batch of 1", async () => {
  await withFolder(async (folder) => {
    const at = (name: string) => join(folder, `${name}.onnx`);
    const models = {
      structured: structuredNet(),
      shrunk: shrunkNet(),
      factorised: factorisedNet(),
    };
    await writeOnnx(withBatch(smallResNet(), 4), at("dense"));
    await writeOnnx(withBatch(models.structured, 4), at("structured"));
    await writeOnnx(withBatch(models.shrunk, 2), at("shrunk"));
    await writeOnnx(models.factorised, at("factorised"));
    const names = Object.keys(models);
    const rows = names.map((name) => rowOf(at(name), name));
    const suite = await trainedSuite({ ...about, dense: { path: at("dense") }, rows });

    const dense = suite.buildModel(1);
    assertEquals(dense.inputs[0].shape[0], 1);
    assertEquals(suite.files?.map(({ path, batch }) => [path, batch]), [[at("dense"), 1]]);
    const [baseline, peer, ...own] = suite.rows;
    assertEquals([baseline.method, peer.method], ["dense", "onnxruntime"]);
    assertEquals(own.map(({ scheme }) => scheme), names);
    const { macs } = modelCosts(smallResNet());
    for (const [i, model] of Object.values(models).entries()) {
      assertEquals(own[i].rate, macs / modelCosts(model).macs);
      const sha256 = createHash("sha256").update(await Deno.readFile(at(names[i]))).digest("hex");
      assertEquals(own[i].file, { kind: "model", path: at(names[i]), sha256 });
    }

    const words: string[] = [];
    for (const { file } of own) {
      const opened = await openCompressed(file!, dense);
      assertEquals(opened.inputs, dense.inputs);
      const { decision, denseMacs, rate } = opened.report.layers.find((one) =>
        one.layer === CHANGED
      )!;
      words.push(`${decision}, ${denseMacs} MACs before, ${rate.toFixed(3)}x`);
    }
    // 64x64x3x3 weights at 8x8 positions; of the factors 64x12 + 12x20x9 + 20x64 weights.
    assertEquals(words, [
      `block-punched 8x4: 50.0 % of the weights, ${MACS} MACs before, 2.000x`,
      `32 of 64 filters, ${MACS} MACs before, 2.000x`,
      `factors: in 12, core 20, out 64 filters, ${MACS} MACs before, ${(36864 / 4208).toFixed(3)}x`,
    ]);
    const again = await reopenSuite("trained", suite.files!);
    assertEquals(again.buildModel(1).inputs, dense.inputs);
  });
});

Deno.test("a layer that lost filters and groups tells both", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "both.onnx"), dense = { path: join(folder, "dense.onnx") };
    await writeOnnx(shrunkNet(structuredNet()), path);
    await writeOnnx(smallResNet(), dense.path);
    const suite = await trainedSuite({ ...about, dense, rows: [rowOf(path, "both")] });
    const { report } = await openCompressed(suite.rows[2].file!, suite.buildModel(1));
    const told = report.layers.filter(({ decision }) => decision !== "dense");
    assertEquals(told.map(({ layer, decision }) => `${layer}: ${decision}`), [
      "3a: 32 of 64 filters, block-punched 8x4: 50.0 % of the weights",
      "3b: input channels removed",
    ]);
  });
});

Deno.test("a detector of a batch, with its boxes decoded, is timed by one image", async () => {
  await withFolder(async (folder) => {
    const network = buildYolov4({ width: 0.125, size: 64 });
    const path = join(folder, "yolo.onnx");
    await writeOnnx(withBatch(network, 3), path);
    const suite = await trainedSuite({ ...about, dense: { path }, rows: [rowOf(path, "same")] });
    assertEquals(suite.buildModel(1).outputs, network.outputs);
    assertEquals(suite.rows[2].rate, 1);
  });
});

Deno.test("what cannot be compared is refused with its name", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "net.onnx"), other = join(folder, "other.onnx");
    await writeOnnx(smallResNet(), path);
    await writeOnnx(residualNet(), other);
    const refusal = async (rows: readonly TrainedModel[], id = "trained") => {
      const models = { ...about, id, dense: { path }, rows };
      return (await assertRejects(() => trainedSuite(models), RangeError)).message;
    };
    const row = rowOf(path, "a");
    assertStringIncludes(
      await refusal([row, row]),
      'different and not empty: current value is "a"',
    );
    assertStringIncludes(await refusal([rowOf(path, " ")]), 'current value is " "');
    assertStringIncludes(await refusal([row], "a/b"), 'current value is "a/b"');
    assertStringIncludes(await refusal([rowOf(`${path}x`, "a")]), "a path that does not exist");
    const message = await refusal([rowOf(other, "a")]);
    assertStringIncludes(message, `Cannot compare model "${other}" with "small-resnet"`);
    assertStringIncludes(message, "image [1,3,16,16] to ");

    const suite = await trainedSuite({ ...about, dense: { path }, rows: [row] });
    const { file } = suite.rows[2];
    const dense = suite.buildModel(1);
    await writeOnnx(factorisedNet(), path);
    const changed = await assertRejects(() => openCompressed(file!, dense), RangeError);
    assertStringIncludes(
      changed.message,
      `"${path}" as it must be what it was, sha256 ${file!.sha256}`,
    );
    await Deno.remove(path);
    const gone = await assertRejects(() => openCompressed(file!, dense), RangeError);
    assertStringIncludes(gone.message, "a path that does not exist");
  });
});
