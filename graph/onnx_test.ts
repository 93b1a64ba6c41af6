import { assert, assertEquals, assertLess, assertRejects, assertThrows } from "@std/assert";
import proto, { type onnx } from "onnx-proto";
import { relativeError } from "./compare.ts";
import type { Model } from "./model.ts";
import { decodeOnnx, readOnnx } from "./onnx_read.ts";
import { encodeOnnx, writeOnnx } from "./onnx_write.ts";
import { Random } from "./random.ts";
import { openReference } from "./reference.ts";
import { groupGrid, type WeightStructure } from "./structure.ts";
import { tensor, values } from "./tensor.ts";
import { randomInputs, smallNet } from "./testing.ts";

const { AttributeProto, ModelProto, TensorProto } = proto.onnx;
const { FLOAT, INT64 } = TensorProto.DataType;

/** A random structure for every weight that is not a bias, block schemes with cropped edges. */
function structured(model: Model): Model {
  const random = new Random(1, "structures");
  const structures = new Map<string, WeightStructure>();
  for (const [name, { shape }] of model.weights) {
    if (shape.length === 1) continue;
    const positions = random.integer(2) ? "each" as const : "all" as const;
    const layout = { filters: 1 + random.integer(8), channels: 1 + random.integer(4), positions };
    const { groups } = groupGrid(shape, layout);
    const kept = Uint8Array.from({ length: groups }, () => random.integer(2));
    structures.set(name, { scheme: `random-${name}`, layout, kept });
  }
  return { ...model, structures, metadata: { author: "a test", "kerf.note": "", ü: "ß" } };
}

function assertSameModel(actual: Model, expected: Model) {
  const { weights, ...rest } = actual;
  const { weights: expectedWeights, ...expectedRest } = expected;
  assertEquals(rest, expectedRest);
  assertEquals([...weights.keys()], [...expectedWeights.keys()]);
  for (const [name, weight] of weights) {
    assertEquals(weight.shape, expectedWeights.get(name)!.shape, name);
    assertEquals(values(weight), values(expectedWeights.get(name)!), name);
  }
}

for (const spatial of [2, 3] as const) {
  Deno.test(`a ${spatial}-D model survives the file exactly, structures included`, () => {
    const model = structured(smallNet(spatial));
    assertSameModel(decodeOnnx(encodeOnnx(model)), model);
  });
}

Deno.test("encoding is deterministic and copes with values that are views", () => {
  const model = smallNet(2);
  const weight = model.weights.get("fc1.weight")!;
  const [rows, columns] = weight.shape;
  const transposed = new Float32Array(rows * columns);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) transposed[c * rows + r] = weight.get(r, c);
  }
  const view = tensor(transposed, [columns, rows]).transpose(1, 0);
  const same = { ...model, weights: new Map(model.weights).set("fc1.weight", view) };
  assertEquals(encodeOnnx(same), encodeOnnx(model));
});

Deno.test("a decoded model gives the same outputs in ONNX Runtime, and owns its weights", async () => {
  const model = smallNet(3);
  const bytes = encodeOnnx(model);
  const decoded = decodeOnnx(bytes);
  await using before = await openReference(bytes);
  const expected = await before.run(randomInputs(model));
  bytes.fill(0);
  await using after = await openReference(decoded);
  const actual = await after.run(randomInputs(model));
  assertLess(relativeError(actual.get("fc2")!, expected.get("fc2")!), 1e-6);
});

