import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import config from "../deno.json" with { type: "json" };
import { readOnnx } from "../graph/onnx/read.ts";
import { writeOnnx } from "../graph/onnx/write.ts";
import { values } from "../graph/tensor.ts";
import { residualNet } from "../graph/testing/nets.ts";
import { readTraining } from "../harness/training/folder.ts";
import { withFolder } from "../suites/datasets/testing.ts";
import { provenanceOf } from "../suites/provenance.ts";
import { compressTask } from "./compress.ts";
import { captured, runTask } from "./testing.ts";
import { trainTask } from "./train.ts";

const train = (...words: string[]) => captured(() => trainTask(words));

/** A training that takes seconds: 2000 images of 16x16 pixels, four filters in the first layer. */
const TINY = [
  ...["resnet-18-cifar", "--data", "textures", "--width", "0.0625", "--size", "16"],
  ...["--batch", "100", "--threads", "1", "--machine", "test"],
];

/** The names in a folder. */
const filesIn = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

/** The folder of the only training below `results`. */
function onlyRun(results: string): string {
  const trainings = join(results, "test", "training");
  const [name, ...others] = filesIn(trainings);
  assertEquals(others, []);
  return join(trainings, name);
}

Deno.test("a training leaves its curve, a page, and a network that runs; the same words the same bits", async () => {
  await withFolder(async (results) => {
    const done = await train(...TINY, "--epochs", "2", "--results", results);
    assertEquals(done.code, 0, done.stderr);
    assertMatch(done.stdout, /^top-1 +[\d.]+ %$/m);
    assertMatch(done.stdout, /^check +ONNX Runtime ran it/m);
    const folder = onlyRun(results);
    assertEquals(filesIn(folder), [
      ...["curve.csv", "curve.png", "index.html", "model.onnx", "run.json"],
    ]);
    const { record, epochs } = readTraining(folder);
    assertEquals(epochs.map(({ epoch, step }) => [epoch, step]), [[1, 20], [2, 40]]);
    assert(epochs[1].loss < epochs[0].loss, "it learns");
    assertEquals(record.metrics, ["top-1", "top-5"]);
    assertEquals(record.result?.metrics, epochs[1].metrics);
    assertEquals([record.data.train.size, record.settings.width], [2000, 0.0625]);
    assertStringIncludes(await Deno.readTextFile(join(results, "index.html")), "resnet-18-cifar");
    const out = join(results, "again.onnx");
    const again = await train(...TINY, "--epochs", "2", "--no-record", "-o", out, "--json");
    assertEquals(again.code, 0, again.stderr);
    assertEquals(await Deno.readFile(out), await Deno.readFile(join(folder, "model.onnx")));
    assertEquals(JSON.parse(again.stdout).result.sha256, record.result?.sha256);
  });
});

