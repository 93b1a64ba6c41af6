import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { Random } from "../../graph/random.ts";
import {
  CIFAR100_FORMAT,
  CIFAR10_FORMAT,
  cifar10Source,
  type CifarFormat,
  openCifar,
} from "./cifar.ts";
import { withFolder } from "./testing.ts";

const images = { train: 3, test: 2 };
const tiny10: CifarFormat = { ...CIFAR10_FORMAT, images };
const tiny100: CifarFormat = { ...CIFAR100_FORMAT, images };
const options = { sampleShape: [3, 32, 32], seed: 1 };

/** A file of records whose labels are given; pixels of record i are `(i + position) mod 256`. */
function records(labels: readonly (readonly number[])[]): Uint8Array {
  const length = labels[0].length + 3072;
  const bytes = new Uint8Array(labels.length * length);
  labels.forEach((label, i) => {
    bytes.set(label, i * length);
    for (let p = 0; p < 3072; p++) bytes[i * length + label.length + p] = (i + p) % 256;
  });
  return bytes;
}

async function write10(folder: string) {
  for (const [b, file] of CIFAR10_FORMAT.train.entries()) {
    await Deno.writeFile(`${folder}/${file}`, records([[b], [b + 1], [9]]));
  }
  await Deno.writeFile(`${folder}/test_batch.bin`, records([[4], [7]]));
}

Deno.test("CIFAR-10 is read from its six files", async () => {
  await withFolder(async (folder) => {
    await write10(folder);
    const { train, test } = await openCifar(tiny10, { ...options, path: folder });
    assertEquals([train.size, test!.size], [15, 2]);
    assertEquals(train.sampleShape, [3, 32, 32]);
    const labels = await Promise.all(
      [...Array(15).keys()].map(async (i) => (await train.load(i)).label),
    );
    assertEquals(labels, [0, 1, 9, 1, 2, 9, 2, 3, 9, 3, 4, 9, 4, 5, 9]);
    assertEquals(labels.map((_, i) => train.classOf?.(i)), labels);
    const { values, label } = await test!.load(1);
    assertEquals(label, 7);
    assertEquals(test!.classes[label], "horse");
    // Pixel 0 of record 1 is level 1, pixel 2000 (in blue, position 1976 + 24) is (1 + 2000) mod 256.
    assertAlmostEquals(values[0], (1 / 255 - 0.4914) / 0.247, 1e-6);
    assertAlmostEquals(values[2999], (3000 % 256 / 255 - 0.4465) / 0.2616, 1e-6);
  });
});

Deno.test("one file alone is all that there is, so that a test batch can be judged by", async () => {
  await withFolder(async (folder) => {
    await write10(folder);
    const path = `${folder}/test_batch.bin`;
    const { train, test } = await openCifar(tiny10, { ...options, path });
    assertEquals([train.name, train.size, test], ["cifar10 test_batch.bin", 2, undefined]);
    const whole = await openCifar(tiny10, { ...options, path: folder });
    assertEquals(await train.load(1), await whole.test!.load(1));
  });
});

