import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { writeOnnx } from "../graph/onnx/write.ts";
import { withFolder } from "../suites/datasets/testing.ts";
import { findNetwork } from "../suites/networks.ts";
import { evaluateTask } from "./evaluate.ts";
import { captured, runTask } from "./testing.ts";

const evaluate = (...words: string[]) => captured(() => evaluateTask(words));

/** A folder with a network in `model.onnx` that guesses. */
async function withModel(id: string, test: (model: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const path = join(folder, "model.onnx");
    const network = findNetwork(id);
    const form = { ...network.small, width: 1 / 16, classes: 10, seed: 1 };
    await writeOnnx(network.build({ ...form, size: id === "yolov4" ? 64 : 16 }), path);
    await test(path);
  });
}

Deno.test("a classifier is judged in both engines, which agree; as a file and by its weights", async () => {
  await withModel("resnet-18-cifar", async (path) => {
    const { code, stdout, stderr } = await evaluate(path, "--data", "textures");
    assertEquals(code, 0, stderr);
    assertMatch(stdout, /^ +kerf +onnxruntime$/m);
    const [, ours, peer] = /^top-1 +([\d.]+) % +([\d.]+) %$/m.exec(stdout)!;
    assertEquals(ours, peer);
    assert(Number(ours) < 40, "it only guesses");
    assertMatch(stdout, /^both agree: largest relative error of an output \d/m);
    const words = ["--width", "0.0625", "--size", "16", "--weights", path, "--json"];
    const alone = await evaluate(
      ...["resnet-18-cifar", "--data", "textures", "--engine", "onnxruntime", ...words],
    );
    assertEquals(alone.code, 0, alone.stderr);
    const { judgements, relativeError, samples } = JSON.parse(alone.stdout);
    assertEquals([judgements.length, judgements[0].engine], [1, "onnxruntime"]);
    assertEquals([relativeError, samples.size], [undefined, 500]);
    assertEquals((100 * judgements[0].metrics["top-1"]).toFixed(2), ours);
  });
});

Deno.test("a detector is judged by average precision", async () => {
  await withModel("yolov4", async (path) => {
    const words = ["--data", "shapes-detection", "--batch", "16"];
    const { code, stdout, stderr } = await evaluate(path, ...words);
    assertEquals(code, 0, stderr);
    assertMatch(stdout, /^AP@\[\.5:\.95\] +[\d.]+ % +[\d.]+ %$/m);
    assertStringIncludes(stdout, "both agree");
  });
});

Deno.test("bad input is refused in one line", async () => {
  await withModel("resnet-18-cifar", async (path) => {
    const whole = [path, "--data", "textures"];
    for (
      const [words, message] of [
        [[], "one model or network must be named"],
        [[path], "--data must be given"],
        [["no.onnx", "--data", "textures"], "a path that does not exist"],
        [["resnet-18-cifar", "--data", "textures"], "--weights must be given"],
        [["resnet-18-cifr", "--data", "textures"], 'did you mean "resnet-18-cifar"'],
        [[...whole, "--weights", path], "a model file says itself what it is"],
        [[...whole, "--engine", "torch"], "must be one of kerf, onnxruntime"],
        [[...whole, "--samples", "val"], "must be one of train, test"],
        [[...whole, "--batch", "0"], "--batch must be an integer of at least 1"],
        [[...whole, "--threads", "x"], "--threads must be a number"],
        [[path, "--data", "shapes-detection"], "as a detector"],
        [[path, "--data", "moving-shapes"], "[3,16,16]"],
        [["resnet-18-cifar", "--weights", path, "--data", "textures"], "must be, in this order"],
        [[...whole, "--engin", "kerf"], 'did you mean "--engine"'],
      ] satisfies [string[], string][]
    ) {
      const { code, stdout, stderr } = await evaluate(...words);
      assertEquals([code, stdout], [1, ""], `${words}`);
      assertStringIncludes(stderr, message);
    }
  });
});

Deno.test("the task has the permissions that it needs", async () => {
  await withModel("resnet-18-cifar", async (path) => {
    const done = await runTask("evaluate", path, "--data", "textures");
    assertEquals(done.code, 0, done.stderr);
    assertStringIncludes((await runTask("evaluate", "--help")).stdout, "deno task evaluate MODEL");
  });
});
