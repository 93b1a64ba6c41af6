import { assert, assertGreaterOrEqual, assertLess } from "@std/assert";
import { modelCosts } from "../graph/costs.ts";
import { readOnnx } from "../graph/onnx/read.ts";
import { values } from "../graph/tensor.ts";
import { findCompressor } from "./registry.ts";
import { referenceOutput } from "./testing.ts";

const folder = new URL("../../shared/data/onnx-models/", import.meta.url);
const available = await Deno.stat(folder).then(() => true, () => false);

/** Residual networks, detectors with depthwise convolutions, one that shuffles pixels. */
const FILES = [
  "converted/cifar10_resnet20.onnx",
  "converted/mlperf_tiny_resnet8_cifar10.onnx",
  "original/version-RFB-320.onnx",
  "original/yunet_n_320_320.onnx",
  "original/super_resolution_10/model.onnx",
];

const METHODS: readonly [id: string, options: Record<string, unknown>][] = [
  ["rt3d", { scheme: "filter" }],
  ["rt3d", {}],
  ["yolobile", {}],
  ["autocompress", {}],
  ["tucker", {}],
];

for (const file of FILES) {
  Deno.test({
    name: `${file} is compressed by every method and runs (needs ../shared)`,
    ignore: !available,
    async fn() {
      const model = await readOnnx(new URL(file, folder).pathname);
      const dense = modelCosts(model);
      for (const [id, raw] of METHODS) {
        const compressor = findCompressor(id);
        const options = compressor.parseOptions(raw);
        const compressed = await compressor.compress(model, { macs: 1.7 }, options, { seed: 1 });
        const reached = dense.macs / modelCosts(compressed).macs;
        assertGreaterOrEqual(reached, 1.7 - 1e-9, id);
        assertLess(reached, compressed.structures.size > 0 ? 1.75 : 2.2, id);
        assert(values(await referenceOutput(compressed)).every(Number.isFinite), id);
      }
    },
  });
}
