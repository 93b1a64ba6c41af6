import { assertEquals, assertRejects } from "@std/assert";
import { type FrameSource, openFilmStrip, openFolder } from "./frames.ts";
import { encodePng, plain, strip, withFolder } from "./testing.ts";

/** The red value of the first pixel of every frame. */
async function reds(source: FrameSource, first = 0, count = source.count): Promise<number[]> {
  const values: number[] = [];
  for await (const frame of source.read({ first, count })) values.push(frame.data[0]);
  return values;
}

Deno.test("openFolder() reads frames in natural order and passes other files over", async () => {
  await withFolder(async (folder) => {
    for (const i of [1, 2, 9, 10, 11, 100]) {
      await Deno.writeFile(`${folder}/frame${i}.png`, encodePng(plain(3, 5, [i, 0, 0])));
    }
    await Deno.writeTextFile(`${folder}/notes.txt`, "not a frame");
    await Deno.writeTextFile(`${folder}/.frame5.png`, "hidden");
    await Deno.mkdir(`${folder}/frame3.png`);
    const source = await openFolder(folder);
    assertEquals(source.description, `frames of ${folder.split("/").at(-1)} (6 PNG)`);
    assertEquals(await reds(source), [1, 2, 9, 10, 11, 100]);
    assertEquals(await reds(source, 2, 2), [9, 10]);
  });
});

Deno.test("openFolder() leaves frames that are not asked for unread", async () => {
  await withFolder(async (folder) => {
    await Deno.writeFile(`${folder}/1.png`, encodePng(plain(2, 3, [7, 0, 0])));
    await Deno.writeTextFile(`${folder}/2.png`, "damaged");
    const source = await openFolder(folder);
    assertEquals(await reds(source, 0, 1), [7]);
    await assertRejects(() => reds(source), SyntaxError, `Cannot read image "${folder}/2.png"`);
  });
});

Deno.test("openFolder() refuses a folder without frames", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/notes.txt`, "");
    await assertRejects(
      () => openFolder(folder),
      RangeError,
      `Cannot load clip "${folder}" as a folder must hold frames (.png, .jpg, .jpeg)`,
    );
  });
});

Deno.test("openFolder() refuses to take film strips for frames", async () => {
  await withFolder(async (folder) => {
    await Deno.writeFile(`${folder}/a.png`, encodePng(plain(4, 24, [0, 0, 0])));
    const source = await openFolder(folder);
    await assertRejects(() => reds(source), RangeError, "current value is a.png, 24 x 4");
  });
});

Deno.test("openFilmStrip() cuts a strip into its square frames", async () => {
  await withFolder(async (folder) => {
    const frames = [10, 20, 30].map((red) => plain(4, 4, [red, 1, 2]));
    await Deno.writeFile(`${folder}/walk.png`, encodePng(strip(frames)));
    const source = await openFilmStrip(`${folder}/walk.png`);
    assertEquals(source.count, 3);
    const read = await Array.fromAsync(source.read({ first: 1, count: 2 }));
    assertEquals(read, frames.slice(1));
  });
});

Deno.test("openFilmStrip() refuses single images and uneven widths", async () => {
  await withFolder(async (folder) => {
    for (const width of [4, 9]) {
      const path = `${folder}/${width}.png`;
      await Deno.writeFile(path, encodePng(plain(4, width, [0, 0, 0])));
      await assertRejects(() => openFilmStrip(path), RangeError, `current value is ${width} x 4`);
    }
  });
});
