import {
  assert,
  assertEquals,
  assertGreater,
  assertLess,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import { Random } from "../../graph/random.ts";
import type { FrameStack } from "./frame_stack.ts";
import {
  type Difficulty,
  difficultyOf,
  motionClip,
  MOTIONS,
  movingShapesHardSource,
  movingShapesSource,
  movingShapesSplits,
} from "./moving_shapes_classes.ts";
import { texture } from "./painting.ts";

const EXTENTS = { frames: 9, height: 24, width: 32 };

const EASY = difficultyOf(0), HARDEST = difficultyOf(1);

function clip(
  motion: number,
  seed: number,
  difficulty: Difficulty,
  frames = EXTENTS.frames,
): FrameStack {
  return motionClip(motion, new Random(seed, "clip"), { ...EXTENTS, frames }, difficulty);
}

function frame({ data, count }: FrameStack, t: number): Uint8Array {
  const size = data.length / count;
  return data.subarray(t * size, (t + 1) * size);
}

/** Deviation of the pixels of a frame from gray 110, squared: how much of it shapes cover. */
function contrast(pixels: Uint8Array): number {
  return pixels.reduce((sum, level) => sum + (level - 110) ** 2, 0) / pixels.length;
}

Deno.test("a clip of a class played backwards is exactly a clip of its partner", () => {
  for (let motion = 0; motion < MOTIONS.length; motion++) {
    for (let seed = 0; seed < 20; seed++) {
      const difficulty = difficultyOf(seed / 19);
      const [forwards, backwards] = [motion, motion ^ 1].map((one) => clip(one, seed, difficulty));
      for (let t = 0; t < EXTENTS.frames; t++) {
        assertEquals(frame(forwards, t), frame(backwards, EXTENTS.frames - 1 - t));
      }
      // And it is another clip: something moved.
      assertNotEquals(frame(forwards, 0), frame(backwards, 0));
    }
  }
});

Deno.test("half-way through, clips of all classes show the same frame but for noise", () => {
  for (let seed = 0; seed < 10; seed++) {
    const difficulty = { ...difficultyOf(seed / 9), noise: 0 };
    const middles = MOTIONS.map((_, motion) => frame(clip(motion, seed, difficulty), 4));
    for (const middle of middles) assertEquals(middle, middles[0]);
  }
});

/** Mean of a statistic of first frames, and the error of it. */
function estimated(
  statistic: (pixels: Uint8Array) => number,
  frames: readonly Uint8Array[],
): { readonly mean: number; readonly error: number } {
  const values = frames.map(statistic);
  const mean = values.reduce((sum, value) => sum + value) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, error: Math.sqrt(squares / (values.length - 1) / values.length) };
}

for (const [name, difficulty] of [["clear", EASY], ["the hardest", HARDEST]] as const) {
  Deno.test(`first frames of ${name} clips of all classes are distributed alike`, () => {
    const statistics: ((pixels: Uint8Array) => number)[] = [
      contrast,
      (pixels) => contrast(pixels.subarray(0, pixels.length / 2)),
      (pixels) => contrast(pixels.filter((_, i) => i % (32 * 3) < 16 * 3)),
    ];
    const first = MOTIONS.map((_, motion) =>
      Array.from(
        { length: 200 },
        (_, i) => frame(clip(motion, 1000 * motion + i, difficulty, 4), 0),
      )
    );
    for (const statistic of statistics) {
      const means = first.map((frames) => estimated(statistic, frames));
      for (const a of means) {
        for (const b of means) {
          assertLess(Math.abs(a.mean - b.mean), 4.5 * Math.hypot(a.error, b.error));
        }
      }
    }
  });
}

Deno.test("hard clips are noisier, and more of what they show stays", () => {
  // Mean absolute difference of neighbouring frames where nothing moves is the noise's.
  const still = clip(0, 3, { ...HARDEST, slowest: 0, radius: 0, still: 0 });
  const quiet = clip(0, 3, { ...HARDEST, slowest: 0, radius: 0, still: 0, noise: 0 });
  const errors = [...still.data].map((level, i) => level - quiet.data[i]);
  const deviation = Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / errors.length);
  // Levels end at 0 and 255, so a little less.
  assertLess(Math.abs(deviation / HARDEST.noise - 1), 0.1);
  // Shapes behind those that move are in all frames of a clip.
  const bare = clip(0, 5, { ...HARDEST, radius: 0.2, still: 0, noise: 0 });
  const crowded = clip(0, 5, { ...HARDEST, radius: 0.2, still: 4, noise: 0 });
  const common = (stack: FrameStack) =>
    frame(stack, 0).filter((level, i) =>
      level === frame(stack, 8)[i] && Math.abs(level - frame(bare, 0)[i]) > 40
    ).length;
  assertGreater(common(crowded), common(bare) + 30);
});

/** Pixels that shapes cover: how many, and the middle of them on the torus as two angles. */
function covered(pixels: Uint8Array, background: Uint8Array) {
  const { height, width } = EXTENTS;
  const sums = { x: [0, 0], y: [0, 0] };
  let count = 0;
  for (let i = 0; i < height * width; i++) {
    if ([0, 1, 2].every((c) => pixels[i * 3 + c] === background[i * 3 + c])) continue;
    count++;
    for (
      const [sum, angle] of [
        [sums.x, 2 * Math.PI * (i % width) / width],
        [sums.y, 2 * Math.PI * Math.floor(i / width) / height],
      ] as const
    ) {
      sum[0] += Math.cos(angle);
      sum[1] += Math.sin(angle);
    }
  }
  return { count, x: Math.atan2(sums.x[1], sums.x[0]), y: Math.atan2(sums.y[1], sums.y[0]) };
}

