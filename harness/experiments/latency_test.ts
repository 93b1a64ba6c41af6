import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { smallResNet } from "../../compressors/testing.ts";
import { modelCosts } from "../../graph/costs.ts";
import type { Model } from "../../graph/model.ts";
import { writeOnnx } from "../../graph/onnx/write.ts";
import { withBatch } from "../../graph/rewrites/rebatch.ts";
import { withFolder } from "../../suites/datasets/testing.ts";
import { factorisedNet, shrunkNet, structuredNet } from "../../suites/testing_compressed.ts";
import type { TrainedModel } from "../../suites/trained_models.ts";
import type { BenchOptions } from "../bench.ts";
import { readRun, RunStore } from "../records/store.ts";
import { exampleRun } from "../report/testdata/example_run.ts";
import type { LayerResult } from "../result.ts";
import { interrupted, SCRIPTED } from "../testdata/tiny_run.ts";
import { factorTimes } from "./factor_times.ts";
import { benchModels, type LatencyRequest, latencyRows, resumeModels } from "./latency.ts";
import { factorTable } from "./page_factors.ts";
import { latencySection } from "./page_latency.ts";

/** Networks as trainings leave them; one by a method that is none of ours. */
const ROWS: readonly (Omit<TrainedModel, "role" | "path"> & { readonly model: Model })[] = [
  {
    label: "block-punched, reweighted",
    method: "yolobile",
    options: { block: "8x4" },
    model: structuredNet(),
  },
  { label: "half the filters", method: "amc", options: {}, model: shrunkNet() },
  { label: "one shot", method: "tucker", options: {}, model: factorisedNet() },
];

/** Writes the networks, then times them. */
async function withModels(test: (request: LatencyRequest) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const dense = smallResNet();
    const rows = [];
    await writeOnnx(withBatch(dense, 4), join(folder, "dense.onnx"));
    for (const { model, ...row } of ROWS) {
      const path = join(folder, `${row.method}.onnx`);
      await writeOnnx(withBatch(model, 4), path);
      rows.push({ ...row, role: "subject" as const, path });
    }
    await test({
      id: "small-resnet-part",
      description: "small networks",
      dense: { path: join(folder, "dense.onnx") },
      rows,
      threads: [1],
      rounds: 2,
      blocks: 2,
      out: join(folder, "results"),
      machine: "test",
      command: "deno task experiment small",
    });
  });
}

Deno.test("compressed networks are timed beside the dense one and the peer, and checked", async () => {
  await withModels(async (request) => {
    const { run, folder, page, rows, interrupted } = await benchModels({ ...request, ...SCRIPTED });
    assertEquals(interrupted, false);
    assertEquals(rows.map(({ label, role, status, threads }) => [label, role, status, threads]), [
      ["dense", "baseline", "ok", 1],
      ["dense direct", "direct", "ok", 1],
      ["onnxruntime dense", "peer", "ok", 1],
      ...ROWS.map(({ label }) => [label, "subject", "ok", 1]),
    ]);
    assertEquals(latencyRows(readRun(folder)), rows);
    const own = run.cases.filter(({ role }) => role === "subject");
    for (const [i, row] of own.entries()) {
      assertEquals(row.spec.method, ROWS[i].method);
      assertEquals(row.spec.options, ROWS[i].options);
      assertEquals(row.rate, row.spec.rate);
      assert(row.relativeError! <= 1e-5, `${row.label}: ${row.relativeError}`);
      assertAlmostEquals(
        rows[3 + i].efficiency!.value,
        row.speedupDirect!.value / row.rate!,
        1e-12,
      );
      assertEquals(row.notes.some((note) => note.includes("one-shot")), false);
      assert(row.layers.some(({ decision }) => !["", "dense"].includes(decision)));
      assertMatch(row.spec.model, /^small-resnet-part@[0-9a-f]{12}@batch=1$/);
    }
    assertEquals(run.cases[0].macs, modelCosts(smallResNet()).macs);
    assertEquals(new Set(own.map(({ spec }) => spec.file)).size, 3);

    const { manifest } = run;
    assertEquals(manifest.settings.rate, undefined);
    const text = String(manifest.settings["model of amc half the filters"]);
    assertEquals(text, `amc.onnx (sha256 ${own[1].spec.file})`);
    // Records have the names of files; where they were is this machine's own.
    assert(!Deno.readTextFileSync(join(folder, "manifest.json")).includes(request.dense.path));
    assert(existsSync(page));
    const { source } = latencySection(run, "Latency <here>", "../run/index.html");
    assertStringIncludes(source, "Latency &lt;here&gt;");
    assertStringIncludes(source, 'href="./../run/index.html"');
    for (const { label } of ROWS) assertStringIncludes(source, label);
  });
});