Deno.test("Ctrl-C keeps a checkpoint; resumed, the bits are those of a training in one go", async () => {
  await withFolder(async (results) => {
    const whole = join(results, "whole.onnx");
    const words = [...TINY, "--epochs", "5"];
    assertEquals((await train(...words, "--no-record", "-o", whole)).code, 0);
    const child = new Deno.Command(Deno.execPath(), {
      args: [...config.tasks.train.command.split(" ").slice(1), ...words, "--results", results],
      cwd: fileURLToPath(new URL("../", import.meta.url)),
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const ended = child.output();
    // The first row of the curve stands there once an epoch is over.
    for (let rows = 0; rows < 1;) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      try {
        rows = readTraining(onlyRun(results)).epochs.length;
      } catch {
        // The folder is not there yet.
      }
    }
    child.kill("SIGINT");
    const { code, stderr } = await ended;
    const said = new TextDecoder().decode(stderr);
    assertEquals(code, 130, said);
    const folder = onlyRun(results);
    assertStringIncludes(said, "resume  deno task train --resume ");
    assert(filesIn(folder).includes("checkpoint"), `${filesIn(folder)}`);

    const other = await train("--resume", folder, "--epochs", "9");
    assertStringIncludes(other.stderr, 'its own data and options: current value is "--epochs"');
    const done = await train("--resume", folder, "--json");
    assertEquals(done.code, 0, done.stderr);
    assertEquals(readTraining(folder).epochs.map(({ epoch }) => epoch), [1, 2, 3, 4, 5]);
    assertEquals(await Deno.readFile(join(folder, "model.onnx")), await Deno.readFile(whole));
    assert(!filesIn(folder).includes("checkpoint"));
    const late = await train("--resume", folder);
    assertStringIncludes(late.stderr, "the training has ended");
  });
});

Deno.test("a file is fine-tuned: what is frozen or pruned stays, the rest learns", async () => {
  await withFolder(async (folder) => {
    const [dense, pruned, out] = ["a.onnx", "b.onnx", "c.onnx"].map((name) => join(folder, name));
    const first = await train(...TINY, "--epochs", "1", "--no-record", "-o", dense);
    assertEquals(first.code, 0, first.stderr);
    const words = [dense, "--method", "yolobile", "--rate", "1.5", "-o", pruned];
    assertEquals((await captured(() => compressTask(words))).code, 0);
    const done = await train(
      ...[pruned, "--data", "textures", "--epochs", "1", "--batch", "100", "--threads", "1"],
      ...["--freeze", "conv1*", "--no-record", "-o", out],
    );
    assertEquals(done.code, 0, done.stderr);
    const before = await readOnnx(pruned), after = await readOnnx(out);
    assertEquals(provenanceOf(after), provenanceOf(before));
    assert(after.structures.size > 0);
    assertEquals([...after.structures.keys()], [...before.structures.keys()]);
    const weights = (name: string) => [before, after].map((m) => values(m.weights.get(name)!));
    const [frozen, same] = weights("conv1.weight");
    assertEquals(same, frozen);
    for (const name of after.structures.keys()) {
      const [old, learnt] = weights(name);
      assert(learnt.every((w, i) => old[i] !== 0 || w === 0), `${name} keeps its zeros`);
      assert(learnt.some((w, i) => w !== old[i]), `${name} learns`);
    }
  });
});

Deno.test("bad input is refused in one line before any work, and nothing is written", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "model.onnx"), out = join(folder, "out.onnx");
    await writeOnnx(residualNet(), path);
    const before = filesIn(folder);
    const whole = [...TINY, "--results", join(folder, "results")];
    for (
      const [words, message] of [
        [[], "one network or model must be named"],
        [["resnet-18-cifar"], "--data must be given"],
        [["resnet-18-cifarr", "--data", "textures"], 'did you mean "resnet-18-cifar"'],
        [["no.onnx", "--data", "textures"], "a path that does not exist"],
        [["c3d", "--data", "texture"], 'did you mean "textures"'],
        [["c3d", "--data", "textures"], "must be a source of clips"],
        [["c3d", "--data", "textures:folder"], "generated and takes no path"],
        [["resnet-18", "--data", "cifar10"], "needs a path"],
        [["resnet-18", "--data", `cifar10:${join(folder, "no")}`], "no"],
        [[...whole, "--frames", "8"], "reads single images"],
        [[...whole, "--width", "0"], '"width" must be in (0, 16]'],
        [[...whole, "--width", "wide"], "--width must be a number"],
        [[...whole, "--size", "1.5"], "--size must be an integer of at least 1"],
        [[...whole, "--classes", "1"], "--classes must be an integer of at least 2"],
        [[...whole, "--classes", "3"], "an output for each of 10 classes"],
        [[...whole, "--dropout", "1"], '"dropout" must be in [0, 1)'],
        [[...whole, "--epochs", "0"], "--epochs must be an integer of at least 1"],
        [[...whole, "--batch", "4000"], "must have 1 to 2000 samples"],
        [[...whole, "--rate", "0"], '"rate" must be above 0'],
        [[...whole, "--clip=-1"], "--clip must be at least 0"],
        [[...whole, "--decay", "-1"], '"decay" must be at least 0'],
        [[...whole, "--optimiser", "adan"], "must be one of sgd, adam, adamw"],
        [[...whole, "--momentum", "2"], '"momentum" must be in [0, 1)'],
        [[...whole, "--optimiser", "adam", "--momentum", "0.5"], 'has no option "momentum"'],
        [[...whole, "--schedule", "cosines"], 'Cannot read schedule "cosines"'],
        [[...whole, "--label-smoothing", "1"], '"smoothing" must be in [0, 1)'],
        [[...whole, "--temperature", "2"], "--distill must then be given"],
        [[...whole, "--distill", "no.onnx"], "a path that does not exist"],
        [[...whole, "--normalization", "group"], "must be one of batch, running"],
        [[...whole, "--keep", "first"], "must be one of last, best"],
        [[...whole, "--freeze", "convv*"], "convv*"],
        [[...whole, "--mean", "0.5"], "--mean and --std must be given together"],
        [[...whole, "--mean", "a,b,c", "--std", "1,1,1"], "--mean must be a number"],
        [[...whole, "--mean", "0,0", "--std", "1,1"], "3 finite numbers each"],
        [[...whole, "--machine", "a/b"], "machine"],
        [[...whole, "--no-record"], "--out must then be given"],
        [[...whole, "-o", folder], "a file: current value is a folder"],
        [[...whole, "-o", path], "a new file, or --force given"],
        [[...whole, "-o", join(folder, "no", "out.onnx")], "in a folder that exists"],
        [[path, "--data", "textures", "--width", "0.5"], "a model file says itself what it is"],
        [[path, "--data", "textures", "-o", path], "another file than the model"],
        [["--resume", folder], "it holds no run.json"],
        [["--resume", folder, "c3d"], "its own data and options"],
        [[...whole, "--epoch", "2"], 'did you mean "--epochs"'],
      ] satisfies [string[], string][]
    ) {
      const { code, stdout, stderr } = await train(...words);
      assertEquals([code, stdout], [1, ""], `${words}`);
      assertMatch(stderr, /^error: .+\n$/, `${words}`);
      assertStringIncludes(stderr, message);
      assertEquals(filesIn(folder), before, `${words}`);
    }
    assert(!filesIn(folder).includes(out));
  });
});

Deno.test("help and the list of networks and data are told", async () => {
  const { code, stdout } = await runTask("train", "--help");
  assertEquals(code, 0);
  assertStringIncludes(stdout, "deno task train NETWORK|MODEL.onnx --data");
  const list = (await train("--list")).stdout;
  for (const text of ["resnet-18-cifar ", "cifar10:PATH", "16x112x112", "textures "]) {
    assertStringIncludes(list, text);
  }
});
