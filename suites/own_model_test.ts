import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { findCompressor } from "../compressors/registry.ts";
import { smallC3d } from "../compressors/testing.ts";
import type { Model } from "../graph/model.ts";
import { writeOnnx } from "../graph/onnx/write.ts";
import { withBatch } from "../graph/rewrites/rebatch.ts";
import { type Tensor, tensor, values } from "../graph/tensor.ts";
import { residualNet } from "../graph/testing/nets.ts";
import { withFolder } from "./datasets/testing.ts";
import { isModelFile, openOwnModel, openSuite, reopenSuite } from "./own_model.ts";
import { provenanceOf, withProvenance } from "./provenance.ts";
import type { Suite } from "./suite.ts";
import { tinySuite } from "./testing.ts";

/** A model in a file, opened as a suite. */
async function withModel(
  model: Model,
  test: (suite: Suite, path: string) => Promise<void>,
  name = "model.onnx",
): Promise<void> {
  await withFolder(async (folder) => {
    const path = join(folder, name);
    await writeOnnx(model, path);
    await test(await openOwnModel(path), path);
  });
}

async function compressed(method: string, options: Record<string, unknown> = {}): Promise<Model> {
  const compressor = findCompressor(method);
  const parsed = compressor.parseOptions(options);
  return await compressor.compress(residualNet(), { macs: 1.5 }, parsed, { seed: 1 });
}

const rowNames = ({ rows }: Suite) => rows.map(({ method, scheme }) => `${method} ${scheme}`);

Deno.test("a model file is a suite of all rows that support it, with an input and a hash", async () => {
  await withModel(residualNet(), async (suite, path) => {
    assertEquals(suite.id, "my-net-1");
    assertStringIncludes(suite.description, "my net!1.onnx: 0.0 M parameters, ");
    const names = rowNames(suite);
    assertEquals(names.slice(0, 2), ["dense ", "onnxruntime dense"]);
    for (const name of ["rt3d filter", "yolobile block-punched 8x4", "tucker tucker-2 + svd"]) {
      assert(names.includes(name), name);
    }
    assert(!names.includes("rt3d kgs 8x4"), "the model has no 3-D convolution");
    const model = suite.buildModel(7);
    const { tensors } = await suite.loadInput(model, { seed: 1 });
    assertEquals([...tensors].map(([name, { shape }]) => ({ name, shape })), model.inputs);
    const sha256 = createHash("sha256").update(await Deno.readFile(path)).digest("hex");
    assertEquals(suite.files, [{ kind: "model", path, sha256 }]);
  }, "my net!1.onnx");
  await withModel(smallC3d(), (suite) => {
    assert(rowNames(suite).includes("rt3d kgs 8x4"));
    return Promise.resolve();
  });
});

Deno.test("a model takes another batch than its file has, and is opened with it again", async () => {
  await withModel(withBatch(residualNet(), 4), async (_, path) => {
    const suite = await openOwnModel(path, { batch: 1 });
    assertEquals(suite.buildModel(1).inputs, residualNet().inputs);
    const again = await reopenSuite(suite.id, suite.files!);
    assertEquals(again.files, suite.files);
    assertEquals(again.buildModel(1).inputs, residualNet().inputs);
    // What the file has already is no change.
    assertEquals((await openOwnModel(path, { batch: 4 })).files![0].batch, undefined);
    const refused = openSuite("tiny", { suites: [tinySuite], batch: 1, weights: path });
    assertStringIncludes(
      (await assertRejects(() => refused, RangeError)).message,
      "only model files take one",
    );
  });
});

Deno.test("weights outside the file are part of its hash", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "model.onnx");
    await writeOnnx(residualNet(1), path, { externalAbove: 0 });
    const before = await Deno.readFile(path);
    const [first] = (await openOwnModel(path)).files!;
    await writeOnnx(residualNet(2), path, { externalAbove: 0 });
    const [second] = (await openOwnModel(path)).files!;
    assertEquals(await Deno.readFile(path), before, "the file itself is the same");
    assert(first.sha256 !== second.sha256);
  });
});

Deno.test("a model that is compressed already is compared as it is", async () => {
  const pruned = await compressed("yolobile");
  await withModel(pruned, (suite) => {
    assertEquals(rowNames(suite), ["dense ", "onnxruntime dense", "as-is "]);
    assert(suite.rate >= 1.49, `${suite.rate}`);
    return Promise.resolve();
  });
  const factors = withProvenance(await compressed("tucker"), {
    method: "tucker",
    options: {},
    target: { macs: 1.5 },
    seed: 1,
  });
  await withModel(factors, (suite) => {
    assertEquals(rowNames(suite), ["dense ", "onnxruntime dense"]);
    assertStringIncludes(suite.description, "compressed already by tucker");
    return Promise.resolve();
  });
});

Deno.test("provenance is read back step by step, and what is not ours is ignored", () => {
  const step = { method: "rt3d", options: { scheme: "kgs" }, target: { macs: 2 }, seed: 1 };
  const once = withProvenance(residualNet(), step);
  assertEquals(provenanceOf(withProvenance(once, { ...step, seed: 2 })), [
    step,
    { ...step, seed: 2 },
  ]);
  for (const text of ["", "{", "7", '[{"method": 1}]', "null"]) {
    const metadata = { "kerf.compression": text };
    assertEquals(provenanceOf({ ...residualNet(), metadata }), [], text);
  }
});

Deno.test("a suite takes trained weights from a file, and both are opened again from their paths", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "trained.onnx");
    const double = ([name, weight]: [string, Tensor]) =>
      [name, tensor(values(weight).map((x) => 2 * x), weight.shape)] as const;
    const seeded = smallC3d();
    const doubled = { ...seeded, weights: new Map([...seeded.weights].map(double)) };
    await writeOnnx(doubled, path);
    const suite = await openSuite("tiny", { weights: path, suites: [tinySuite] });
    assertEquals(suite.id, "tiny");
    const [name, weight] = [...suite.buildModel(3).weights][0];
    assertEquals(values(weight)[0], 2 * values(seeded.weights.get(name)!)[0]);
    const again = await reopenSuite("tiny", suite.files!, { suites: [tinySuite] });
    assertEquals(again.files, suite.files);
    const own = await reopenSuite("trained", [{ kind: "model", path, sha256: "" }]);
    assertEquals(own.files![0].sha256, suite.files![0].sha256);
  });
});

Deno.test("what is no model is refused with its path", async () => {
  assert(isModelFile("no/such.ONNX") && !isModelFile("vgg-16"));
  const refusal = async (path: string) =>
    (await assertRejects(() => openSuite(path), Error)).message;
  assertStringIncludes(await refusal("no/such.onnx"), "a path that does not exist");
  assertStringIncludes(await refusal("vgg16"), 'did you mean "vgg-16"');
  await withFolder(async (folder) => {
    const path = join(folder, "text.onnx");
    await Deno.writeTextFile(path, "not a model");
    await assertRejects(() => openSuite(path), SyntaxError);
    await Deno.mkdir(join(folder, "folder.onnx"));
    assertStringIncludes(await refusal(join(folder, "folder.onnx")), "a folder");
  });
});
