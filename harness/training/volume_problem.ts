/**
 * Networks that divide volumes into classes, as problems to learn.
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import { voxelClassesOf } from "../../suites/datasets/volumes_network.ts";
import type { VoxelLabel } from "../../training/data/voxels.ts";
import { voxelCrossEntropy } from "../../training/losses/voxel_cross_entropy.ts";
import { dice } from "../../training/metrics/dice.ts";
import { type Problem, problem, type ProblemData, requireClasses } from "./problem.ts";

/**
 * A network that learns the class of each voxel; judged by overlap, `dice` and `agreement`.
 *
 * @param data From `openVolumes`, whose labels are what the dense network says.
 * @throws {RangeError} when network and samples do not fit.
 */
export function volumeProblem(
  model: Model,
  { validation, ...data }: ProblemData<VoxelLabel>,
): Problem {
  const classes = voxelClassesOf(model);
  requireClasses(model, data.train, classes);
  const task = { ...data, loss: voxelCrossEntropy(), metric: dice(classes) };
  return problem(model, task, { validation, cleanup: new AsyncDisposableStack() });
}
