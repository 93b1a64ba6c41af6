import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { smallC3d } from "../compressors/testing.ts";
import { writeOnnx } from "../graph/onnx/write.ts";
import { residualNet } from "../graph/testing/nets.ts";
import type { RunResult } from "../harness/result.ts";
import { withFolder } from "../suites/datasets/testing.ts";
import { tinySuite } from "../suites/testing.ts";
import { bench } from "./bench.ts";
import { compressTask } from "./compress.ts";
import { captured } from "./testing.ts";

/** Runs a comparison in this process; gives the run, and what was told beside it. */
async function benched(out: string, ...words: string[]): Promise<RunResult> {
  const { code, stdout, stderr } = await captured(() =>
    bench([...words, "--quick", "--threads", "1", "--json", "--out", out], [tinySuite])
  );
  assertEquals(code, 0, stderr);
  return JSON.parse(stdout);
}

const rowsOf = ({ cases }: RunResult) => cases.map(({ label, status }) => `${label}: ${status}`);

Deno.test("a model of one's own is compared like a suite, and so is what compress made of it", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "net.onnx"), out = join(folder, "small.onnx");
    await writeOnnx(residualNet(), path);
    const run = await benched(join(folder, "results"), path, "--methods", "yolobile");
    assertEquals(rowsOf(run), [
      "dense: ok",
      "dense direct: ok",
      "dense: ok",
      "onnxruntime dense: ok",
      "yolobile block-punched 8x4: ok",
    ]);
    assertEquals([run.manifest.suite, run.manifest.settings.rate], ["net", 2]);
    assertMatch(String(run.manifest.settings.model), /^net\.onnx \(sha256 [0-9a-f]{64}\)$/);
    assertStringIncludes(run.manifest.input, "uniform values");
    assert(run.cases[0].activationBytes! > 0);

    const words = ["--method", "yolobile", "--rate", "2", "-o", out];
    assertEquals((await captured(() => compressTask([path, ...words]))).code, 0);
    const given = await benched(join(folder, "results"), out);
    assertEquals(rowsOf(given).at(-1), "as-is: ok");
    const asIs = given.cases.at(-1)!;
    const { stderr } = await captured(() => bench([out, "--rate", "3"], [tinySuite]));
    assertStringIncludes(stderr, '"small" is compressed already, and compared as it is');
    assert(asIs.rate! >= 2 && asIs.efficiency !== undefined);
    assertStringIncludes(
      asIs.layers.map(({ decision }) => decision).join(),
      "as given: block-punched",
    );
  });
});

Deno.test("a suite runs on weights from a file, which the records name", async () => {
  await withFolder(async (folder) => {
    const weights = join(folder, "trained.onnx");
    await writeOnnx(smallC3d(), weights);
    const run = await benched(
      ...[join(folder, "results"), "tiny", "--methods", "tucker", "--weights", weights],
    );
    assertMatch(String(run.manifest.settings.weights), /^trained\.onnx \(sha256 [0-9a-f]{64}\)$/);
    assertStringIncludes(run.manifest.command, "--weights trained.onnx");
    assertMatch(run.cases[0].spec.model, /^tiny@[0-9a-f]{12}$/);
  });
});

Deno.test("a model that cannot be read ends in one error, and nothing is written", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "no model.onnx");
    await Deno.writeTextFile(path, "nothing");
    const out = join(folder, "results");
    const { code, stdout, stderr } = await captured(() => bench([path, "--out", out], [tinySuite]));
    assertEquals([code, stdout], [1, ""]);
    assertMatch(stderr, /^error: Cannot .*\n$/);
    assertEquals([...Deno.readDirSync(folder)].length, 1);
  });
});
