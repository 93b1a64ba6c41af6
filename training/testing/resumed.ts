/**
 * A training that has everything which a checkpoint must keep.
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import { adam } from "../optimisers/adam.ts";
import { admm } from "../penalties/admm.ts";
import { cosine } from "../schedules.ts";
import type { TrainingOptions, TrainingTask } from "../trainer_options.ts";
import { stripesNet, stripesOptions, stripesTask } from "./stripes.ts";

/** Dropout, augmentation, batch normalization, Adam, a schedule, ADMM, best weights. */
export function resumed(): {
  readonly model: Model;
  readonly task: TrainingTask<number>;
  readonly options: TrainingOptions;
} {
  const size = 6 * 9;
  const penalty = admm({
    sizes: new Map([["conv.weight", size]]),
    project: (_, values) => values.map((value) => Math.abs(value) < 0.1 ? 0 : value),
    rho: 0.1,
    growth: 2,
  });
  return {
    model: stripesNet(),
    task: stripesTask(),
    options: {
      ...stripesOptions,
      optimiser: adam(),
      schedule: cosine(),
      clip: 1,
      penalties: [penalty],
      keep: "best",
      reestimate: 2,
    },
  };
}
