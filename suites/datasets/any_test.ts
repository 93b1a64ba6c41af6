import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertRejects,
} from "@std/assert";
import type { Model } from "../../graph/model.ts";
import { type Shape, sizeOf } from "../../graph/tensor.ts";
import { loadAny } from "./any.ts";
import { encodePng, npyFile, npyHeader, plain, withFolder } from "./testing.ts";

/** A model with inputs `x0`, `x1` and so on. */
function withInputs(...shapes: Shape[]): Model {
  return {
    name: "own",
    inputs: shapes.map((shape, i) => ({ name: `x${i}`, shape })),
    outputs: [],
    nodes: [],
    weights: new Map(),
    structures: new Map(),
    metadata: {},
  };
}

Deno.test("loadAny() makes uniform values for each input without a path", async () => {
  const model = withInputs([1, 3, 4, 5], [2, 7], [1, 3, 4, 5]);
  const { tensors, description } = await loadAny(model, { seed: 3 });
  assertEquals(description, "seeded uniform values (seed 3)");
  for (const { name, shape } of model.inputs) {
    assertEquals(tensors.get(name)!.shape, [...shape]);
    assert(tensors.get(name)!.data.every((value) => value >= 0 && value < 1));
  }
  assertNotEquals(tensors.get("x0")!.data, tensors.get("x2")!.data);
  const again = await loadAny(model, { seed: 3 });
  assertEquals(again.tensors.get("x2")!.data, tensors.get("x2")!.data);
});

Deno.test("loadAny() scales a picture into an input, channels first or last, gray, batched", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/red.png`;
    await Deno.writeFile(path, encodePng(plain(10, 20, [255, 51, 0])));
    const levels = [1, 0.2, 0];
    for (const shape of [[1, 3, 6, 7], [1, 6, 7, 3], [2, 3, 6, 7], [2, 6, 7, 3]]) {
      const { tensors, description } = await loadAny(withInputs(shape), { path, seed: 1 });
      const picture = tensors.get("x0")!;
      assertEquals(picture.shape, shape);
      assert(description.endsWith("red.png (10 x 20), scaled to 0..1"), description);
      for (let n = 0; n < shape[0]; n++) {
        for (const [c, level] of levels.entries()) {
          const value = shape[1] === 3 ? picture.get(n, c, 5, 6) : picture.get(n, 5, 6, c);
          assertAlmostEquals(value, level, 1e-6);
        }
      }
    }
    const { tensors } = await loadAny(withInputs([1, 1, 4, 4]), { path, seed: 1 });
    assertAlmostEquals(tensors.get("x0")!.get(0, 0, 3, 3), 0.299 + 0.587 * 0.2, 1e-6);
  });
});

Deno.test("loadAny() uses a float array as it is, and a uint8 array as a picture", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/a.npy`;
    const write = (dtype: string, shape: Shape, data: ArrayBufferView) =>
      Deno.writeFile(path, npyFile(npyHeader(dtype, shape), data));
    const load = async (shape: Shape) =>
      (await loadAny(withInputs(shape), { path, seed: 1 })).tensors.get("x0")!;
    for (
      const [own, given] of [[[1, 7], [1, 7]], [[1, 7], [7]], [[2, 3, 2, 2, 2], [2, 3, 2, 2, 2]]]
    ) {
      const values = Float32Array.from({ length: sizeOf(own) }, (_, i) => i - 3);
      await write("<f4", given, values);
      const tensor = await load(own);
      assertEquals([tensor.shape, tensor.data], [own, values]);
    }
    await write("|u1", [2, 2], new Uint8Array(4).fill(255));
    assert((await load([1, 3, 5, 5])).data.every((value) => value === 1));
  });
});

Deno.test("loadAny() refuses what does not fit, naming the input and what would", async () => {
  await withFolder(async (folder) => {
    const png = `${folder}/a.png`, npy = `${folder}/a.npy`;
    await Deno.writeFile(png, encodePng(plain(4, 4, [0, 0, 0])));
    await Deno.writeFile(npy, npyFile(npyHeader("<f4", [3, 5]), new Float32Array(15)));
    const refused = async (shapes: Shape[], path: string, message: string) => {
      await assertRejects(
        () => loadAny(withInputs(...shapes), { path, seed: 1 }),
        RangeError,
        `Cannot load input "${path}" as ${message}`,
      );
    };
    await refused([[1, 3, 4, 4], [1, 2]], png, 'model "own" must have one input to take a file');
    await refused(
      [[1, 16]],
      png,
      'input "x0" must be an array (.npy) of [1,16]: current value is ',
    );
    await refused(
      [[1, 3, 4, 4]],
      folder,
      'input "x0" must be a picture (.png .jpg .jpeg) or an array (.npy) of [1,3,4,4]: current value ' +
        "is a folder",
    );
    await refused(
      [[1, 3, 4, 4]],
      npy,
      'input "x0" must be floats of [1,3,4,4] or [3,4,4]: current value is <f4 [3,5]',
    );
    await refused([[1, 16]], `${folder}/no.npy`, 'input "x0" must be an array (.npy) of [1,16]');
  });
});
