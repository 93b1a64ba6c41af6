import {
  assert,
  assertEquals,
  assertExists,
  assertGreater,
  assertGreaterOrEqual,
  assertLess,
  assertLessOrEqual,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { findCompressor } from "../compressors/registry.ts";
import { perceptron } from "../compressors/testing.ts";
import { type Device, DeviceUnavailableError } from "../devices/device.ts";
import { openOnnxRuntime } from "../devices/onnxruntime.ts";
import { UnsupportedModelError } from "../devices/peers/protocol.ts";
import { openDevice } from "../devices/registry.ts";
import { modelCosts } from "../graph/costs.ts";
import type { Model } from "../graph/model.ts";
import { readOnnx } from "../graph/onnx/read.ts";
import { openReference } from "../graph/reference.ts";
import { randomInputs } from "../graph/testing.ts";
import { openCl } from "../kernels/testing/opencl.ts";
import { withFolder } from "../suites/datasets/testing.ts";
import { peerRow } from "../suites/rows.ts";
import { tinySuite } from "../suites/testing.ts";
import type { PlannedCase } from "./case.ts";
import { admit, type PreparedCase } from "./measure/prepared.ts";
import { setupOf } from "./measure/testdata/mock_run.ts";
import { Preparation, type PrepareContext } from "./prepare.ts";
import { RunStore } from "./records/store.ts";
import { changedHost, type HostChange, tinyCases } from "./testdata/tiny_run.ts";

const ALL = tinySuite.rows.map(({ method }) => method);
const model = tinySuite.buildModel(1);
const host = await openDevice("host");

/** Prepares cases on this machine, with some things changed. */
async function prepareAll(
  cases: readonly PlannedCase[],
  change: Partial<PrepareContext> & HostChange & { readonly of?: Model } = {},
  test: (prepared: readonly PreparedCase[], folder: string) => void | Promise<void> = () => {},
): Promise<readonly PreparedCase[]> {
  const { of: network = model, onLoad, error, ...context } = change;
  const prepared: PreparedCase[] = [];
  await withFolder(async (folder) => {
    await using device = onLoad || error
      ? await changedHost({ ...(onLoad && { onLoad }), ...(error && { error }) })
      : await openDevice("host");
    const inputs = randomInputs(network);
    const preparation = new Preparation({
      ...{ model: network, inputs, folder },
      device: () => device,
      ...context,
    });
    for (const planned of cases) prepared.push(await preparation.prepare(planned));
    await test(prepared, folder);
  });
  return prepared;
}

function rowOf(prepared: readonly PreparedCase[], label: string): PreparedCase {
  const row = prepared.find((candidate) => candidate.label === label);
  assert(row, label);
  return row;
}

Deno.test("every method is prepared on this machine, with an output like ONNX Runtime's", async () => {
  const cases = tinyCases(ALL);
  await prepareAll(cases, {}, async (prepared) => {
    assertEquals(prepared.length, tinySuite.rows.length + 2);
    for (const row of prepared) {
      assertEquals([row.status, row.reason], ["ok", undefined], row.label);
      assertExists(row.program);
      assertGreater((await Deno.stat(row.program.path)).size, 100);
      if (row.role === "peer") continue;
      assertExists(row.relativeError);
      assertLessOrEqual(row.relativeError, 1e-5, row.label);
      assertEquals(row.tolerance, 1e-4, row.label);
    }
  });
});

Deno.test({
  name: `programs are lowered for the kernels of the device, and agree there (${openCl.needs})`,
  ignore: !openCl.device,
  async fn() {
    await using device = await openDevice("opencl:0:untuned");
    const packing = (row: PreparedCase) =>
      row.layers.some(({ kind }) => /^(winograd|dense_convolution)/.test(kind));
    const cases = tinyCases(ALL), here = await prepareAll(cases);
    assert(here.some(packing), "nothing here has a form for processors alone");
    for (const row of await prepareAll(cases, { device: () => device })) {
      assertEquals([row.status, row.reason], ["ok", undefined], row.label);
      assertEquals(packing(row), false, row.label);
      if (row.role !== "peer") assertLessOrEqual(row.relativeError ?? NaN, 1e-5, row.label);
    }
  },
});

Deno.test({
  name: `halves are held to what their rounding explains (${openCl.needs})`,
  ignore: !openCl.device,
  async fn() {
    await using device = await openDevice("opencl:0:fp16:untuned");
    for (const row of await prepareAll(tinyCases(ALL), { device: () => device })) {
      if (row.role === "peer") continue;
      assertEquals(admit(row).status, "ok", `${row.label}: ${row.reason}`);
      assertGreater(row.relativeError!, 1e-4, "floats were stored");
      assertLess(row.relativeError!, row.tolerance!, row.label);
      assertEquals(row.tolerance, 1e-2);
    }
  },
});

Deno.test("numbers of a prepared case are those of the compressed model and its stored arrays", async () => {
  const dense = modelCosts(model);
  for (const row of await prepareAll(tinyCases(ALL))) {
    if (row.role === "peer") continue;
    const { method, options: raw, rate, seed } = row.spec;
    const { copy: _, ...options } = raw;
    const compressor = findCompressor(method);
    const compressed = await compressor
      .compress(model, { macs: rate }, compressor.parseOptions(options), { seed });
    const { macs, params } = modelCosts(compressed);
    assertEquals([row.macs, row.params], [macs, params], row.label);
    assertEquals(row.rate, dense.macs / macs);
    assertGreaterOrEqual(row.rate ?? 0, rate - 1e-9);
    const { notes } = compressed.report;
    assertEquals(row.notes.slice(0, notes.length), notes);
    // The lowering tells which layers it computes as dense ones.
    for (const choice of row.notes.slice(notes.length)) {
      assertStringIncludes(choice, "dense form, as sparse kernels would be slower: conv");
    }
    // Every kept weight is a float; rows and columns may be filled up to whole registers.
    assertGreaterOrEqual(row.valueBytes ?? 0, 4 * params);
    // Winograd's algorithm has 36 values for 9 weights, and a dense form those that were pruned.
    const grown = row.layers.some(({ kind }) => kind.startsWith("winograd")) ? 36 / 9 : 1;
    const stored = row.notes.length > notes.length ? dense.params : params;
    assertLess(row.valueBytes ?? Infinity, 1.5 * 4 * grown * stored);
    const sum = (of: "macs" | "valueBytes" | "indexBytes") =>
      row.layers.reduce((total, layer) => total + layer[of], 0);
    assertEquals(sum("macs"), macs, row.label);
    assertEquals([sum("valueBytes"), sum("indexBytes")], [row.valueBytes, row.indexBytes]);
  }
});

Deno.test("layers tell what was decided for the layer that they come from", async () => {
  const prepared = await prepareAll(tinyCases(["tucker", "rt3d"]));
  const core = rowOf(prepared, "tucker tucker-2 + svd").layers
    .find(({ operator }) => operator === "conv2/core");
  assertEquals(core?.layer, "conv2");
  assertStringIncludes(core?.decision ?? "", "R3=");
  const [first] = rowOf(prepared, "dense").layers;
  assertEquals(first.kind, "convolution + relu + max_pool");
  assertEquals(first.decision, "dense");
});

Deno.test("the peer gets the dense network as an ONNX file", async () => {
  await prepareAll(tinyCases([]), {}, async (prepared) => {
    const { program, ...peer } = rowOf(prepared, "onnxruntime dense");
    assertEquals(program?.kind, "onnx");
    const read = await readOnnx(program?.path ?? "");
    assertEquals(modelCosts(read).macs, modelCosts(model).macs);
    assertEquals([peer.rate, peer.macs], [1, modelCosts(model).macs]);
    assertEquals([peer.relativeError, peer.valueBytes], [undefined, undefined]);
  });
});

/** The cases of a run with one more peer engine. */
function casesWithPeer(engine: string): readonly PlannedCase[] {
  const rows = [...tinySuite.rows.filter(({ role }) => role === "baseline"), peerRow(engine)];
  return tinyCases([], { rows });
}

Deno.test("another peer gets the same file, and its output is compared with ONNX Runtime's", async () => {
  const paths: string[] = [];
  const peer: Device = {
    ...await openOnnxRuntime(),
    id: "another",
    async load(program, options) {
      paths.push(program.path);
      const session = await openReference(program.path, options);
      return {
        notes: ["it ran as it was"],
        run: (inputs) => session.run(inputs),
        measure: () => Promise.reject(new Error("not asked for")),
        [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
      };
    },
  };
  const prepared = await prepareAll(casesWithPeer("another"), {
    device: (id) => id === "another" ? peer : host,
  });
  const { status, relativeError, notes, program, rate } = rowOf(prepared, "another dense");
  assertEquals([status, notes, rate], ["ok", ["it ran as it was"], 1]);
  assertLess(relativeError!, 1e-6);
  assertEquals(paths, [program?.path]);
});

Deno.test("a peer that is missing, or cannot run the model, is skipped with the reason", async () => {
  const missing = ["no Python with Engine: apt-get install engine"];
  for (
    const [error, reason] of [
      [new DeviceUnavailableError("another", missing), missing[0]],
      [new UnsupportedModelError("there is no TopK"), "there is no TopK"],
    ] as const
  ) {
    const load = () => Promise.reject(error);
    const peer: Device = { ...await openOnnxRuntime(), id: "another", load };
    const prepared = await prepareAll(casesWithPeer("another"), {
      device: (id) => id === "another" ? peer : host,
    });
    const row = rowOf(prepared, "another dense");
    assertEquals(row.status, "skipped");
    assertStringIncludes(row.reason!, reason);
    assertEquals(rowOf(prepared, "dense").status, "ok");
  }
});

Deno.test("a rate that a method cannot reach skips its row and tells the highest", async () => {
  const prepared = await prepareAll(tinyCases(["tucker", "unstructured"], { rate: 5.1 }));
  assertEquals(rowOf(prepared, "unstructured").status, "ok");
  const { status, reason, program } = rowOf(prepared, "tucker tucker-2 + svd");
  assertEquals([status, program], ["skipped", undefined]);
  assertStringIncludes(reason ?? "", "the rate of macs must be at most 4.7");
});

Deno.test("a method that does not support the network is skipped with its reason", async () => {
  const cases = tinyCases(["rt3d", "tucker"]).filter(({ role }) => role === "subject");
  const prepared = await prepareAll(cases, { of: perceptron() });
  const { status, reason } = rowOf(prepared, "rt3d filter");
  assertEquals(status, "skipped");
  assertStringIncludes(reason ?? "", "has no layer to prune besides");
});

Deno.test("a row that goes wrong fails with its reason, and the others are prepared", async () => {
  const [dense] = tinyCases([]);
  const wrong = (method: string, options: PlannedCase["spec"]["options"]): PlannedCase => (
    { spec: { ...dense.spec, method, options }, role: "subject" }
  );
  const prepared = await prepareAll([
    wrong("rt4d", {}),
    wrong("rt3d", { scheme: "kgz" }),
    dense,
  ]);
  assertEquals(prepared.map(({ status }) => status), ["failed", "failed", "ok"]);
  assertStringIncludes(prepared[0].reason ?? "", 'did you mean "rt3d"');
  assertStringIncludes(prepared[1].reason ?? "", '"scheme" must be one of');
});

Deno.test("a program that cannot be loaded fails, and keeps what is known without running it", async () => {
  const onLoad = () => {
    throw new Error("no memory");
  };
  const [row] = await prepareAll(tinyCases([]), { onLoad });
  assertEquals([row.status, row.reason], ["failed", "no memory"]);
  assertEquals(row.macs, modelCosts(model).macs);
});

Deno.test("a device that computes something else makes the row invalid, without a time", async () => {
  const [row] = await prepareAll(tinyCases([]), { error: 0.5 });
  assertGreater(row.relativeError ?? 0, 0.01);
  await withFolder((folder) => {
    const store = RunStore.create(folder, setupOf());
    store.addPrepared(row);
    const [{ status, reason }] = store.progress.prepared;
    assertEquals(status, "invalid");
    assertStringIncludes(reason ?? "", "relative error of the output must be at most 0.0001");
    return Promise.resolve();
  });
});

Deno.test("cases that run the same program share it, and check it once for each thread count", async () => {
  const loads: string[] = [];
  const onLoad = (path: string, threads: number) => loads.push(`${path} on ${threads}`);
  const cases = tinyCases(["unstructured"], { threads: [1, 2] });
  const prepared = await prepareAll(cases, { onLoad });
  // Baseline, its direct form, its copy, the peer and one method, on 1 and on 2 threads.
  assertEquals(prepared.length, 10);
  assertEquals(new Set(prepared.map(({ id }) => id)).size, 10);
  assertEquals(new Set(prepared.map(({ program }) => program?.path)).size, 4);
  assertEquals(loads.length, 6);
  assertEquals(new Set(loads).size, 6);
  assertEquals(prepared.map(({ spec }) => spec.threads), [1, 1, 1, 1, 1, 2, 2, 2, 2, 2]);
});

Deno.test("peak memory is told where the device can, and is at least what is stored", async () => {
  const [row] = await prepareAll(tinyCases([]));
  assertGreater(row.peakBytes ?? Infinity, row.valueBytes ?? Infinity);
});

Deno.test("an abort ends the preparing, between the steps of a case as well", async () => {
  const abort = new AbortController();
  const steps: string[] = [];
  const onProgress = (step: string) => {
    steps.push(step);
    if (step.includes("conv2")) abort.abort(new Error("enough"));
  };
  const { signal } = abort;
  const cases = tinyCases(["rt3d"]).filter(({ role }) => role === "subject");
  await assertRejects(() => prepareAll(cases, { signal, onProgress }), Error, "enough");
  assert(!steps.some((step) => step.includes("conv3")));
});