// Without what would hide them from this test.
const hard = { ...HARDEST, still: 0, noise: 0 };
for (const [name, difficulty] of [["clear", EASY], ["the hardest", hard]] as const) {
  Deno.test(`shapes of ${name} clips move the way that their class says`, () => {
    /** By the shorter way round. */
    const turn = (from: number, to: number) => Math.atan2(Math.sin(to - from), Math.cos(to - from));
    // How many more steps go one way than the other, as a share of all.
    const shares = MOTIONS.map((_, motion) => {
      const votes = { right: 0, down: 0, clockwise: 0, growing: 0 };
      let steps = 0;
      for (let seed = 0; seed < 30; seed++) {
        // The texture is what is drawn first.
        const { data: background } = texture(new Random(seed, "clip"), EXTENTS);
        const stack = clip(motion, seed, difficulty);
        const seen = Array.from(
          { length: EXTENTS.frames },
          (_, t) => covered(frame(stack, t), background),
        );
        const ways = seen.slice(1).map(({ x, y, count }, i) => ({
          x: turn(seen[i].x, x),
          y: turn(seen[i].y, y),
          count: count - seen[i].count,
        }));
        for (const [i, way] of ways.entries()) {
          const before = ways[Math.max(i - 1, 0)];
          steps++;
          votes.right += Math.sign(way.x);
          votes.down += Math.sign(way.y);
          // Rows run downwards: a path that turns from x to y turns clockwise.
          votes.clockwise += Math.sign(before.x * way.y - before.y * way.x);
          votes.growing += Math.sign(way.count);
        }
      }
      return [votes.right, votes.down, votes.clockwise, votes.growing].map((n) => n / steps);
    });
    for (let pair = 0; pair < 4; pair++) {
      assertGreater(shares[2 * pair][pair], 0.4, MOTIONS[2 * pair]);
      assertLess(shares[2 * pair + 1][pair], -0.4, MOTIONS[2 * pair + 1]);
    }
  });
}

Deno.test("samples are the same for the same seed and index, others for another", async () => {
  const options = { sampleShape: [3, 8, 16, 20], seed: 3 };
  const [one, again, other] = [3, 3, 4].map((seed) => movingShapesSplits({ ...options, seed }));
  assertEquals(await one.train.load(5), await again.train.load(5));
  assertNotEquals((await one.train.load(5)).values, (await other.train.load(5)).values);
  assertNotEquals((await one.train.load(5)).values, (await one.test.load(5)).values);
  assertNotEquals((await one.train.load(5)).values, (await one.train.load(13)).values);
});

Deno.test("the sources give 2000 and 400 balanced samples of any clip shape", async () => {
  const sources = [movingShapesSource, movingShapesHardSource];
  for (const [i, sampleShape] of [[3, 16, 56, 56], [1, 5, 16, 24], [3, 8, 32, 32]].entries()) {
    const { train, test } = await sources[i % 2].open({ sampleShape, seed: 1 });
    assertEquals(train.name, `${sources[i % 2].id} train`);
    assertEquals([train.size, test?.size, train.classes.length], [2000, 400, 8]);
    const labels = [0, 1, 2, 3, 4, 5, 6, 7].map(async (i) => (await train.load(i)).label);
    assertEquals(await Promise.all(labels), [0, 1, 2, 3, 4, 5, 6, 7]);
    const { values } = await train.load(0);
    assertEquals(values.length, sampleShape.reduce((a, b) => a * b));
    const mean = values.reduce((a, b) => a + b) / values.length;
    assertLess(Math.abs(mean), 1);
  }
});

Deno.test("with a random stream clips are mirrored and played backwards, labels included", async () => {
  const [T, H, W] = [5, 16, 20];
  const { train } = await movingShapesSource.open({ sampleShape: [3, T, H, W], seed: 2 });
  const mirrored = [1, 0, 2, 3, 5, 4, 6, 7];
  for (let index = 0; index < 8; index++) {
    const { values: plain } = await train.load(index);
    const changed = (flip: boolean, backwards: boolean) =>
      plain.map((_, i) => {
        const x = i % W, y = Math.floor(i / W) % H, t = Math.floor(i / W / H) % T;
        const c = Math.floor(i / W / H / T);
        return plain[
          ((c * T + (backwards ? T - 1 - t : t)) * H + y) * W + (flip ? W - 1 - x : x)
        ];
      });
    const forms = [0, 1, 2, 3].map((i) => {
      const [flip, backwards] = [i % 2 === 1, i > 1];
      const label = flip ? mirrored[index] : index;
      return { values: changed(flip, backwards), label: backwards ? label ^ 1 : label };
    });
    const seen = new Set<number>();
    for (let seed = 0; seed < 30; seed++) {
      const { values, label } = await train.load(index, { random: new Random(seed) });
      const form = forms.findIndex((form) => form.values.every((v, i) => v === values[i]));
      assertEquals(label, forms[form].label);
      seen.add(form);
    }
    assertEquals(seen.size, 4);
  }
});

Deno.test("a network's own normalisation is used, and shapes that cannot show motion are refused", async () => {
  const options = { sampleShape: [1, 4, 16, 16], seed: 1 };
  const normalise = { mean: [0], std: [1 / 255] };
  const { train } = movingShapesSplits({ ...options, normalise }, { train: 1, test: 1 });
  const { values } = await train.load(0);
  assert(values.every((value) => Math.abs(value - Math.round(value)) < 1e-4));
  for (const sampleShape of [[3, 3, 16, 16], [3, 4, 8, 16], [2, 4, 16, 16], [3, 16, 16]]) {
    assertThrows(() => movingShapesSplits({ ...options, sampleShape }), RangeError);
  }
  assertThrows(() => movingShapesSplits(options, { train: 0 }), RangeError, "current value is 0");
});
