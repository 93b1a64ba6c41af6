import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { findCompressor } from "../compressors/registry.ts";
import { modelCosts } from "../graph/costs.ts";
import { writeOnnx } from "../graph/onnx/write.ts";
import { depthwiseNet, residualNet } from "../graph/testing/nets.ts";
import type { Inspection } from "../harness/inspection.ts";
import { withFolder } from "../suites/datasets/testing.ts";
import { inspectTask } from "./inspect.ts";
import { captured, runTask } from "./testing.ts";

Deno.test("inspect tells shapes, operators, every layer with its costs, and what schemes could remove", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "net.onnx");
    const model = residualNet();
    await writeOnnx(model, path);
    const { code, stdout, stderr } = await runTask("inspect", path);
    assertEquals([code, stderr], [0, ""]);
    assertMatch(stdout, /^model {6}residual, opset 17$/m);
    assertMatch(stdout, /^input {6}image \[1, 3, 17, 16\]$/m);
    assertMatch(stdout, /^operators {2}Conv 6, BatchNormalization 6, /m);
    assertMatch(stdout, /^native {5}all operators; /m);
    assertMatch(stdout, /^stem .*the first convolution/m);
    assertMatch(stdout, /^block2\.b .*prunable.*removable with block2\.skip$/m);
    assertMatch(stdout, /^fc .*a head/m);
    assertMatch(stdout, /^tucker tucker-2 \+ svd +up to [\d.]+× +up to [\d.]+×$/m);

    const { stdout: json } = await captured(() => inspectTask([path, "--json"]));
    const found = JSON.parse(json) as Inspection & { opset: number };
    assertEquals(found.opset, 17);
    const { denseMacs, denseParams, layers } = modelCosts(model);
    assertEquals([found.totals.denseMacs, found.totals.denseParams], [denseMacs, denseParams]);
    const weighted = layers.filter(({ weights }) => weights > 0);
    assertEquals(
      found.layers.map(({ name, macs }) => [name, macs]),
      weighted.map(({ name, macs }) => [name, macs]),
    );
  });
});

Deno.test("inspect takes suites as well as files, and tells what is pruned already", async () => {
  const suite = await captured(() => inspectTask(["resnet-18-cifar"]));
  assertEquals(suite.code, 0, suite.stderr);
  assertStringIncludes(suite.stdout, "11.2 M parameters");
  await withFolder(async (folder) => {
    const path = join(folder, "pruned.onnx");
    const { compress, parseOptions } = findCompressor("unstructured");
    const pruned = await compress.call(
      findCompressor("unstructured"),
      residualNet(),
      { macs: 2 },
      parseOptions({}),
      { seed: 1 },
    );
    await writeOnnx(pruned, path);
    const { stdout } = await captured(() => inspectTask([path]));
    assertStringIncludes(stdout, "without what is pruned already");
    assertMatch(stdout, /^yolobile .*is already pruned$/m);
  });
});

Deno.test("inspect tells why depthwise layers are left alone", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "net.onnx");
    await writeOnnx(depthwiseNet(), path);
    const { stdout } = await captured(() => inspectTask([path]));
    assertMatch(stdout, /^depthwise +Conv .* depthwise/m);
  });
});

Deno.test("inspect ends bad input in one line", async () => {
  const errorOf = async (...words: string[]) => {
    const { code, stdout, stderr } = await captured(() => inspectTask(words));
    assertEquals([code, stdout], [1, ""]);
    assert(stderr.startsWith("error: "), stderr);
    return stderr;
  };
  assertStringIncludes(await errorOf(), "one model or suite must be named");
  assertStringIncludes(await errorOf("a", "b"), 'current value is "a b"');
  assertStringIncludes(await errorOf("no.onnx"), "a path that does not exist");
  assertStringIncludes(await errorOf("vgg16"), 'did you mean "vgg-16"');
  assertStringIncludes(await errorOf("x.onnx", "--jso"), 'did you mean "--json"');
});
