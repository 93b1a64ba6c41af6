import {
  assert,
  assertEquals,
  assertGreater,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Model } from "../../graph/model.ts";
import { readOnnx } from "../../graph/onnx/read.ts";
import { Random } from "../../graph/random.ts";
import { evaluate } from "../../training/evaluate.ts";
import { IGNORED } from "../../training/data/voxels.ts";
import { dice } from "../../training/metrics/dice.ts";
import { withFolder } from "./testing.ts";
import { openVolumes, type VolumesOptions } from "./volumes.ts";
import { voxelNet, writtenNifti } from "./volumes_testing.ts";

/** Extents of a scan whose every voxel has another level, nearly. */
const SCAN = [28, 17, 16] as const;
const model = voxelNet([10, 9, 11]);

async function withScan(use: (path: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const path = join(folder, "scan.nii.gz");
    const random = new Random(7, "scan");
    const values = Array.from({ length: 28 * 17 * 16 }, () => random.integer(256));
    await Deno.writeFile(path, gzipSync(writtenNifti({ extents: SCAN, values })));
    await use(path);
  });
}

function open(path: string, changes: Partial<VolumesOptions> = {}) {
  return openVolumes({ path, model, train: 6, test: 2, seed: 1, ...changes });
}

Deno.test("the dense network agrees with the labels of all patches", async () => {
  await withScan(async (path) => {
    const { train, test } = await open(path);
    assertEquals([train.size, test.size], [6, 2]);
    assertEquals([train.sampleShape, test.sampleShape], [[1, 10, 9, 11], [1, 10, 9, 11]]);
    for (const dataset of [train, test]) {
      assertEquals(dataset.classes.length, 3);
      const judged = await evaluate(model, dataset, dice(3), { batch: 1, threads: 1 });
      assertEquals(judged, { dice: 1, agreement: 1 });
    }
    // Another network does not.
    const other = await evaluate(voxelNet([10, 9, 11], 27), test, dice(3), {
      batch: 1,
      threads: 1,
    });
    assert(other.agreement < 0.9);
  });
});

Deno.test("what the network cannot see enough around is ignored, or counts when it is asked for", async () => {
  await withScan(async (path) => {
    const { train, test } = await open(path);
    for (const { label } of [await train.load(0), await test.load(0)]) {
      label.forEach((one, i) => {
        const [x, y, z] = [Math.floor(i / 11 / 9), Math.floor(i / 11) % 9, i % 11];
        const inside = x >= 3 && x < 7 && y >= 3 && y < 6 && z >= 3 && z < 8;
        assertEquals(one === IGNORED, !inside);
      });
      assert(label.some((one) => one !== IGNORED && one > 0));
    }
    const whole = await open(path, { margin: 0, test: 1 });
    assert((await whole.test.load(0)).label.every((one) => one !== IGNORED));
    const judged = await evaluate(model, whole.test, dice(3), { batch: 1, threads: 1 });
    assert(judged.agreement < 1);
  });
});

Deno.test("what is learnt and what is judged lie in two halves, and nothing is judged twice", async () => {
  await withScan(async (path) => {
    const { train, test } = await open(path, { train: 40, test: 4 });
    // Levels with their neighbours tell where in the scan a patch is.
    const places = async (load: () => ReturnType<typeof train.load>) => {
      const { values, label } = await load();
      return [...label.keys()].filter((i) => label[i] !== IGNORED).map((i) =>
        `${[...values.subarray(i - 3, i + 4)]}`
      );
    };
    const learnt = new Set<string>(), judged: string[] = [];
    for (let i = 0; i < train.size; i++) {
      for (const random of [undefined, new Random(i)]) {
        (await places(() => train.load(i, { random }))).forEach((place) => learnt.add(place));
      }
    }
    for (let i = 0; i < test.size; i++) judged.push(...await places(() => test.load(i)));
    assertEquals(judged.filter((place) => learnt.has(place)), []);
    assertEquals(new Set(judged).size, judged.length);
    assertGreater(learnt.size, 200);
  });
});

