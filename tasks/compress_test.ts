import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { join } from "node:path";
import { parseRates } from "../compressors/rates.ts";
import { modelCosts } from "../graph/costs.ts";
import { readOnnx } from "../graph/onnx/read.ts";
import { writeOnnx } from "../graph/onnx/write.ts";
import { openReference } from "../graph/reference.ts";
import { values } from "../graph/tensor.ts";
import { randomInputs } from "../graph/testing.ts";
import { residualNet } from "../graph/testing/nets.ts";
import { withFolder } from "../suites/datasets/testing.ts";
import { provenanceOf } from "../suites/provenance.ts";
import { compressTask } from "./compress.ts";
import { captured, runTask } from "./testing.ts";

/** A folder with a small residual network in `model.onnx`. */
async function withModel(test: (folder: string, model: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const path = join(folder, "model.onnx");
    await writeOnnx(residualNet(), path);
    await test(folder, path);
  });
}

const compress = (...words: string[]) => captured(() => compressTask(words));

/** The names in a folder. */
const filesIn = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

for (
  const [method, ...words] of [
    ["rt3d", "--scheme", "filter", "--align", "2"],
    ["yolobile"],
    ["tucker", "--align", "1"],
    ["autocompress", "--align", "1"],
    ["unstructured", "--option", "allocation=global"],
  ]
) {
  Deno.test(`${method} writes a smaller model that ONNX Runtime runs, with what was done in it`, async () => {
    await withModel(async (folder, path) => {
      const out = join(folder, "out.onnx");
      const { code, stdout, stderr } = await compress(
        ...[path, "--method", method, "--rate", "1.5", "-o", out, ...words],
      );
      assertEquals([code, stderr], [0, ""]);
      assertMatch(stdout, /^MACs {4}.* fewer\)$/m);
      assertStringIncludes(stdout, `bench   deno task bench ${out}`);
      if (method !== "tucker") assertMatch(stdout, /^stem .*dense: the first convolution$/m);
      assertEquals(filesIn(folder), ["model.onnx", "out.onnx"]);

      const model = await readOnnx(out);
      const before = modelCosts(await readOnnx(path)), after = modelCosts(model);
      assert(before.macs / after.macs >= 1.5 - 1e-9);
      const [{ target, seed, ...step }] = provenanceOf(model);
      assertEquals([step.method, target, seed], [method, { macs: 1.5 }, 1]);
      await using session = await openReference(await Deno.readFile(out));
      const [output] = (await session.run(randomInputs(model))).values();
      assert(values(output).every(Number.isFinite));
    });
  });
}

Deno.test("the same command writes the same bytes; --params counts parameters", async () => {
  await withModel(async (folder, path) => {
    const bytes = [];
    for (const name of ["a.onnx", "b.onnx"]) {
      const out = join(folder, name);
      const { code, stderr } = await compress(
        path,
        "--method=tucker",
        "--params",
        "1.4",
        "--out",
        out,
      );
      assertEquals(code, 0, stderr);
      bytes.push(await Deno.readFile(out));
    }
    assertEquals(bytes[0], bytes[1]);
    const params = async (name: string) => modelCosts(await readOnnx(join(folder, name))).params;
    assert(await params("model.onnx") / await params("a.onnx") >= 1.4);
  });
});