Deno.test("writing a file is whole or not at all", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const model = structured(smallNet(2));
    await writeOnnx(model, `${folder}/model.onnx`);
    assertSameModel(await readOnnx(`${folder}/model.onnx`), model);
    await Deno.mkdir(`${folder}/taken.onnx`);
    await assertRejects(() => writeOnnx(model, `${folder}/taken.onnx`), Error);
    const names = Array.from(Deno.readDirSync(folder), ({ name }) => name);
    assertEquals(names.sort(), ["model.onnx", "taken.onnx"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

const value = (name: string, ...shape: number[]): onnx.IValueInfoProto => ({
  name,
  type: {
    tensorType: { elemType: FLOAT, shape: { dim: shape.map((dimValue) => ({ dimValue })) } },
  },
});
const float = (name: string, dims: number[], floatData: number[]): onnx.ITensorProto => ({
  name,
  dims,
  dataType: FLOAT,
  floatData,
});
const ints = (name: string, ...ints: number[]) => ({
  name,
  type: AttributeProto.AttributeType.INTS,
  ints,
});
const int = (name: string, i: number) => ({ name, type: AttributeProto.AttributeType.INT, i });

function file(graph: onnx.IGraphProto): Uint8Array {
  const opsetImport = [{ domain: "com.example", version: 1 }, { domain: "", version: 13 }];
  return ModelProto.encode({ irVersion: 7, opsetImport, graph: { name: "g", ...graph } }).finish();
}

Deno.test("defaults of the standard are filled in, and float_data and old-style inputs are read", () => {
  const model = decodeOnnx(file({
    input: [value("x", 1, 1, 4, 4), value("w", 2, 1, 1, 1)],
    output: [value("y", 1, 18)],
    initializer: [float("w", [2, 1, 1, 1], [0.5, -2])],
    node: [
      { opType: "Conv", input: ["x", "w", ""], output: ["a"] },
      { opType: "MaxPool", input: ["a"], output: ["b"], attribute: [ints("kernel_shape", 2, 2)] },
      { opType: "Flatten", name: "flat", input: ["b"], output: ["y"] },
    ],
  }));
  assertEquals(model.opset, 13);
  assertEquals(model.inputs, [{ name: "x", shape: [1, 1, 4, 4] }]);
  assertEquals(values(model.weights.get("w")!), Float32Array.of(0.5, -2));
  assertEquals(model.nodes.map(({ name, inputs, attributes }) => ({ name, inputs, attributes })), [
    {
      name: "Conv_0",
      inputs: ["x", "w"],
      attributes: {
        kernel_shape: [1, 1],
        strides: [1, 1],
        pads: [0, 0, 0, 0],
        dilations: [1, 1],
        group: 1,
      },
    },
    {
      name: "MaxPool_1",
      inputs: ["a"],
      attributes: { kernel_shape: [2, 2], strides: [1, 1], pads: [0, 0, 0, 0] },
    },
    { name: "flat", inputs: ["b"], attributes: { axis: 1 } },
  ]);
});

Deno.test("everything that is not supported is listed in one error, by node", () => {
  const bytes = file({
    input: [value("x", 1, 1, 4, 4), value("batch", 0, 3)],
    output: [value("y", 1, 2)],
    initializer: [
      float("w", [2, 1, 1, 1], [0.5]),
      { name: "i", dims: [1], dataType: INT64, int64Data: [1] },
    ],
    node: [
      { name: "same", opType: "Relu", input: ["x"], output: ["a"] },
      { name: "same", opType: "Relu", input: ["a"], output: ["b"], attribute: [int("alpha", 1)] },
      { name: "soft", opType: "Softmax", input: ["b"], output: ["c"] },
      { name: "own", opType: "Relu", domain: "com.example", input: ["c"], output: ["d"] },
      {
        name: "pool",
        opType: "MaxPool",
        input: ["d"],
        output: ["e"],
        attribute: [ints("kernel_shape", 2, 2), int("ceil_mode", 1), int("strides", 2)],
      },
      { name: "fc", opType: "Gemm", input: ["e", "d"], output: ["y"] },
    ],
  });
  const { message } = assertThrows(() => decodeOnnx(bytes), RangeError);
  assertEquals(message.split("\n").map((line) => line.trim()), [
    'Cannot read ONNX model "g" as it needs what is not supported:',
    'weight "w": 1 values for shape [2,1,1,1]',
    'weight "i": type INT64 (supported: FLOAT)',
    'value "batch": shape [0,3] is not static',
    'Relu "same": another node has the same name',
    'Relu "same": unknown attribute alpha=1',
    'Softmax "soft": operator Softmax',
    'Relu "own": operator com.example.Relu',
    'MaxPool "pool": ceil_mode=1 (supported: 0)',
    'MaxPool "pool": strides must be a list of integers',
    'Gemm "fc": "d" must be an initializer',
    'Gemm "fc": transB=0 (supported: 1)',
  ]);
});

Deno.test("corrupt and truncated files are refused", () => {
  const bytes = encodeOnnx(smallNet(2));
  assertThrows(() => decodeOnnx(new Uint8Array()), SyntaxError, "no graph");
  const random = new Random(1, "truncation");
  for (let i = 0; i < 50; i++) {
    const end = 1 + random.integer(bytes.length - 1);
    const error = assertThrows(() => decodeOnnx(bytes.subarray(0, end)), Error);
    assert(error instanceof SyntaxError || error instanceof RangeError, error.constructor.name);
  }
});

Deno.test("a structure that does not fit its weight is refused", () => {
  const model = structured(smallNet(2));
  const broken = (text: string) =>
    encodeOnnx({ ...smallNet(2), metadata: { "kerf.structure/conv1.weight": text } });
  const layout = '{"filters":1,"channels":1,"positions":"each"}';
  for (
    const [text, message] of [
      ["{", "Cannot read the structure of weight"],
      ['{"scheme":"kgs"}', "fields are missing"],
      [`{"scheme":"kgs","layout":${layout},"kept":"AA=="}`, "must have 270 groups"],
      [`{"scheme":"kgs","layout":${layout},"kept":"?"}`, '"conv1.weight"'],
      [
        '{"scheme":"kgs","layout":{"filters":0,"channels":1,"positions":"all"},"kept":""}',
        "fields",
      ],
    ]
  ) {
    assertThrows(() => decodeOnnx(broken(text)), SyntaxError, message);
  }
  assert(decodeOnnx(encodeOnnx(model)).structures.size > 0);
});

const realModel = new URL("../../shared/data/onnx-models/", import.meta.url);
const available = await Deno.stat(realModel).then(() => true, () => false);
Deno.test({
  name: "real models are read or refused with all reasons (needs ../shared)",
  ignore: !available,
  async fn() {
    let refused = 0;
    for (const path of onnxFiles(realModel).slice(0, 12)) {
      try {
        await readOnnx(path);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        refused++;
      }
    }
    assertLess(0, refused);
  },
});

function onnxFiles(folder: URL): string[] {
  const files: string[] = [];
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) files.push(...onnxFiles(new URL(`${name}/`, folder)));
    else if (name.endsWith(".onnx")) files.push(new URL(name, folder).pathname);
  }
  return files.sort();
}
