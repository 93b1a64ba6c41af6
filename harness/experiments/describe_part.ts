/**
 * A part of an experiment in words.
 *
 * @module
 */

import type { LearningRecipe, Part } from "../../suites/experiments/experiment.ts";
import { DENSE, type PartDescription } from "./records.ts";

/** What readers of an experiment are told of a part. */
export function describePart(part: Part, skipped: string | undefined): PartDescription {
  const { id, title, network, extents = {}, data, dense, tune, budget, seeds } = part;
  const { size, frames, width } = extents;
  const form = [
    ...(frames === undefined ? [] : [`${frames} frames`]),
    ...(size === undefined ? [] : [`${size}x${size} pixels`]),
    ...(width === undefined ? [] : [`width ${width}`]),
  ];
  const samples = [
    data.train === undefined ? "all training samples" : `${data.train} training samples`,
    data.test === undefined ? "all test samples" : `${data.test} test samples`,
    ...(data.validation > 0 ? [`${data.validation} for searches`] : []),
  ];
  return {
    id,
    title,
    network: ["id" in network ? network.id : `file ${network.file}`, ...form].join(", "),
    data: `${data.source}: ${samples.join(", ")}`,
    settings: {
      dense: dense ? recipeText(dense) : "as it is in the file",
      methods: budget.prune + budget.retrain === 0
        ? "no training"
        : `${budget.prune} + ${budget.retrain} epochs, ${optimiserText(tune)}`,
      seeds: seeds.join(", "),
    },
    cells: [DENSE, ...part.cells.map((cell) => cell.id)],
    labels: Object.fromEntries([
      [DENSE, "dense"],
      ...part.cells.map(({ id, label }) => [id, label]),
    ]),
    ...(skipped !== undefined && { skipped }),
  };
}

function recipeText(recipe: LearningRecipe): string {
  return `${recipe.epochs} epochs, ${optimiserText(recipe)}`;
}

function optimiserText(recipe: Omit<LearningRecipe, "epochs">): string {
  const { optimiser, rate, schedule, batch, decay } = recipe;
  return `${optimiser} at ${rate} (${schedule}), batch ${batch}, decay ${decay}`;
}
