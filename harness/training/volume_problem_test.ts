import { assertEquals, assertGreater, assertThrows } from "@std/assert";
import { join } from "node:path";
import { GraphBuilder } from "../../graph/builder.ts";
import { Random } from "../../graph/random.ts";
import { tensor, values } from "../../graph/tensor.ts";
import { withFolder } from "../../suites/datasets/testing.ts";
import type { DataSplits } from "../../suites/datasets/source.ts";
import { openVolumes } from "../../suites/datasets/volumes.ts";
import { voxelNet, writtenNifti } from "../../suites/datasets/volumes_testing.ts";
import type { VoxelLabel } from "../../training/data/voxels.ts";
import { adamw } from "../../training/optimisers/adam.ts";
import { volumeProblem } from "./volume_problem.ts";

const dense = voxelNet([11, 11, 11]);

/** Patches of noise, as the dense network divides it. */
async function withPatches(
  use: (data: Required<DataSplits<VoxelLabel>>) => void | Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const path = join(folder, "scan.nii");
    const extents = [40, 20, 20], random = new Random(3, "scan");
    const levels = Array.from({ length: 16000 }, () => random.integer(256));
    await Deno.writeFile(path, writtenNifti({ extents, values: levels }));
    await use(await openVolumes({ path, model: dense, train: 16, test: 6, seed: 1 }));
  });
}

Deno.test("a damaged network learns to agree with the dense one again", async () => {
  await withPatches(async (data) => {
    await using problem = volumeProblem(dense, data);
    assertEquals(problem.metrics, ["dice", "agreement"]);
    const judge = { batch: 2, threads: 1 };
    assertEquals(await problem.judge(dense, judge), { dice: 1, agreement: 1 });

    // Without the smallest half of the weights of the second convolution.
    const name = dense.nodes.filter(({ op }) => op === "Conv")[1].inputs[1];
    const weight = dense.weights.get(name)!;
    const limit = [...values(weight)].map(Math.abs).sort((a, b) =>
      a - b
    )[values(weight).length >> 1];
    const pruned = values(weight).map((one) => Math.abs(one) < limit ? 0 : one);
    const weights = new Map([...dense.weights, [name, tensor(pruned, weight.shape)] as const]);
    const damaged = { ...dense, weights };
    const before = await problem.judge(damaged, judge);
    await using again = volumeProblem(damaged, data);
    const { model } = await again.learn({
      epochs: 6,
      batch: 2,
      seed: 1,
      optimiser: adamw(),
      rate: 0.001,
      threads: 1,
    });
    const after = await problem.judge(model, judge);
    assertGreater(after.agreement, before.agreement + 0.02);
    assertGreater(after.dice, before.dice + 0.02);
  });
});

Deno.test("networks that do not fit the classes or the patches are refused", async () => {
  await withPatches((data) => {
    const g = new GraphBuilder("two");
    const weights = () => tensor(new Float32Array(2), [2, 1, 1, 1, 1]);
    const x = g.input("scan", [1, 1, 11, 11, 11]);
    const two = g.output(g.conv(x, { name: "conv", filters: 2, kernel: 1, weights })).build();
    assertThrows(
      () => volumeProblem(two, data),
      RangeError,
      'Cannot use "two" for volumes train as it must have an output for each of 3 classes',
    );
    const options = { epochs: 1, batch: 2, seed: 1, optimiser: adamw(), rate: 0.01 };
    const other = volumeProblem(voxelNet([12, 11, 11]), data);
    assertThrows(() => other.check(options), RangeError, "[batch,1,11,11,11]");
  });
});
