import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { Buffer } from "node:buffer";
import jpeg from "jpeg-js";
import { Random } from "../../graph/random.ts";
import { imageFoldersSource } from "./image_folders.ts";
import { encodePng, noise, plain, withFolder } from "./testing.ts";

const normalise = { mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255] };
const options = { sampleShape: [3, 14, 14], seed: 1, normalise };

async function write(folder: string, files: Record<string, Uint8Array>) {
  for (const [path, bytes] of Object.entries(files)) {
    await Deno.mkdir(`${folder}/${path.split("/").slice(0, -1).join("/")}`, { recursive: true });
    await Deno.writeFile(`${folder}/${path}`, bytes);
  }
}

const png = (colour: readonly number[], height = 20, width = 30) =>
  encodePng(plain(height, width, colour));

function jpg(height: number, width: number): Uint8Array {
  return jpeg.encode({ height, width, data: Buffer.alloc(height * width * 4, 200) }, 90).data;
}

/** Twelve pictures of two classes, without parts. */
async function writeClasses(folder: string, part = "") {
  for (let i = 0; i < 6; i++) {
    await write(folder, {
      [`${part}cat/${i}.png`]: png([10 * i, 0, 0]),
      [`${part}dog/${i}.png`]: png([0, 10 * i, 0]),
    });
  }
}

Deno.test("pictures in train and val are a set in the layout of ImageNet", async () => {
  await withFolder(async (folder) => {
    await write(folder, {
      "train/n02/b.JPEG": jpg(40, 30),
      "train/n01/a.png": png([50, 100, 150]),
      "train/n01/notes.txt": new Uint8Array(3),
      "train/n01/.hidden.png": new Uint8Array(3),
      "val/n02/c.png": png([1, 2, 3], 9, 16),
    });
    const { train, test } = await imageFoldersSource.open({ ...options, path: folder });
    assertEquals([train.size, test!.size], [2, 1]);
    assertEquals([train.classes, test!.classes], [["n01", "n02"], ["n01", "n02"]]);
    const first = await train.load(0);
    assertEquals(first.label, 0);
    assertEquals(first.values.length, 3 * 14 * 14);
    [50, 100, 150].forEach((level, c) => assertAlmostEquals(first.values[c * 196], level, 1e-4));
    const second = await train.load(1);
    assertEquals(second.label, 1);
    assertAlmostEquals(second.values[300], 200, 2);
    const third = await test!.load(0);
    assertEquals([third.label, Math.round(third.values[195])], [1, 1]);
  });
});

Deno.test("class folders alone are divided by the seed, or by split files", async () => {
  await withFolder(async (folder) => {
    await writeClasses(folder);
    const open = (seed: number) => imageFoldersSource.open({ ...options, seed, path: folder });
    const { train, test } = await open(1);
    assertEquals([train.size, test!.size], [10, 2]);
    assertEquals([(await test!.load(0)).label, (await test!.load(1)).label], [0, 1]);
    assertEquals([test!.classOf?.(0), test!.classOf?.(1)], [0, 1]);
    assertEquals((await (await open(1)).test!.load(0)).values, (await test!.load(0)).values);

    await Deno.writeTextFile(`${folder}/test.txt`, "cat/0.png\ncat/3.png\ndog/*\n");
    const split = { test: `${folder}/test.txt` };
    const divided = await imageFoldersSource.open({ ...options, path: folder, split });
    assertEquals([divided.train.size, divided.test!.size], [4, 8]);
    assertAlmostEquals((await divided.test!.load(1)).values[0], 30, 1e-4);
  });
});

