import {
  assert,
  assertEquals,
  assertGreater,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { Random } from "../../graph/random.ts";
import { encodePng, hasFfmpeg, noise, plain, strip, withFolder, writeVideo } from "./testing.ts";
import { videoFoldersSource } from "./video_folders.ts";

const options = { sampleShape: [3, 4, 14, 14], seed: 1 };

/** Levels as they are, 0..255. */
const raw = { normalise: { mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255] } };

/** `count` frames of `side` x `side` whose red is 10 times their number, green as given. */
function frames(count: number, green: number, side = 16) {
  return Array.from({ length: count }, (_, t) => plain(side, side, [10 * t, green, 0]));
}

/** Writes a film strip, and makes the folder in which it is. */
async function writeStrip(path: string, count: number, green = 0) {
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  await Deno.writeFile(path, encodePng(strip(frames(count, green))));
}

async function writeFrames(folder: string, count: number, green = 0) {
  await Deno.mkdir(folder, { recursive: true });
  for (const [t, frame] of frames(count, green, 32).entries()) {
    await Deno.writeFile(`${folder}/${t}.png`, encodePng(frame));
  }
}

/** Red of the first pixel of each frame, and green of the first. */
function seen(values: Float32Array) {
  const plane = 14 * 14;
  return {
    reds: [0, 1, 2, 3].map((t) => Math.round(values[t * plane])),
    green: Math.round(values[4 * plane]),
  };
}

Deno.test("videos are film strips and folders of frames in any mix; other files are passed over", async () => {
  await withFolder(async (root) => {
    await writeStrip(`${root}/walk/a.png`, 10, 50);
    await writeFrames(`${root}/walk/b`, 9, 60);
    await writeStrip(`${root}/run/c.png`, 12, 70);
    await writeStrip(`${root}/run/.hidden.png`, 12);
    await Deno.writeTextFile(`${root}/run/notes.txt`, "not a video");
    await Deno.writeTextFile(`${root}/index.csv`, "not a class");
    const split = { train: `${root}/index.csv` };
    await Deno.writeTextFile(split.train, "walk/*");
    const progress: string[] = [];
    const { train, test } = await videoFoldersSource.open({
      ...options,
      ...raw,
      path: root,
      split,
      onProgress: (done, total) => progress.push(`${done}/${total}`),
    });
    assertEquals(progress, ["1/3", "2/3", "3/3"]);
    assertEquals([train.name, train.size, test?.name, test?.size], [
      "videos train",
      2,
      "videos test",
      1,
    ]);
    assertEquals(train.classes, ["run", "walk"]);
    const name = root.split("/").at(-1);
    assertEquals(train.description, `2 videos of ${name}, 2 classes, 4 frames 1 apart`);
    const [a, b, c] = await Promise.all([train.load(0), train.load(1), test!.load(0)]);
    assertEquals([a.label, b.label, c.label], [1, 1, 0]);
    assertEquals(seen(a.values), { reds: [30, 40, 50, 60], green: 50 });
    assertEquals(seen(b.values), { reds: [20, 30, 40, 50], green: 60 });
    assertEquals(seen(c.values), { reds: [40, 50, 60, 70], green: 70 });
  });
});

Deno.test({
  name: "videos are decoded by ffmpeg, from the middle, in training from anywhere (needs ffmpeg)",
  ignore: !await hasFfmpeg(),
  async fn() {
    await withFolder(async (root) => {
      for (const className of ["a", "b"]) await Deno.mkdir(`${root}/${className}`);
      await writeVideo(`${root}/a/x.mkv`, frames(20, 90));
      await writeVideo(`${root}/b/y.avi`, frames(20, 30));
      await writeStrip(`${root}/b/z.png`, 20, 40);
      const { train, test } = await videoFoldersSource.open({
        ...options,
        ...raw,
        path: root,
        clips: { stride: 2 },
      });
      assert(test);
      assertEquals([train.size, test.size], [2, 1]);
      const first = await train.load(0);
      assertEquals(first, { values: first.values, label: 0 });
      assertEquals(seen(first.values), { reds: [60, 80, 100, 120], green: 90 });
      const starts = new Set<number>();
      for (let seed = 0; seed < 40; seed++) {
        const draw = () => train.load(1, { random: new Random(seed, "draw") });
        const { reds } = seen((await draw()).values);
        assertEquals(reds, seen((await draw()).values).reds);
        assertEquals(reds[3] - reds[0], 60);
        starts.add(reds[0]);
      }
      assertGreater(starts.size, 5);
    });
  },
});

Deno.test("gray networks read luma", async () => {
  await withFolder(async (root) => {
    await writeStrip(`${root}/a/x.png`, 8, 100);
    const { train, test } = await videoFoldersSource.open({
      sampleShape: [1, 4, 16, 16],
      seed: 1,
      normalise: { mean: [0], std: [1 / 255] },
      path: root,
    });
    assertEquals(test, undefined);
    const { values } = await train.load(0);
    // The third frame: red 20, green 100.
    assertEquals([values.length, Math.round(values[0])], [1024, Math.round(0.299 * 20 + 58.7)]);
  });
});

Deno.test("folders train and val divide a set where no split file does", async () => {
  await withFolder(async (root) => {
    for (const [part, count] of [["train", 3], ["val", 2]] as const) {
      for (const className of ["a", "b"]) {
        for (let i = 0; i < count; i++) {
          await writeStrip(`${root}/${part}/${className}/${i}.png`, 8);
        }
      }
    }
    const { train, test } = await videoFoldersSource.open({ ...options, path: root });
    assertEquals([train.size, test?.size, train.classes], [6, 4, ["a", "b"]]);
  });
});