Deno.test("patches are the same for the same seed and index, and drawn anew with a random stream", async () => {
  await withScan(async (path) => {
    const [one, again, other] = [await open(path), await open(path), await open(path, { seed: 2 })];
    assertEquals(await one.train.load(2), await again.train.load(2));
    assertNotEquals((await one.train.load(2)).values, (await other.train.load(2)).values);
    assertEquals(await one.test.load(1), await other.test.load(1));
    const drawn = (seed: number) => one.train.load(2, { random: new Random(seed) });
    assertEquals(await drawn(5), await drawn(5));
    const seen = new Set<string>();
    for (let seed = 0; seed < 20; seed++) seen.add(`${(await drawn(seed)).values}`);
    assertGreater(seen.size, 10);
    // Another teacher, another set.
    const taught = await open(path, { model: voxelNet([10, 9, 11], 27) });
    assertNotEquals(taught.test.description, one.test.description);
    assertEquals(again.test.description, one.test.description);
    assertStringIncludes(one.train.description, "scan.nii.gz 28x17x16 in 3 classes");
  });
});

Deno.test("the middle of a scan can be all that is used", async () => {
  await withScan(async (path) => {
    const { train } = await open(path, { extents: [20, 15, 14], test: 1 });
    assertStringIncludes(train.description, "20x15x14");
    const judged = await evaluate(model, train, dice(3), { batch: 1, threads: 1 });
    assertEquals(judged.agreement, 1);
    await assertRejects(
      () => open(path, { extents: [20, 18, 14] }),
      RangeError,
      "its extents must be 1 to [28,17,16]: current value is [20,18,14]",
    );
  });
});

Deno.test("options that do not fit are refused", async () => {
  await withScan(async (path) => {
    const cases: [Partial<VolumesOptions>, string][] = [
      [{ train: 0 }, '"train" must be a positive integer: current value is 0'],
      [{ test: 1.5 }, '"test" must be a positive integer: current value is 1.5'],
      [{ margin: -1 }, "margins of -1: current value is [10,9,11]"],
      [{ model: voxelNet([10, 6, 11]) }, "margins of 3: current value is [10,6,11]"],
      [{ model: voxelNet([18, 9, 11]) }, "must have room for [12,3,5] besides a margin of 3"],
      [{ test: 1000 }, "Cannot take 1000 patches of a half of the scan"],
      [{ path: `${path}.gone` }, "no such file"],
    ];
    for (const [changes, message] of cases) {
      const error = await assertRejects(() => open(path, changes), RangeError);
      assertStringIncludes(error.message, message);
    }
    const signal = AbortSignal.abort(new Error("enough"));
    await assertRejects(() => open(path, { signal }), Error, "enough");
  });
});

const shared = new URL("../../../shared/data/", import.meta.url).pathname;
const head = `${shared}mri3d/t1_crop.nii.gz`;
const meshnet = `${shared}onnx-models/converted/meshnet3d_model11_gw_ae.onnx`;

Deno.test({
  name: "a trained network agrees with itself on patches of a real scan (needs ../shared)",
  ignore: !(await Promise.all([head, meshnet].map((path) =>
    Deno.stat(path).then(() =>
      true, () => false)
  ))).every(Boolean),
  async fn() {
    const network: Model = await readOnnx(meshnet, { shapes: { input: [1, 1, 60, 60, 60] } });
    const options = { path: head, train: 1, test: 1, seed: 1, extents: [80, 64, 64] } as const;
    const { test } = await openVolumes({ ...options, model: network, threads: 2 });
    const { label } = await test.load(0);
    const shown = [0, 1, 2].map((k) => label.filter((one) => one === k).length);
    assertEquals(shown.reduce((a, b) => a + b), 12 ** 3);
    assertGreater(shown[1] + shown[2], 12 ** 3 / 4);
    const judged = await evaluate(network, test, dice(3), { batch: 1, threads: 2 });
    assertGreater(judged.agreement, 0.999);
    assertGreater(judged.dice, 0.999);
  },
});