Deno.test("layers are chosen and kept by name, and rates saved are rates to be met", async () => {
  await withModel(async (folder, path) => {
    const rates = join(folder, "rates.json");
    const words = ["--method", "yolobile", "--rate", "1.3", "--json"];
    const first = await compress(
      ...[path, ...words, "--layers", "block*", "--keep", "*.skip", "--save-rates", rates],
      ...["-o", join(folder, "a.onnx")],
    );
    assertEquals(first.code, 0, first.stderr);
    type Layer = { layer: string; reason?: string; rate: number };
    const { layers } = JSON.parse(first.stdout) as { layers: Layer[] };
    const reasonOf = (name: string) => layers.find(({ layer }) => layer === name)?.reason;
    assertEquals(reasonOf("block2.skip"), "kept as asked");
    assertEquals(reasonOf("block1.a"), undefined);
    const saved = parseRates(await Deno.readTextFile(rates));
    assert(saved.size >= 3 && !saved.has("block2.skip"));
    const second = await compress(
      ...[path, ...words, "--rates", rates, "--layers", "block*", "--keep", "*.skip"],
      ...["-o", join(folder, "b.onnx")],
    );
    assertEquals(second.code, 0, second.stderr);
    const again = JSON.parse(second.stdout) as { layers: Layer[] };
    for (const { layer, rate } of again.layers) {
      const before = layers.find((one) => one.layer === layer)!.rate;
      assertAlmostEquals(rate, before, 0.05 * before, layer);
    }
  });
});

Deno.test("bad input is refused in one line before any work, and nothing is written", async () => {
  await withModel(async (folder, path) => {
    const out = join(folder, "out.onnx");
    const whole = [path, "--method", "rt3d", "--rate", "2", "-o", out];
    const rates = join(folder, "rates.json");
    await Deno.writeTextFile(rates, '{"layers": {"block1.a": 0.5}}');
    const before = filesIn(folder);
    for (
      const [words, message] of [
        [[], "one model or suite must be named"],
        [[path, "--rate", "2", "-o", out], "--method must be given"],
        [[path, "--method", "rt3d", "--rate", "2"], "--out must be given"],
        [[path, "--method", "rt3d", "-o", out], "one of --rate and --params must be given"],
        [[...whole, "--params", "2"], "one of --rate and --params must be given"],
        [["no.onnx", ...whole.slice(1)], "a path that does not exist"],
        [[path, "--method", "rt4d", "--rate", "2", "-o", out], 'did you mean "rt3d"'],
        [[...whole, "--scheme", "kgz"], '"scheme" must be one of'],
        [[...whole, "--option", "kgs"], "--option must be NAME=VALUE"],
        [[...whole, "--option", "blok=8x4"], 'it has no option "blok": did you mean "block"'],
        [[...whole, "--rate", "0.5"], "--rate must be at least 1"],
        [[...whole, "--rate", "1e9"], "the rate of macs must be at most"],
        [[...whole, "--align", "0"], "--align must be an integer of at least 1"],
        [[...whole, "--layers", "blok*"], 'none is named "blok*"'],
        [[...whole, "--rates", rates], 'that of "block1.a" must be a number of at least 1'],
        [[...whole, "--rates", join(folder, "no.json")], "Cannot read rates"],
        [[...whole, "-o", path], "another file than the model"],
        [[...whole, "-o", rates], "a new file, or --force given"],
        [[...whole, "-o", folder], "a file: current value is a folder"],
        [[...whole, "-o", join(folder, "no", "out.onnx")], "in a folder that exists"],
        [[...whole, "--save-rates", out], "must be different files"],
        [[...whole, "--forse"], 'did you mean "--force"'],
      ] satisfies [string[], string][]
    ) {
      const { code, stdout, stderr } = await compress(...words);
      assertEquals([code, stdout], [1, ""], `${words}`);
      assertMatch(stderr, /^error: .+\n$/);
      assertStringIncludes(stderr, message);
      assertEquals(filesIn(folder), before);
    }
    const forced = await compress(
      ...whole,
      "--scheme",
      "filter",
      "--align",
      "2",
      "-o",
      rates,
      "--force",
    );
    assertEquals(forced.code, 0, forced.stderr);
  });
});

Deno.test("the task has the permissions that it needs", async () => {
  await withModel(async (folder, path) => {
    const out = join(folder, "out.onnx");
    const done = await runTask("compress", path, "--method", "yolobile", "--rate=2", "-o", out);
    assertEquals(done.code, 0, done.stderr);
    assertStringIncludes((await runTask("compress", "--help")).stdout, "deno task compress MODEL");
    assertEquals(filesIn(folder), ["model.onnx", "out.onnx"]);
  });
});
