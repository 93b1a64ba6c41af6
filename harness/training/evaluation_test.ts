import { assert, assertEquals, assertLess, assertRejects } from "@std/assert";
import { join } from "node:path";
import { writeOnnx } from "../../graph/onnx/write.ts";
import { withFolder } from "../../suites/datasets/testing.ts";
import { findNetwork } from "../../suites/networks.ts";
import { ENGINES } from "./engines.ts";
import { type EvaluationSettings, runEvaluation } from "./evaluation.ts";
import { tinySettings } from "./testing.ts";

/** An evaluation of a network that guesses. */
async function withNetwork(test: (settings: EvaluationSettings) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const name = join(folder, "model.onnx");
    const { small, build } = findNetwork("vgg-16-cifar");
    await writeOnnx(build({ ...small, width: 1 / 16, classes: 10, seed: 1 }), name);
    const { data, seed, threads } = tinySettings();
    await test({ name, data, extents: {}, seed, threads, engines: ENGINES, batch: 64 });
  });
}

Deno.test("both engines give the same outputs, batch by batch, padding apart", async () => {
  await withNetwork(async (settings) => {
    const seen: number[] = [];
    const { judgements, relativeError, samples } = await runEvaluation(settings, {
      onProgress: (done) => void seen.push(done),
    });
    assertEquals(samples.size, 500);
    assertEquals(seen, [64, 128, 192, 256, 320, 384, 448, 500]);
    assertEquals(judgements.map(({ engine }) => engine), ["kerf", "onnxruntime"]);
    assertEquals(judgements[0].metrics, judgements[1].metrics);
    assertLess(relativeError!, 1e-4);
    // Whatever the batch, each image is judged alone.
    const engines = ["onnxruntime"] as const;
    const single = await runEvaluation({ ...settings, engines, batch: 1 });
    assertEquals(single.judgements[0].metrics, judgements[1].metrics);
    assertEquals(single.relativeError, undefined);
  });
});

Deno.test("it can be ended, and judges by the samples that are asked for", async () => {
  await withNetwork(async (settings) => {
    const engines = ["onnxruntime"] as const;
    const found = await runEvaluation({ ...settings, engines, samples: "train" });
    assertEquals(found.samples.size, 2000);
    const interrupt = new AbortController();
    const onProgress = () => interrupt.abort(new Error("stop"));
    const { signal } = interrupt;
    await assertRejects(() => runEvaluation(settings, { signal, onProgress }), Error, "stop");
    assert(signal.aborted);
  });
});
