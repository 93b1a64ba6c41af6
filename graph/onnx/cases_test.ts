import {
  assert,
  assertEquals,
  assertLess,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { openReference } from "../reference.ts";
import { type Tensor, values } from "../tensor.ts";
import { randomInputs } from "../testing.ts";
import { backendCases, loadCase } from "./backend_cases.ts";
import { decodeOnnx, readOnnx } from "./read.ts";
import { DIFFERENT_CASES, REFUSED_CASES } from "./refused_cases.ts";
import { encodeOnnx } from "./write.ts";

const CASES = new URL("../../../shared/data/onnx-node-tests/", import.meta.url);
const MODELS = new URL("../../../shared/data/onnx-models/", import.meta.url);
const exists = (url: URL) => Deno.stat(url).then(() => true, () => false);

const refusals = new Map(
  REFUSED_CASES.flatMap(({ cases, message }) => cases.map((name) => [name, message] as const)),
);

/** Largest difference, relative where values are large; equal infinities and NaNs differ by 0. */
function difference(actual: Tensor | undefined, expected: Tensor): number {
  assertEquals(actual?.shape, expected.shape);
  const [a, b] = [values(actual!), values(expected)];
  return b.reduce(
    (worst, value, i) =>
      Object.is(a[i], value)
        ? worst
        : Math.max(worst, Math.abs(a[i] - value) / (1 + Math.abs(value))),
    0,
  );
}

const casesExist = await exists(CASES);

Deno.test({
  name: "each ONNX backend case, read and written again, gives what is expected (needs ../shared)",
  ignore: !casesExist,
  async fn() {
    let same = 0;
    for (const test of backendCases(CASES)) {
      if (refusals.has(test.name)) continue;
      const { bytes, inputs, outputs } = loadCase(CASES, test);
      const model = decodeOnnx(bytes);
      const again = encodeOnnx(model);
      assertEquals(decodeOnnx(again).nodes, model.nodes, test.name);
      const different = DIFFERENT_CASES.has(test.name);
      const expected = different ? await run(bytes, inputs) : outputs;
      const actual = await run(again, inputs);
      for (const [name, output] of expected) {
        const wrong = difference(actual.get(name), output);
        assert(wrong < 1e-4, `${test.name}: output "${name}" differs by ${wrong}`);
      }
      same++;
    }
    assertEquals(same, 347);
  },
});

Deno.test({
  name: "backend cases that are refused are refused for the reason listed (needs ../shared)",
  ignore: !casesExist,
  fn() {
    const left = new Set([...refusals.keys(), ...DIFFERENT_CASES.keys()]);
    for (const test of backendCases(CASES)) {
      const message = refusals.get(test.name);
      left.delete(test.name);
      if (message === undefined) continue;
      const error = assertThrows(() => decodeOnnx(loadCase(CASES, test).bytes), RangeError);
      assertStringIncludes(error.message, message, test.name);
    }
    assertEquals([...left], []);
  },
});

/** Real models, how many nodes they have, and the shape of the input where the file has none. */
const REAL: readonly (readonly [file: string, nodes: number, shape?: readonly number[]])[] = [
  ["original/mnist_8/model.onnx", 10],
  ["original/super_resolution_10/model.onnx", 10],
  ["original/version-RFB-320.onnx", 163],
  ["original/version-RFB-320_simplified.onnx", 110],
  ["original/yolox_nano.onnx", 369],
  ["original/yunet_n_320_320.onnx", 115],
  ["converted/cifar10_resnet20.onnx", 73],
  ["converted/cifar10_resnet20_jpegft.onnx", 73],
  ["converted/cifar10_resnet32.onnx", 115],
  ["converted/meshnet3d_model5_gw_ae.onnx", 19, [1, 1, 16, 12, 16]],
  ["converted/meshnet3d_model11_gw_ae.onnx", 17, [1, 1, 16, 12, 16]],
  ["converted/mlperf_tiny_resnet8_cifar10.onnx", 30],
  ["light-structure/light_squeezenet.onnx", 66],
  ["light-structure/light_inception_v1.onnx", 143],
  ["light-structure/light_resnet50.onnx", 176],
];

for (const [file, nodes, shape] of REAL) {
  Deno.test({
    name: `${file}, read and written again, gives the same outputs (needs ../shared)`,
    ignore: !await exists(new URL(file, MODELS)),
    async fn() {
      const path = new URL(file, MODELS).pathname;
      const model = await readOnnx(path, shape && { shapes: { input: shape } });
      assertEquals(model.nodes.length, nodes);
      const inputs = randomInputs(model);
      const expected = await run(Deno.readFileSync(path), inputs);
      const actual = await run(encodeOnnx(model), inputs);
      for (const { name } of model.outputs) {
        assertLess(difference(actual.get(name), expected.get(name)!), 1e-5, name);
      }
    },
  });
}

Deno.test({
  name: "weights that a graph makes itself are made, up to a limit (needs ../shared)",
  ignore: !await exists(MODELS),
  async fn() {
    for (
      const [file, parameters] of [
        ["light_bvlc_alexnet", 60_965_224],
        ["light_vgg19", 143_667_240],
      ] as const
    ) {
      const path = new URL(`light-structure/${file}.onnx`, MODELS).pathname;
      const { weights } = await readOnnx(path);
      assertEquals(weights.values().reduce((sum, { data }) => sum + data.length, 0), parameters);
      await assertRejects(() => readOnnx(path, { mostElements: 1e6 }), RangeError, "1000000");
    }
  },
});

async function run(bytes: Uint8Array, inputs: ReadonlyMap<string, Tensor>) {
  await using session = await openReference(bytes);
  return await session.run(inputs);
}
