import { assertEquals, assertLess, assertNotEquals } from "@std/assert";
import { Random } from "../../graph/random.ts";
import type { FrameStack } from "./frame_stack.ts";
import { clipDataset, type ClipSet, spanOf, strideOf } from "./video_clips.ts";

const identity = Float32Array.from({ length: 256 }, (_, level) => level);

/** A gray video whose level is 8 t + 4 y + x, of frames of 2 x 4 (x in 0..3). */
function video(count: number): FrameStack {
  const data = Uint8Array.from({ length: count * 8 }, (_, i) => {
    return 8 * Math.floor(i / 8) + 4 * (Math.floor(i / 4) % 2) + i % 4;
  });
  return { count, height: 2, width: 4, channels: 1, data };
}

/** Clips `[1, 3, 1, 2]`, 2 frames apart, of two videos of 11 and 5 frames. */
function clips(options: Partial<ClipSet> = {}) {
  return clipDataset({
    name: "clips",
    description: "",
    sampleShape: [1, 3, 1, 2],
    classes: ["a", "b"],
    videos: [11, 5].map((count, label) => ({ label, frames: () => Promise.resolve(video(count)) })),
    stride: 2,
    flip: true,
    windows: 1,
    tables: [identity],
    ...options,
  });
}

Deno.test("strideOf() takes half of the median video, at most 4 and what the shortest allows", () => {
  assertEquals(spanOf(16, 1), 16);
  assertEquals(spanOf(16, 4), 61);
  assertEquals(strideOf([25, 26, 27], 16), 1);
  assertEquals(strideOf([146, 61, 70], 16), 2);
  assertEquals(strideOf([900, 800, 1000], 16), 4);
  assertEquals(strideOf([900, 31, 1000], 16), 2);
  assertEquals(strideOf([900, 10, 1000], 16), 1);
  assertEquals(strideOf([900, 1, 1000], 1), 4);
});

Deno.test("clipDataset() judges by the middle of a video and of its frames", async () => {
  const set = clips();
  assertEquals(set.size, 2);
  // Of 11 frames 5 are spanned, from frame 3; row 0 of 2, columns 1 and 2 of 4.
  assertEquals(await set.load(0), {
    values: Float32Array.of(25, 26, 41, 42, 57, 58),
    label: 0,
  });
  assertEquals(await set.load(1), { values: Float32Array.of(1, 2, 17, 18, 33, 34), label: 1 });
});

Deno.test("clipDataset() spreads several windows evenly over each video", async () => {
  const set = clips({ windows: 3 });
  assertEquals(set.size, 6);
  const loaded = await Promise.all([0, 1, 2, 3, 4, 5].map((i) => set.load(i)));
  assertEquals(loaded.map(({ label }) => label), [0, 0, 0, 1, 1, 1]);
  assertEquals(loaded.map((_, i) => set.classOf?.(i)), [0, 0, 0, 1, 1, 1]);
  const first = loaded.map(({ values }) => Math.floor(values[0] / 8));
  assertEquals(first, [0, 3, 6, 0, 0, 0]);
});

Deno.test("clipDataset() draws start, crop and mirroring from the stream that it is given", async () => {
  const set = clips();
  const seen = new Set<string>();
  for (let seed = 0; seed < 1000; seed++) {
    const { values } = await set.load(0, { random: new Random(seed, "clip") });
    const again = await set.load(0, { random: new Random(seed, "clip") });
    assertEquals(values, again.values);
    // Frames stay 2 apart, whatever was drawn.
    assertEquals([values[2] - values[0], values[4] - values[2]], [16, 16]);
    seen.add(`${values[0]} ${values[1] - values[0]}`);
  }
  // 7 starts, 2 rows, 3 columns, 2 directions.
  assertEquals(seen.size, 84);
});

Deno.test("clipDataset() does not mirror where it must not", async () => {
  const set = clips({ flip: false });
  const counts = new Array<number>(7).fill(0);
  for (let seed = 0; seed < 350; seed++) {
    const { values } = await set.load(0, { random: new Random(seed, "clip") });
    assertEquals(values[1] - values[0], 1);
    counts[Math.floor(values[0] / 8)]++;
  }
  // 50 each; far beyond five standard deviations.
  for (const count of counts) assertLess(Math.abs(count - 50), 35);
  assertNotEquals(counts, new Array<number>(7).fill(50));
});

Deno.test("clipDataset() ends when it is aborted", async () => {
  const signal = AbortSignal.abort(new Error("enough"));
  const error = await Promise.resolve(clips().load(0, { signal })).then(() => "", String);
  assertEquals(error, "Error: enough");
});
