import { assert, assertEquals, assertLess, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { findCompressor } from "../compressors/registry.ts";
import type { Model } from "../graph/model.ts";
import { readOnnx } from "../graph/onnx/read.ts";
import { tensor } from "../graph/tensor.ts";
import { randomInputs } from "../graph/testing.ts";
import { residualNet } from "../graph/testing/nets.ts";
import { withFolder } from "../suites/datasets/testing.ts";
import { writeChecked } from "./checked_write.ts";

const model = residualNet();
const inputs = randomInputs(model);

Deno.test("a pruned model is written with its structures, and nothing else is left behind", async () => {
  const yolobile = findCompressor("yolobile");
  const options = yolobile.parseOptions({});
  const pruned = await yolobile.compress(model, { macs: 2 }, options, { seed: 1 });
  await withFolder(async (folder) => {
    const path = join(folder, "out.onnx");
    assertLess(await writeChecked(pruned, path, inputs), 1e-5);
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["out.onnx"]);
    assertEquals((await readOnnx(path)).structures, pruned.structures);
  });
});

Deno.test("a model whose outputs are not finite is refused, and the file stays what it was", async () => {
  const [name, weight] = [...model.weights][0];
  const endless = tensor(new Float32Array(weight.data.length).fill(Infinity), weight.shape);
  const broken: Model = { ...model, weights: new Map([...model.weights, [name, endless]]) };
  await withFolder(async (folder) => {
    const path = join(folder, "out.onnx");
    await Deno.writeTextFile(path, "before");
    const { message } = await assertRejects(() => writeChecked(broken, path, inputs), Error);
    assertStringIncludes(message, "must be finite");
    assertEquals(await Deno.readTextFile(path), "before");
    assertEquals([...Deno.readDirSync(folder)].length, 1);
  });
});

Deno.test("an abort leaves nothing behind", async () => {
  await withFolder(async (folder) => {
    const signal = AbortSignal.abort(new Error("stopped"));
    const path = join(folder, "out.onnx");
    await assertRejects(() => writeChecked(model, path, inputs, signal), Error, "stopped");
    assert([...Deno.readDirSync(folder)].length === 0);
  });
});