Deno.test("an interrupted timing goes on with the same files, and with no others", async () => {
  await withModels(async (request) => {
    const whole = await benchModels({ ...request, ...SCRIPTED });
    const begin = () => benchModels({ ...request, ...interrupted((_, round) => round === 1) });
    const first = await begin();
    assertEquals(first.interrupted, true);
    const second = await resumeModels(first.folder, SCRIPTED);
    assertEquals(second.interrupted, false);
    assertEquals(
      second.rows.map(({ id, latency }) => [id, latency]),
      whole.rows.map(({ id, latency }) => [id, latency]),
    );

    const { folder } = await begin();
    const [row] = request.rows;
    const refusal = async (options: Partial<BenchOptions> = {}) =>
      (await assertRejects(() => resumeModels(folder, { ...SCRIPTED, ...options }), Error)).message;
    await Deno.copyFile(row.path, `${row.path}.kept`);
    await Deno.copyFile(request.rows[1].path, row.path);
    assertStringIncludes(await refusal(), `"${row.path}" as it must be what it was, sha256 `);
    await Deno.remove(row.path);
    assertStringIncludes(await refusal(), "a path that does not exist");
    assertEquals(RunStore.resume(folder).progress.finishedRounds, [0]);
    await Deno.rename(`${row.path}.kept`, row.path);
    assertEquals((await resumeModels(folder, SCRIPTED)).interrupted, false);
  });
});

Deno.test("times of factors stand beside the time of the layer that they came from", async () => {
  await withModels(async (request) => {
    const rows = request.rows.filter(({ method }) => method === "tucker");
    const { run, folder } = await benchModels({ ...request, rows, rounds: 1, blocks: 1 });
    const row = run.cases.find(({ role }) => role === "subject")!;
    assertEquals(row.status, "ok");
    const found = factorTimes(run);
    assertEquals(found.map(({ row, threads }) => [row.label, threads]), [
      ["tucker one shot", 1],
      ["tucker one shot", 1],
    ]);
    // Weights by 8x8 positions of the convolution.
    const macs = found.map(({ layer, denseMacs, factors }) => ({
      [layer]: denseMacs,
      ...Object.fromEntries(factors.map(({ factor, macs }) => [factor, macs])),
    }));
    assertEquals(macs, [
      { "3a": 64 * 64 * 9 * 64, in: 64 * 12 * 64, core: 12 * 20 * 9 * 64, out: 20 * 64 * 64 },
      { fc: 96 * 10, in: 96 * 5, out: 5 * 10 },
    ]);
    for (const { layer, dense, direct, factors } of found) {
      assert(dense!.value > 0 && direct!.value > 0);
      for (const { factor, microseconds } of factors) {
        // Kernels want their inputs laid out in their own way, and copies count as well.
        const own = row.layers.filter(({ operator }) =>
          `${operator}/`.startsWith(`${layer}/${factor}/`)
        );
        const sum = own.reduce((total, one) => total + one.microseconds!.value, 0);
        assertAlmostEquals(microseconds!.value, sum, 1e-9);
      }
    }
    const { source } = factorTable("Factors", found);
    // 64x64x9x64 and 64x20x64 multiply-accumulates, and the columns of both kinds of layers.
    for (
      const part of ["2.36 M<br>", "81.9 k<br>", ">core</th>", ">fc <small>factors: in 5, out 10"]
    ) {
      assertStringIncludes(source, part);
    }
    // Rows of dense layers have no factors, and records tell the same.
    assertEquals(factorTimes({ ...run, cases: run.cases.filter((other) => other !== row) }), []);
    assertEquals(factorTimes(readRun(folder)), found);
  });
});

Deno.test("a factor that runs as several operators takes the time of all of them", () => {
  const run = exampleRun();
  const [dense, ...others] = run.cases;
  const time = (value: number) => ({
    value,
    low: value - 1,
    high: value + 1,
    level: 0.95,
    rounds: 8,
  });
  const part = (operator: string, macs: number, microseconds: number): LayerResult => ({
    ...{ layer: "conv", operator, kind: "convolution", macs, params: 1, decision: "R4=2" },
    ...{ valueBytes: 4, indexBytes: 0, microseconds: time(microseconds) },
  });
  const subject = others.find(({ role }) => role === "subject")!;
  const layers = [
    part("conv/core/phase 0 1", 0, 5),
    part("conv/core/group 0", 30, 10),
    part("conv/core/group 1", 30, 11),
    part("conv/out", 7, 3),
    part("conv/out/pool", 0, 2),
    part("conv/copy", 0, 2),
  ];
  const whole = [part("conv/group 0", 50, 20), part("conv/group 1", 50, 21)];
  const [found, ...more] = factorTimes({
    ...run,
    cases: [{ ...dense, layers: whole }, { ...subject, layers }],
  });
  assertEquals(more, []);
  assertEquals(found, {
    row: { id: subject.id, label: subject.label },
    threads: subject.spec.threads,
    layer: "conv",
    decision: "R4=2",
    denseMacs: 100,
    dense: { value: 41, rounds: 8 },
    factors: [
      { factor: "core", macs: 60, microseconds: { value: 26, rounds: 8 } },
      { factor: "out", macs: 7, microseconds: { value: 5, rounds: 8 } },
    ],
  });
});
