import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { Random } from "../../graph/random.ts";
import { loadClip } from "./clip.ts";
import { c3dProtocol } from "./protocol.ts";
import { encodePng, noise, npyFile, npyHeader, strip, withFolder } from "./testing.ts";

const options = { seed: 1 };

Deno.test("loadClip() generates moving shapes without a path", async () => {
  const clip = await loadClip(undefined, c3dProtocol, options);
  assertEquals(clip.description, "generated moving shapes (seed 1)");
  assertEquals(clip.tensor.shape, [1, 3, 16, 112, 112]);
  assert(clip.tensor.data.every((value) => value >= -128 && value <= 255));
  const other = await loadClip(undefined, c3dProtocol, { seed: 2 });
  assertNotEquals(other.tensor.data, clip.tensor.data);
});

Deno.test("loadClip() makes one clip of the same frames as folder, strip and array", async () => {
  await withFolder(async (folder) => {
    const random = new Random(71, "clip");
    const frames = Array.from({ length: 21 }, () => noise(24, 24, random));
    await Deno.mkdir(`${folder}/walk`);
    for (const [i, frame] of frames.entries()) {
      await Deno.writeFile(`${folder}/walk/${i}.png`, encodePng(frame));
    }
    await Deno.writeFile(`${folder}/walk.png`, encodePng(strip(frames)));
    const array = Uint8Array.from(frames.flatMap((frame) => [...frame.data]));
    await Deno.writeFile(`${folder}/walk.npy`, npyFile(npyHeader("|u1", [21, 24, 24, 3]), array));
    const name = folder.split("/").at(-1);

    const clip = await loadClip(`${folder}/walk`, c3dProtocol, options);
    assertEquals(clip.description, "frames of walk (21 PNG), frames 3-18 of 21");
    const ofStrip = await loadClip(`${folder}/walk.png`, c3dProtocol, options);
    assertEquals(
      ofStrip.description,
      `film strip ${name}/walk.png (21 frames), frames 3-18 of 21`,
    );
    const ofArray = await loadClip(`${folder}/walk.npy`, c3dProtocol, options);
    assertEquals(ofArray.description, `array ${name}/walk.npy (21 RGB frames), frames 3-18 of 21`);
    assertEquals(ofStrip.tensor.data, clip.tensor.data);
    assertEquals(ofArray.tensor.data, clip.tensor.data);
  });
});

Deno.test("loadClip() says when it repeats the last frame of a short video", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/short`);
    const random = new Random(72, "short");
    for (let i = 0; i < 9; i++) {
      await Deno.writeFile(`${folder}/short/${i}.png`, encodePng(noise(8, 12, random)));
    }
    const clip = await loadClip(`${folder}/short`, c3dProtocol, options);
    assertEquals(
      clip.description,
      "frames of short (9 PNG), last of 9 frames repeated 7 times",
    );
    assertEquals(clip.tensor.get(0, 1, 8, 50, 60), clip.tensor.get(0, 1, 15, 50, 60));
  });
});

Deno.test("loadClip() refuses paths that are missing or of no accepted kind", async () => {
  await withFolder(async (folder) => {
    const accepted = "as it must be a folder of frames (.png .jpg .jpeg), a film strip " +
      "(.png .jpg .jpeg), an array (.npy) or a video (.mp4 ";
    await Deno.writeTextFile(`${folder}/notes.txt`, "");
    const cases = [
      ["missing.npy", "current value is a path that does not exist"],
      ["notes.txt", "current value is a file named *.txt"],
    ];
    for (const [name, value] of cases) {
      const path = `${folder}/${name}`;
      const load = () => loadClip(path, c3dProtocol, options);
      await assertRejects(load, RangeError, `Cannot load clip "${path}" ${accepted}`);
      await assertRejects(load, RangeError, value);
    }
  });
});

Deno.test("loadClip() refuses a clip of the wrong shape or type, naming what it takes", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/clip.npy`;
    const load = () => loadClip(path, c3dProtocol, options);
    await Deno.writeFile(
      path,
      npyFile(npyHeader("<f4", [3, 8, 112]), new Float32Array(3 * 8 * 112)),
    );
    await assertRejects(load, RangeError, "must be [1,3,16,112,112] or [3,16,112,112] for floats");
    await Deno.writeFile(path, npyFile(npyHeader("<i8", [1]), new Uint8Array(8)));
    await assertRejects(load, TypeError, "current value is <i8");
    await Deno.writeTextFile(path, "not an array");
    await assertRejects(load, SyntaxError, `Cannot read array "${path}"`);
    await Deno.writeTextFile(`${folder}/strip.png`, "not an image");
    await assertRejects(
      () => loadClip(`${folder}/strip.png`, c3dProtocol, options),
      SyntaxError,
      `Cannot read image "${folder}/strip.png"`,
    );
  });
});

Deno.test("loadClip() refuses a file that it may not read", async () => {
  const { stat } = Deno;
  // Root may read every file, so the refusal is the test's own.
  Deno.stat = () => Promise.reject(new Deno.errors.PermissionDenied("Permission denied"));
  try {
    await assertRejects(
      () => loadClip("clip.npy", c3dProtocol, options),
      RangeError,
      'Cannot load clip "clip.npy" as it must be readable: current value is Permission denied',
    );
  } finally {
    Deno.stat = stat;
  }
});

Deno.test("loadClip() ends when it is aborted", async () => {
  const reason = new Error("enough");
  await assertRejects(
    () => loadClip(undefined, c3dProtocol, { seed: 1, signal: AbortSignal.abort(reason) }),
    Error,
    "enough",
  );
  const controller = new AbortController();
  const loading = loadClip(undefined, c3dProtocol, { seed: 1, signal: controller.signal });
  controller.abort(reason);
  await assertRejects(() => loading, Error, "enough");
});