Deno.test("the centre is judged, and a random part, mirrored or not, is learnt", async () => {
  await withFolder(async (folder) => {
    // Kept at 8/7 of the input, so that 14 pixels are cropped out of 16 x 24 as they are.
    const image = noise(16, 24, new Random(1));
    await write(folder, { "train/a/x.png": encodePng(image), "train/b/y.png": png([0, 0, 0]) });
    const { train, test } = await imageFoldersSource.open({ ...options, path: folder });
    assertEquals(test, undefined);
    const level = (y: number, x: number, c: number) => image.data[(y * 24 + x) * 3 + c];
    const centre = (await train.load(0)).values;
    for (const [c, y, x] of [[0, 0, 0], [1, 5, 13], [2, 13, 2]]) {
      assertAlmostEquals(centre[c * 196 + y * 14 + x], level(1 + y, 5 + x, c), 1e-4);
    }
    const seen = new Set<string>();
    for (let seed = 0; seed < 60; seed++) {
      const { values } = await train.load(0, { random: new Random(seed) });
      const again = await train.load(0, { random: new Random(seed) });
      assertEquals(again.values, values);
      const places = [];
      for (let top = 0; top <= 2; top++) {
        for (let left = 0; left <= 10; left++) {
          for (const flip of [false, true]) {
            const fits = [0, 7, 13].every((i) =>
              Math.round(values[i * 14 + i]) === level(top + i, left + (flip ? 13 - i : i), 0)
            );
            if (fits) places.push(`${top} ${left} ${flip}`);
          }
        }
      }
      assertEquals(places.length, 1);
      seen.add(places[0]);
    }
    assert(seen.size > 30);
  });
});

Deno.test("a network that reads gray gets the luma", async () => {
  await withFolder(async (folder) => {
    await writeClasses(folder);
    const gray = { ...options, sampleShape: [1, 8, 8], normalise: undefined };
    const { train } = await imageFoldersSource.open({ ...gray, path: folder });
    const { values } = await train.load(0);
    assertEquals(values.length, 64);
    await assertRejects(
      async () => await imageFoldersSource.open({ ...gray, path: folder, sampleShape: [2, 8, 8] }),
      RangeError,
      "1 or 3 channels",
    );
  });
});

Deno.test("damaged pictures are named when the set is opened", async () => {
  await withFolder(async (folder) => {
    await writeClasses(folder, "train/");
    await write(folder, {
      "train/cat/empty.png": new Uint8Array(),
      "train/cat/text.jpg": new TextEncoder().encode("no picture at all, just text"),
      "train/dog/cut.jpg": jpg(20, 20).subarray(0, 12),
      "train/dog/zero.png": png([0, 0, 0]).fill(0, 16, 24),
    });
    const open = async () => await imageFoldersSource.open({ ...options, path: folder });
    for (const name of ["cat/empty.png", "cat/text.jpg", "dog/cut.jpg", "dog/zero.png"]) {
      await assertRejects(open, SyntaxError, name);
    }
    await assertRejects(open, SyntaxError, "4 faults");
  });
});

Deno.test("a picture that is damaged behind its header is named when it is loaded", async () => {
  await withFolder(async (folder) => {
    await writeClasses(folder, "train/");
    await write(folder, {
      "train/cat/cut.png": encodePng(noise(20, 20, new Random(1))).slice(0, 400),
    });
    const { train } = await imageFoldersSource.open({ ...options, path: folder });
    await assertRejects(async () => await train.load(6), SyntaxError, "cat/cut.png");
  });
});

Deno.test("a set that is not laid out as it must be is refused, with all that is wrong", async () => {
  const open = (path?: string, more = {}) => async () =>
    await imageFoldersSource.open({ ...options, path, ...more });
  await assertRejects(open(), RangeError, "no path");
  await assertRejects(open("nowhere"), RangeError, "does not exist");
  await withFolder(async (folder) => {
    await assertRejects(open(folder), RangeError, "no folder of a class");
    await write(folder, {
      "train/cat/a.png": png([0, 0, 0]),
      "train/dog/b.txt": new Uint8Array(1),
    });
    await write(folder, { "val/bird/c.png": png([0, 0, 0]), "file.png": png([0, 0, 0]) });
    await assertRejects(open(folder), RangeError, "train/dog has no pictures");
    await assertRejects(open(folder), RangeError, "class bird is in val but not in train");
    await assertRejects(open(`${folder}/file.png`), RangeError, "a file named *.png");
    await assertRejects(open(folder, { split: { test: "t.txt" } }), RangeError, "a split file");
  });
});