Deno.test("decoded frames are kept in the cache folder and read from there", async () => {
  await withFolder(async (root) => {
    await writeStrip(`${root}/set/a/x.png`, 8, 100);
    const all = { ...options, path: `${root}/set`, clips: { cache: `${root}/cache` }, memory: 0 };
    const one = await (await videoFoldersSource.open(all)).train.load(0);
    const [{ name }] = await Array.fromAsync(Deno.readDir(all.clips.cache));
    // What is in the cache is what is used.
    const bytes = await Deno.readFile(`${all.clips.cache}/${name}`);
    await Deno.writeFile(`${all.clips.cache}/${name}`, bytes.fill(0, 20));
    const dark = await (await videoFoldersSource.open(all)).train.load(0);
    assertNotEquals(dark.values, one.values);
    // A changed video has another key.
    await writeStrip(`${root}/set/a/x.png`, 9, 100);
    const changed = await (await videoFoldersSource.open(all)).train.load(0);
    assertEquals(changed.values.length, one.values.length);
    assertEquals((await Array.fromAsync(Deno.readDir(all.clips.cache))).length, 2);
  });
});

Deno.test("all damaged videos are named at once", async () => {
  await withFolder(async (root) => {
    await writeStrip(`${root}/a/sound.png`, 8);
    for (let i = 0; i < 13; i++) await Deno.writeTextFile(`${root}/a/${i}.png`, "damaged");
    const error = await assertRejects(
      () => videoFoldersSource.open({ ...options, path: root }),
      SyntaxError,
      `Cannot open videos "${root}" as its videos must be sound: current value is`,
    );
    assertStringIncludes(error.message, "/a/1");
    assertStringIncludes(error.message, "more");
    await writeStrip(`${root}/a/1.png`, 1);
    const mixed = await assertRejects(
      () => videoFoldersSource.open({ ...options, path: root }),
      RangeError,
      "the width of a film strip must be a multiple of its height",
    );
    assertStringIncludes(mixed.message, "a file of another format");
  });
});

Deno.test("short videos repeat their last frame; those of less than half a clip are named", async () => {
  await withFolder(async (root) => {
    for (const count of [3, 4, 20]) await writeStrip(`${root}/a/${count}.png`, count);
    const split = { test: `${root}/test.txt` };
    await Deno.writeTextFile(split.test, "a/3.png");
    const { train, test } = await videoFoldersSource.open({
      ...options,
      ...raw,
      path: root,
      split,
    });
    assertStringIncludes(
      test!.description,
      "4 frames 1 apart, last frame repeated in 1 short videos",
    );
    assertStringIncludes(train.description, "4 frames 1 apart");
    assertEquals(seen((await test!.load(0)).values).reds, [0, 10, 20, 20]);
    const drawn = await test!.load(0, { random: new Random(1, "draw") });
    assertEquals(seen(drawn.values).reds, [0, 10, 20, 20]);
    const rule = `Cannot open videos "${root}" as its videos must have`;
    const error = await assertRejects(
      () => videoFoldersSource.open({ ...options, path: root, clips: { stride: 3 } }),
      RangeError,
      `${rule} 5 frames or more, half of a clip of 4 that are 3 apart: current value is 2 faults`,
    );
    assertStringIncludes(error.message, "a/3.png has 3 frames");
    assertStringIncludes(error.message, "a/4.png has 4 frames");
  });
});

Deno.test("sets without videos or classes, and wrong options, are refused", async () => {
  await withFolder(async (root) => {
    const open = (more = {}) => () => videoFoldersSource.open({ ...options, path: root, ...more });
    await assertRejects(open(), RangeError, "current value is it has no folder of a class");
    await Deno.mkdir(`${root}/empty`);
    await writeStrip(`${root}/a/x.png`, 8);
    await assertRejects(open(), RangeError, "current value is empty has no videos");
    await Deno.remove(`${root}/empty`);
    await assertRejects(open({ path: `${root}/none` }), RangeError, "a path that does not exist");
    await assertRejects(open({ path: `${root}/a/x.png` }), RangeError, "a file named *.png");
    await assertRejects(open({ path: undefined }), RangeError, "current value is no path");
    await assertRejects(
      open({ clips: { stride: 0 } }),
      RangeError,
      '"stride" must be a positive integer',
    );
    await assertRejects(open({ windows: 1.5 }), RangeError, '"windows" must be a positive integer');
    await assertRejects(open({ sampleShape: [3, 14, 14] }), RangeError, "[C, T, H, W]");
    const signal = AbortSignal.abort(new Error("enough"));
    await assertRejects(open({ signal }), Error, "enough");
  });
});

Deno.test("videos without ffmpeg are refused with the package that has it", async () => {
  const path = Deno.env.get("PATH") ?? "";
  await withFolder(async (root) => {
    await Deno.mkdir(`${root}/a`);
    await Deno.writeFile(`${root}/a/x.mp4`, noise(2, 2, new Random(1)).data);
    try {
      Deno.env.set("PATH", "/nonexistent");
      await assertRejects(
        () => videoFoldersSource.open({ ...options, path: root }),
        Error,
        "Debian package ffmpeg",
      );
    } finally {
      Deno.env.set("PATH", path);
    }
  });
});
