import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertThrows,
} from "@std/assert";
import { Random } from "../../graph/random.ts";
import { TEXTURES, textureSplits, texturesSource } from "./textures.ts";

const options = { sampleShape: [3, 32, 32], seed: 1 };

/** Share of samples whose nearest class mean, of features scaled to deviation 1, is their class. */
function accuracy(train: readonly number[][], test: readonly number[][]): number {
  const count = TEXTURES.length, width = train[0].length;
  const column = (j: number) => train.map((features) => features[j]);
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const scales = Array.from({ length: width }, (_, j) => {
    const centre = mean(column(j));
    return Math.sqrt(mean(column(j).map((value) => (value - centre) ** 2)));
  });
  const centres = Array.from({ length: count }, (_, c) => {
    const own = train.filter((_, i) => i % count === c);
    return scales.map((_, j) => mean(own.map((features) => features[j])));
  });
  const right = test.filter((features, i) => {
    const distances = centres.map((centre) =>
      centre.reduce((sum, value, j) => sum + ((features[j] - value) / scales[j]) ** 2, 0)
    );
    return distances.indexOf(Math.min(...distances)) === i % count;
  });
  return right.length / test.length;
}

/** Mean and deviation of each channel, and how much channels go together. */
function colours(values: Float32Array): number[] {
  const channels = [0, 1, 2].map((c) => values.subarray(c * 1024, (c + 1) * 1024));
  return channels.flatMap((channel) => {
    const mean = channel.reduce((a, b) => a + b, 0) / 1024;
    return [mean, Math.sqrt(channel.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 1024)];
  });
}

/** How alike neighbours are in four directions, and their sizes in steps. */
function structure(values: Float32Array): number[] {
  const at = (y: number, x: number) => values[y * 32 + x] + values[1024 + y * 32 + x];
  return [[0, 2], [2, 0], [2, 2], [2, -2], [0, 1], [1, 0]].map(([dy, dx]) => {
    let sum = 0, all = 0;
    for (let y = 2; y < 30; y++) {
      for (let x = 2; x < 30; x++) {
        sum += (at(y, x) - at(y + dy, x + dx)) ** 2;
        all += (at(y, x) - at(31 - y, x)) ** 2;
      }
    }
    return Math.sqrt(sum / all);
  });
}

Deno.test("textures are told apart by structure, not by colour or contrast", async () => {
  const { train, test } = textureSplits(options, { train: 400, test: 200 });
  const features = async (part: typeof train, of: (values: Float32Array) => number[]) =>
    await Promise.all(
      [...Array(part.size).keys()].map(async (i) => of((await part.load(i)).values)),
    );
  const byColour = accuracy(await features(train, colours), await features(test, colours));
  const byStructure = accuracy(await features(train, structure), await features(test, structure));
  // A tenth by chance; of 200 samples, a standard error is 2 percent.
  assertLess(byColour, 0.2);
  assertGreater(byStructure, 0.35);
});

Deno.test("textures are equally frequent, normalised and never the same", async () => {
  const { train, test } = textureSplits(options, { train: 50, test: 20 });
  assertEquals([train.size, test.size, train.classes.length], [50, 20, 10]);
  const seen = new Set<string>();
  let sum = 0, squares = 0;
  for (const part of [train, test]) {
    for (let i = 0; i < part.size; i++) {
      const { values, label } = await part.load(i);
      assertEquals(label, i % 10);
      seen.add(values.subarray(0, 20).join());
      for (const value of values) sum += value, squares += value * value;
    }
  }
  assertEquals(seen.size, 70);
  assertLess(Math.abs(sum / (70 * 3072)), 0.2);
  assertAlmostEquals(Math.sqrt(squares / (70 * 3072)), 1, 0.3);
});

Deno.test("a texture is the same whenever it is loaded, and another with a random stream", async () => {
  const first = textureSplits(options).train, second = textureSplits(options).train;
  await second.load(3);
  const plain = await first.load(7);
  assertEquals(await second.load(7), plain);
  const drawn = await first.load(7, { random: new Random(1) });
  assertEquals(await second.load(7, { random: new Random(1) }), drawn);
  assertEquals(drawn.label, plain.label);
  assert(drawn.values.some((value, i) => value !== plain.values[i]));
  const other = await textureSplits({ ...options, seed: 2 }).train.load(7);
  assert(other.values.some((value, i) => value !== plain.values[i]));
});

Deno.test("textures come in any size and number of channels", async () => {
  for (const sampleShape of [[1, 16, 40], [4, 50, 16], [3, 64, 64]]) {
    const { train, test } = await texturesSource.open({ ...options, sampleShape });
    assertEquals([train.size, test!.size], [2000, 500]);
    for (let i = 0; i < 10; i++) {
      const { values } = await train.load(i);
      assertEquals(values.length, sampleShape[0] * sampleShape[1] * sampleShape[2]);
      assert(values.every(Number.isFinite));
    }
  }
});

Deno.test("shapes and numbers that cannot be are refused", () => {
  for (const sampleShape of [[3, 15, 32], [3, 16, 32, 32], [0, 32, 32], [3, 16.5, 32]]) {
    assertThrows(() => textureSplits({ ...options, sampleShape }), RangeError, "16 or more");
  }
  assertThrows(() => textureSplits(options, { test: 0 }), RangeError, `"test" must be a positive`);
  const normalise = { mean: [0], std: [1] };
  assertThrows(() => textureSplits({ ...options, normalise }), RangeError, "3 finite numbers");
});
