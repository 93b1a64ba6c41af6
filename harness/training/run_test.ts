import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { readOnnx } from "../../graph/onnx/read.ts";
import { withFolder } from "../../suites/datasets/testing.ts";
import { TrainingFolder } from "./folder.ts";
import { runTraining } from "./run.ts";
import { fewOf, tinySettings } from "./testing.ts";

Deno.test("an interrupted training is gone on with, to the same bits", async () => {
  await withFolder(async (results) => {
    const settings = tinySettings({ results, epochs: 2, keep: "best" });
    const whole = await runTraining(settings);
    const interrupt = new AbortController();
    let place: { readonly folder?: string } | undefined;
    const reason = await assertRejects(() =>
      runTraining(settings, {
        signal: interrupt.signal,
        // In the middle of the second epoch.
        onProgress: ({ fraction }) => void (fraction > 0.7 && interrupt.abort(new Error("stop"))),
        onInterrupted: (where) => void (place = where),
      })
    );
    assertEquals(reason, interrupt.signal.reason);
    const resumed = await runTraining(settings, { resume: TrainingFolder.resume(place!.folder!) });
    assertEquals(resumed.folder, place!.folder);
    assertEquals(resumed.record.result, whole.record.result);
    assertEquals(await Deno.readFile(resumed.file), await Deno.readFile(whole.file));
  });
});

Deno.test("a training that is ended before its first step leaves nothing behind", async () => {
  await withFolder(async (results) => {
    const signal = AbortSignal.abort(new Error("stop"));
    await assertRejects(() => runTraining(tinySettings({ results }), { signal }), Error, "stop");
    const left = [...Deno.readDirSync(results)].flatMap(({ name }) =>
      [...Deno.readDirSync(join(results, name, "training"))].map((run) => run.name)
    );
    assertEquals(left, []);
  });
});

Deno.test("a detector from scratch is written with its boxes decoded, and can be trained on", async () => {
  await withFolder(async (folder) => {
    const [first, second] = ["a.onnx", "b.onnx"].map((name) => join(folder, name));
    const settings = tinySettings({
      name: "yolov4",
      data: { source: fewOf("shapes-detection", 48) },
      batch: 16,
      extents: { width: 1 / 32, size: 64 },
      out: first,
    });
    const { record } = await runTraining(settings);
    assertEquals(record.metrics[0], "AP@.5");
    const { outputs } = await readOnnx(first);
    assertEquals(outputs.map(({ name }) => name), ["boxes", "scores"]);
    const tuned = await runTraining({ ...settings, name: first, out: second, extents: {} });
    assert(tuned.record.model.weights.startsWith("a.onnx (sha256 "));
    assertEquals((await readOnnx(second)).outputs, outputs);
  });
});

Deno.test("clips are learnt, also from a teacher", async () => {
  await withFolder(async (folder) => {
    const teacher = join(folder, "teacher.onnx");
    const settings = tinySettings({
      name: "r2plus1d-18",
      data: { source: fewOf("moving-shapes", 48) },
      batch: 16,
      extents: { width: 1 / 32, size: 16, frames: 8 },
      out: teacher,
    });
    await runTraining(settings);
    const { record } = await runTraining({
      ...settings,
      out: join(folder, "student.onnx"),
      teacher: { path: teacher, alpha: 0.5 },
    });
    assertEquals([record.settings.loss, record.data.classes], ["distillation", 8]);
  });
});
