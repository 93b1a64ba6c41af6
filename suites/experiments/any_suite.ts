/**
 * How the network of any suite is taught, where no experiment has its own way.
 *
 * @module
 */

import { findNetwork, type Network } from "../networks.ts";
import type { LearningRecipe, Scale } from "./experiment.ts";
import type { Learner } from "./learners.ts";
import { withPapersData } from "./papers.ts";

/** Generated data of each kind: what a comparison has when there is no other. */
const GENERATED: Readonly<
  Record<Network["kind"], { readonly source: string; readonly title: string }>
> = {
  clips: { source: "moving-shapes-hard", title: "moving shapes" },
  images: { source: "textures", title: "textures" },
  detection: { source: "shapes-detection", title: "shapes" },
};

/** AdamW teaches networks with normalisation and without. */
function adamw(batch: number, rate: number): Omit<LearningRecipe, "epochs"> {
  return { batch, rate, optimiser: "adamw", schedule: "warmup:0.05,cosine", decay: 0.01 };
}

/**
 * The network of a suite, in its small form on generated data, or as it is in a file of the user's on
 * the data of its paper.
 *
 * @throws {RangeError} when there is no such network; the message gives the nearest names.
 */
export function anyLearner(suite: string, scale: Scale): Learner {
  const { kind, small } = findNetwork(suite);
  if (scale === "full") return withPapersData(suite, kind);
  const { source, title } = GENERATED[kind];
  const quick = scale === "quick", batch = quick ? 8 : 16;
  return {
    id: `${suite}-${source}`,
    title: `${suite}, narrow, on generated ${title}`,
    network: { id: suite },
    extents: small,
    align: 2,
    data: { source, ...(quick ? { train: 32, test: 16, validation: 8 } : { validation: 128 }) },
    dense: { ...adamw(batch, 1e-3), epochs: quick ? 2 : 24 },
    tune: adamw(batch, 5e-4),
    budget: quick ? { prune: 2, retrain: 1 } : { prune: 4, retrain: 4 },
    seeds: quick ? [1] : [1, 2, 3],
  };
}
