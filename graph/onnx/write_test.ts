import { assert, assertEquals, assertLess, assertRejects, assertThrows } from "@std/assert";
import { relativeError } from "../compare.ts";
import type { Model } from "../model.ts";
import { Random } from "../random.ts";
import { openReference } from "../reference.ts";
import { groupGrid, type WeightStructure } from "../structure.ts";
import { tensor, values } from "../tensor.ts";
import { randomInputs, smallNet } from "../testing.ts";
import { decodeOnnx, readOnnx } from "./read.ts";
import { encodeOnnx, writeOnnx } from "./write.ts";

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

Deno.test("weights beyond the limit of a file go to another one, and are read back", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const model = structured(smallNet(2));
    const path = `${folder}/model.onnx`;
    await writeOnnx(model, path, { externalAbove: 1000 });
    const names = Array.from(Deno.readDirSync(folder), ({ name }) => name);
    assertEquals(names.sort(), ["model.onnx", "model.onnx.data"]);
    assertSameModel(await readOnnx(path), model);
    assertThrows(() => decodeOnnx(Deno.readFileSync(path)), RangeError, "has no folder");
    Deno.truncateSync(`${path}.data`, 100);
    await assertRejects(() => readOnnx(path), RangeError, "has 100 bytes");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