Deno.test("CIFAR-100 is read by its fine labels, from the folder of its archive", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/cifar-100-binary`);
    const write = (file: string, labels: number[][]) =>
      Deno.writeFile(`${folder}/cifar-100-binary/${file}`, records(labels));
    await write("train.bin", [[19, 0], [0, 99], [3, 42]]);
    await write("test.bin", [[1, 7], [2, 8]]);
    const { train, test } = await openCifar(tiny100, { ...options, path: folder });
    assertEquals([(await train.load(1)).label, train.classOf?.(1)], [99, 99]);
    assertEquals((await test!.load(0)).label, 7);
    assertEquals([train.classes[0], train.classes[42], train.classes[99]], [
      "apple",
      "leopard",
      "worm",
    ]);
    assertEquals(new Set(train.classes).size, 100);
  });
});

Deno.test("training images are moved and mirrored, the same under the same stream", async () => {
  await withFolder(async (folder) => {
    await write10(folder);
    const normalise = { mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255] };
    const { train } = await openCifar(tiny10, { ...options, path: folder, normalise });
    const load = async (random?: Random) =>
      [...(await train.load(3, { random })).values].map((level) => Math.round(level));
    assertEquals(await load(new Random(5)), await load(new Random(5)));
    const plain = await load();
    const seen = new Set<string>();
    for (let seed = 0; seed < 30; seed++) {
      const values = await load(new Random(seed));
      seen.add(values.join());
      // Each crop holds what is left of the image: its middle 24 x 24 pixels, moved or mirrored.
      const rows = Array.from({ length: 32 }, (_, y) => values.slice(y * 32, (y + 1) * 32));
      const middle = plain.slice(4 * 32 + 4, 4 * 32 + 28);
      const found = rows.some((row) =>
        [middle, middle.toReversed()].some((part) =>
          [...Array(9).keys()].some((x) => part.every((level, i) => row[x + i] === level))
        )
      );
      assert(found);
    }
    assert(seen.size > 20);
  });
});

Deno.test("all that is missing or has another length is told at once", async () => {
  await withFolder(async (folder) => {
    await write10(folder);
    await Deno.remove(`${folder}/data_batch_2.bin`);
    await Deno.remove(`${folder}/test_batch.bin`);
    await Deno.truncate(`${folder}/data_batch_4.bin`, 3000);
    const open = () => openCifar(tiny10, { ...options, path: folder });
    for (const part of ["data_batch_2.bin is missing", "test_batch.bin is missing"]) {
      await assertRejects(open, RangeError, part);
    }
    await assertRejects(open, RangeError, "data_batch_4.bin has 3000 bytes, not 3 x 3073");
  });
});

Deno.test("a label that the set does not have is a damaged file, which is named", async () => {
  await withFolder(async (folder) => {
    await write10(folder);
    await Deno.writeFile(`${folder}/data_batch_5.bin`, records([[0], [10], [1]]));
    const error = await assertRejects(
      () => openCifar(tiny10, { ...options, path: folder }),
      SyntaxError,
      "data_batch_5.bin has label 10 in record 1, where it must be below 10",
    );
    assert(!error.message.includes(folder.split("/")[1] + "/data_batch_1"));
  });
  await withFolder(async (folder) => {
    await Deno.writeFile(`${folder}/train.bin`, records([[0, 0], [0, 0], [20, 5]]));
    await Deno.writeFile(`${folder}/test.bin`, records([[0, 0], [0, 100]]));
    const open = () => openCifar(tiny100, { ...options, path: folder });
    await assertRejects(open, SyntaxError, "train.bin has label 20 in record 2");
    await assertRejects(open, SyntaxError, "test.bin has label 100 in record 1");
  });
});

Deno.test("options that do not fit are refused before anything is read", async () => {
  const path = "nowhere";
  await assertRejects(async () => await cifar10Source.open(options), RangeError, "no path");
  await assertRejects(
    async () => await cifar10Source.open({ ...options, path, sampleShape: [3, 64, 64] }),
    RangeError,
    "the network must read [3,32,32]: current value is [3,64,64]",
  );
  await assertRejects(
    async () => await cifar10Source.open({ ...options, path, split: { test: "t.txt" } }),
    RangeError,
    "a split file",
  );
  await assertRejects(
    async () => await cifar10Source.open({ ...options, path }),
    RangeError,
    "6 faults",
  );
});

const packed = new URL("../../../shared/data/cifar10/test_batch.bin.xz", import.meta.url);
const available = await Deno.stat(packed).then(
  () => new Deno.Command("xz", { args: ["--version"], stdout: "null" }).output(),
).then(({ success }) => success, () => false);

Deno.test({
  name: "the test batch of CIFAR-10 has a thousand images of each class (needs ../shared)",
  ignore: !available,
  async fn() {
    const args = ["-dc", decodeURIComponent(packed.pathname)];
    const { stdout } = await new Deno.Command("xz", { args, stdout: "piped" }).output();
    await withFolder(async (folder) => {
      await Deno.writeFile(`${folder}/test_batch.bin`, stdout);
      // The test batch takes the place of all others as well, which are not unpacked here.
      const format = { ...CIFAR10_FORMAT, train: ["test_batch.bin"] };
      const normalise = { mean: [0, 0, 0], std: [1, 1, 1] };
      const { test } = await openCifar(format, { ...options, path: folder, normalise });
      const counts = new Array<number>(10).fill(0), sums = [0, 0, 0];
      for (let i = 0; i < test!.size; i++) {
        const { values, label } = await test!.load(i);
        counts[label]++;
        if (i % 10 === 0) { for (let p = 0; p < 3072; p++) sums[p >> 10] += values[p]; }
      }
      assertEquals(counts, new Array(10).fill(1000));
      [0.4914, 0.4822, 0.4465].forEach((mean, c) =>
        assertAlmostEquals(sums[c] / 1024e3, mean, 0.01)
      );
    });
  },
});
