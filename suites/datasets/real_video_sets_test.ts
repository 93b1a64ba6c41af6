import { assert, assertEquals, assertLess, assertRejects } from "@std/assert";
import { fileURLToPath } from "node:url";
import { Random } from "../../graph/random.ts";
import { hasFfmpeg, withFolder } from "./testing.ts";
import { videoFoldersSource } from "./video_folders.ts";

const action = fileURLToPath(new URL("../../../shared/data/action", import.meta.url));
const present = await Deno.stat(action).then(() => true, () => false);

/** Opens a set with a split whose test file has these lines. */
async function opened(path: string, lines: string, sampleShape: readonly number[]) {
  let splits: Awaited<ReturnType<typeof videoFoldersSource.open>> | undefined;
  await withFolder(async (folder) => {
    const test = `${folder}/test.txt`;
    await Deno.writeTextFile(test, lines);
    splits = await videoFoldersSource.open({ path, split: { test }, sampleShape, seed: 1 });
  });
  return splits!;
}

Deno.test({
  name: "Weizmann's film strips are divided by person (needs ../shared)",
  ignore: !present,
  async fn() {
    const lines = "# persons 6 to 8\n*/p6_*\n*/p7_*\n*/p8_*\n";
    const { train, test } = await opened(`${action}/weizmann4`, lines, [3, 16, 56, 56]);
    assert(test);
    assertEquals([train.size, test.size], [24, 12]);
    assertEquals(train.classes, ["bend", "jack", "wave1", "wave2"]);
    assertEquals(train.description, "24 videos of weizmann4, 4 classes, 16 frames 2 apart");
    const loaded = await Promise.all(
      Array.from({ length: 12 }, async (_, i) => (await test.load(i)).label),
    );
    assertEquals(loaded, [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]);
    const { values } = await train.load(0, { random: new Random(1, "clip") });
    assert(values.every(Number.isFinite));
    const mean = values.reduce((a, b) => a + b) / values.length;
    assertLess(Math.abs(mean), 2);
  },
});

Deno.test({
  name:
    "300 fights are divided by number and those that are used decoded (needs ../shared and ffmpeg)",
  ignore: !present || !await hasFfmpeg(),
  async fn() {
    const path = `${action}/surv-fight`;
    await withFolder(async (folder) => {
      // Two of 300, as decoding all takes a minute.
      const split = { train: `${folder}/train.txt`, test: `${folder}/test.txt` };
      await Deno.writeTextFile(split.train, "*/*fi001.mp4");
      await Deno.writeTextFile(split.test, "*/fi111.mp4");
      const options = { path, split, sampleShape: [1, 16, 56, 56], seed: 1 };
      const { train, test } = await videoFoldersSource.open(options);
      assertEquals([train.size, test?.size], [2, 1]);
      assertEquals(train.classes, ["fight", "noFight"]);
      const { values, label } = await train.load(1);
      assertEquals([values.length, label], [16 * 56 * 56, 1]);
      assert(new Set(values).size > 50);
      // And all of them are seen: both sides of a pattern that is too wide are named.
      await Deno.writeTextFile(split.train, "*fi*");
      await Deno.writeTextFile(split.test, "*");
      const refused = () => videoFoldersSource.open(options);
      await assertRejects(refused, RangeError, "current value is 300 faults");
    });
  },
});
