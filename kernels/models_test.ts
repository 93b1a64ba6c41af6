/**
 * Real networks on the native runtime, dense and compressed by each method, against ONNX Runtime on
 * the same file. With `KERF_VERBOSE` set, what was run is printed.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { COMPRESSORS } from "../compressors/registry.ts";
import { modelCosts } from "../graph/costs.ts";
import type { Model } from "../graph/model.ts";
import { readTensor } from "../graph/onnx/backend_cases.ts";
import { readOnnx } from "../graph/onnx/read.ts";
import { encodeOnnx } from "../graph/onnx/write.ts";
import { Random } from "../graph/random.ts";
import { openReference } from "../graph/reference.ts";
import { type Shape, sizeOf, type Tensor, tensor, values } from "../graph/tensor.ts";
import { randomWeights } from "../graph/testing.ts";
import { openKernels } from "./ffi.ts";
import { lower, type LoweringTarget } from "./plan/lower.ts";
import { writePlan } from "./plan/write.ts";
import { openCl } from "./testing/opencl.ts";
import { assertClose } from "./testing/run_plan.ts";

const FOLDER = new URL("../../shared/data/onnx-models/", import.meta.url);
const available = await Deno.stat(FOLDER).then(() => true, () => false);
const verbose = Deno.env.has("KERF_VERBOSE");

type Values = ReadonlyMap<string, Tensor>;

/** A network with trained weights. */
interface Trained {
  readonly file: string;
  /** Largest value of a pixel. */
  readonly most: number;
  /** Of the input, where the file leaves it open. */
  readonly shape?: Shape;
  /** Reduction of MACs that every method reaches. @default {2} */
  readonly rate?: number;
}

const TRAINED: readonly Trained[] = [
  { file: "original/mnist_8/model.onnx", most: 255 },
  { file: "original/super_resolution_10/model.onnx", most: 1, shape: [2, 1, 224, 224] },
  { file: "original/version-RFB-320.onnx", most: 1 },
  { file: "original/version-RFB-320_simplified.onnx", most: 1 },
  { file: "original/yolox_nano.onnx", most: 255 },
  { file: "original/yunet_n_320_320.onnx", most: 255 },
  { file: "converted/cifar10_resnet20.onnx", most: 2 },
  { file: "converted/cifar10_resnet20_jpegft.onnx", most: 2 },
  { file: "converted/cifar10_resnet32.onnx", most: 2 },
  { file: "converted/mlperf_tiny_resnet8_cifar10.onnx", most: 255 },
  { file: "converted/meshnet3d_model5_gw_ae.onnx", most: 1, shape: [1, 1, 32, 32, 32] },
  {
    file: "converted/meshnet3d_model11_gw_ae.onnx",
    most: 1,
    shape: [1, 1, 32, 32, 32],
    rate: 1.5,
  },
];

/**
 * Controls whose networks have no form that those of methods have not: dense with fewer filters, or
 * single weights, as the patterns of 3x3 kernels are.
 */
const WITHOUT_OWN_FORM = [
  "dense",
  "as-is",
  "pattern",
  "l1-filter",
  "l2-filter",
  "fpgm",
  "random-filter",
  "bn-slim",
  "netadapt",
  "amc",
];

/** Graphs whose weights are all alike; and methods to try on them with other weights. */
const WEIGHTLESS: readonly {
  readonly name: string;
  readonly methods: readonly string[];
  /** Reduction of MACs. @default {2} */
  readonly rate?: number;
}[] = [
  { name: "squeezenet", methods: ["rt3d", "yolobile", "tucker", "autocompress"] },
  { name: "inception_v1", methods: ["rt3d", "tucker"] },
  { name: "resnet50", methods: ["yolobile"] },
  // Most of its MACs are in grouped convolutions.
  { name: "bvlc_alexnet", methods: ["rt3d", "yolobile"], rate: 2.67 },
  { name: "vgg19", methods: [] },
];

/** Runs a model on the native runtime: on the processor, or by OpenCL. */
async function runNatively(
  model: Model,
  inputs: Values,
  target: LoweringTarget = "cpu",
): Promise<Map<string, Float32Array>> {
  const path = await Deno.makeTempFile({ suffix: ".plan" });
  try {
    const plan = lower(model, { target });
    await writePlan(plan, path);
    using kernels = await openKernels();
    const isa = target === "gpu" ? "opencl:untuned" : "";
    using network = await kernels.open(path, { threads: 2, isa });
    for (const [name, t] of inputs) network.setInput(name, Float32Array.from(values(t)));
    const outputs = await network.run();
    report("", `${plan.operators.length} operators`, `${network.arenaBytes >> 10} KiB`);
    return outputs;
  } finally {
    await Deno.remove(path);
  }
}

async function runReference(model: Model | Uint8Array, inputs: Values): Promise<Values> {
  await using session = await openReference(model, { threads: 2 });
  return await session.run(inputs);
}

/**
 * Every value to 1e-4 of the largest of its output; where all are small, to 2e-7, since that is how
 * far sigmoids of ONNX Runtime are off.
 */
function assertAgrees(
  actual: ReadonlyMap<string, Float32Array>,
  expected: Values,
  message: string,
): void {
  assertEquals([...actual.keys()].sort(), [...expected.keys()].sort());
  for (const [name, t] of expected) {
    const wanted = values(t);
    assert(wanted.every(Number.isFinite), `${message}, "${name}": ONNX Runtime's are not finite`);
    const scale = wanted.reduce((most, x) => Math.max(most, Math.abs(x)), 0.002);
    assertClose(actual.get(name)!, wanted, `${message}, "${name}"`, { tolerance: 1e-4, scale });
  }
}

