import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { Random } from "../../graph/random.ts";
import { loadPicture, type PictureProtocol } from "./picture.ts";
import { encodePng, noise, npyFile, npyHeader, withFolder } from "./testing.ts";

const protocol: PictureProtocol = {
  name: "small",
  height: 12,
  width: 10,
  mean: [0, 0, 0],
  std: [255, 255, 255],
};
const options = { seed: 1 };

Deno.test("loadPicture() generates shapes without a path", async () => {
  const picture = await loadPicture(undefined, protocol, options);
  assertEquals(picture.description, "generated shapes (seed 1)");
  assertEquals(picture.tensor.shape, [1, 3, 12, 10]);
  assert(picture.tensor.data.every((value) => value >= 0 && value <= 1));
  const other = await loadPicture(undefined, protocol, { seed: 2 });
  assertNotEquals(other.tensor.data, picture.tensor.data);
});

Deno.test("loadPicture() makes one picture of the same pixels as file and array", async () => {
  await withFolder(async (folder) => {
    const image = noise(24, 30, new Random(81, "picture"));
    const name = folder.split("/").at(-1);
    await Deno.writeFile(`${folder}/cat.png`, encodePng(image));
    await Deno.writeFile(`${folder}/cat.npy`, npyFile(npyHeader("|u1", [24, 30, 3]), image.data));
    const ofFile = await loadPicture(`${folder}/cat.png`, protocol, options);
    const ofArray = await loadPicture(`${folder}/cat.npy`, protocol, options);
    assertEquals(ofFile.description, `picture ${name}/cat.png (24 x 30)`);
    assertEquals(ofArray.description, `array ${name}/cat.npy (24 x 30)`);
    assertEquals(ofArray.tensor.data, ofFile.tensor.data);
  });
});

Deno.test("loadPicture() takes gray uint8 arrays, and floats as they are", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/a.npy`;
    await Deno.writeFile(path, npyFile(npyHeader("|u1", [6, 5]), new Uint8Array(30).fill(51)));
    const gray = await loadPicture(path, protocol, options);
    assert(gray.tensor.data.every((value) => Math.abs(value - 0.2) < 1e-6));
    const floats = Float32Array.from({ length: 360 }, (_, i) => i);
    for (const shape of [[3, 12, 10], [1, 3, 12, 10]]) {
      await Deno.writeFile(path, npyFile(npyHeader("<f4", shape), floats));
      const { tensor, description } = await loadPicture(path, protocol, options);
      assertEquals(tensor.data, floats);
      assert(description.endsWith(`a.npy (<f4 [${shape}], used as it is)`), description);
    }
  });
});

Deno.test("loadPicture() refuses what is no picture, naming what is accepted", async () => {
  await withFolder(async (folder) => {
    const accepted =
      "as it must be a picture (.png .jpg .jpeg) or an array (.npy): current value is ";
    await Deno.writeTextFile(`${folder}/notes.txt`, "");
    await Deno.mkdir(`${folder}/pictures`);
    for (
      const [name, value] of [
        ["missing.png", "a path that does not exist"],
        ["notes.txt", "a file named *.txt"],
        ["pictures", "a folder"],
      ]
    ) {
      const path = `${folder}/${name}`;
      const load = () => loadPicture(path, protocol, options);
      await assertRejects(load, RangeError, `Cannot load picture "${path}" ${accepted}${value}`);
    }
    const path = `${folder}/a.npy`;
    const load = () => loadPicture(path, protocol, options);
    await Deno.writeFile(path, npyFile(npyHeader("<f4", [3, 12]), new Float32Array(36)));
    await assertRejects(load, RangeError, "must be [1,3,12,10] or [3,12,10] for floats");
    await Deno.writeFile(path, npyFile(npyHeader("|u1", [2, 2, 4]), new Uint8Array(16)));
    await assertRejects(load, RangeError, "current value is |u1 [2,2,4]");
    await Deno.writeTextFile(`${folder}/bad.png`, "not an image");
    await assertRejects(
      () => loadPicture(`${folder}/bad.png`, protocol, options),
      SyntaxError,
      `Cannot read image "${folder}/bad.png"`,
    );
  });
});

Deno.test("loadPicture() ends when it is aborted", async () => {
  const signal = AbortSignal.abort(new Error("enough"));
  await assertRejects(() => loadPicture(undefined, protocol, { seed: 1, signal }), Error, "enough");
});