/** Smooth noise of many scales, as images are. */
function images(model: Model, most: number): Values {
  return new Map(model.inputs.map(({ name, shape }) => {
    const width = shape.at(-1)!, random = new Random(1, name);
    const data = random.fillUniform(new Float32Array(sizeOf(shape)), 0, most);
    for (let i = width; i < data.length; i++) {
      data[i] = 0.2 * data[i] + 0.4 * (data[i - 1] + data[i - width]);
    }
    return [name, tensor(data, shape)];
  }));
}

function report(...cells: readonly string[]): void {
  if (verbose) console.log(cells.map((cell) => cell.padEnd(24)).join(" "));
}

/** Options with which methods that iterate for long end soon. */
const SHORTENED: Readonly<Record<string, Record<string, unknown>>> = { cp: { sweeps: 2 } };

/** Compresses by one method, mostly with its defaults; undefined where it does not support the model. */
async function compressed(model: Model, id: string, rate: number): Promise<Model | undefined> {
  const compressor = COMPRESSORS.find((candidate) => candidate.id === id)!;
  const options = compressor.parseOptions(SHORTENED[id] ?? {});
  const support = compressor.supports(model, options);
  if (support.ok) return await compressor.compress(model, { macs: rate }, options, { seed: 1 });
  report("", id, support.reason);
}

async function holdsCompressed(
  model: Model,
  inputs: Values,
  ids: readonly string[],
  rate = 2,
): Promise<number> {
  let held = 0;
  for (const id of ids) {
    const small = await compressed(model, id, rate);
    if (!small) continue;
    const reached = modelCosts(model).macs / modelCosts(small).macs;
    report(model.name, id, `${reached.toFixed(2)}x fewer MACs`);
    const expected = await runReference(encodeOnnx(small), inputs);
    assertAgrees(await runNatively(small, inputs), expected, id);
    held++;
  }
  return held;
}

for (const { file, most, shape, rate } of TRAINED) {
  const path = new URL(file, FOLDER);
  const load = async () => {
    const given = shape && { shapes: { input: shape } };
    const model = await readOnnx(path.pathname, given);
    return { model, inputs: images(model, most) };
  };

  Deno.test({
    name: `${file} runs natively as in ONNX Runtime (needs ../shared)`,
    ignore: !available,
    async fn() {
      const { model, inputs } = await load();
      report(file);
      const expected = await runReference(await Deno.readFile(path), inputs);
      assertAgrees(await runNatively(model, inputs), expected, file);
    },
  });

  Deno.test({
    name: `${file} runs by OpenCL as in ONNX Runtime (needs ../shared; ${openCl.needs})`,
    ignore: !available || !openCl.device,
    async fn() {
      const { model, inputs } = await load();
      const expected = await runReference(await Deno.readFile(path), inputs);
      assertAgrees(await runNatively(model, inputs, "gpu"), expected, file);
    },
  });

  Deno.test({
    name: `${file}, compressed by each method, runs as in ONNX Runtime (needs ../shared)`,
    ignore: !available,
    async fn() {
      const { model, inputs } = await load();
      const ids = COMPRESSORS.map(({ id }) => id).filter((id) => !WITHOUT_OWN_FORM.includes(id));
      assertEquals(await holdsCompressed(model, inputs, ids, rate), ids.length);
    },
  });
}

/** Models with data: folder, and how many sets. */
const WITH_DATA = [["mnist_8", 3], ["super_resolution_10", 1]] as const;

for (const [folder, sets] of WITH_DATA) {
  Deno.test({
    name: `${folder} gives the outputs that came with it (needs ../shared)`,
    ignore: !available,
    async fn() {
      const base = new URL(`original/${folder}/`, FOLDER);
      const model = await readOnnx(new URL("model.onnx", base).pathname);
      for (let i = 0; i < sets; i++) {
        const read = async (what: string) =>
          readTensor(await Deno.readFile(new URL(`test_data_set_${i}/${what}_0.pb`, base)))!;
        const inputs = new Map([[model.inputs[0].name, await read("input")]]);
        const expected = new Map([[model.outputs[0].name, await read("output")]]);
        assertAgrees(await runNatively(model, inputs), expected, `set ${i}`);
      }
    },
  });
}

for (const { name, methods, rate } of WEIGHTLESS) {
  const path = new URL(`light-structure/light_${name}.onnx`, FOLDER);

  Deno.test({
    name: `${name} without weights gives the output that came with it (needs ../shared)`,
    ignore: !available,
    async fn() {
      const model = await readOnnx(path.pathname), inputs = images(model, 1);
      report(name);
      const data = await Deno.readFile(path.pathname.replace(".onnx", "_output_0.pb"));
      const expected = new Map([[model.outputs[0].name, readTensor(data)!]]);
      assertAgrees(await runNatively(model, inputs), expected, name);
    },
  });

  // The time that random weights of VGG-19 take would be better spent.
  if (name === "vgg19") continue;
  Deno.test({
    name: `${name} with random weights runs as in ONNX Runtime, also compressed (needs ../shared)`,
    ignore: !available,
    async fn() {
      const light = await readOnnx(path.pathname), make = randomWeights();
      const weights = new Map(
        [...light.weights].map((
          [id, weight],
        ) => [id, weight.shape.length > 1 ? make(weight.shape, id) : weight]),
      );
      const model = { ...light, weights }, inputs = images(model, 1);
      const expected = await runReference(model, inputs);
      assertAgrees(await runNatively(model, inputs), expected, name);
      assertEquals(await holdsCompressed(model, inputs, methods, rate), methods.length);
    },
  });
}
