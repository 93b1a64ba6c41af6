/**
 * What a network learns, with everything that depends on the kind of labels decided: loss, metric,
 * judged form. Behind it nobody needs to know the kind.
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import type { DataSplits } from "../../suites/datasets/source.ts";
import { openOwnModel } from "../../suites/own_model.ts";
import { detectionMetric } from "../../suites/detection/detection_metric.ts";
import { yoloTask } from "../../suites/detection/yolo_task.ts";
import type { ClassLabel, Dataset, DetectionLabel } from "../../training/data/dataset.ts";
import { crossEntropy } from "../../training/losses/cross_entropy.ts";
import { distillation } from "../../training/losses/distillation.ts";
import { accuracy } from "../../training/metrics/accuracy.ts";
import { planTraining } from "../../training/plan.ts";
import { train } from "../../training/trainer.ts";
import type {
  TrainingOptions,
  TrainingOutcome,
  TrainingTask,
} from "../../training/trainer_options.ts";
import type { TrainSettings } from "./settings.ts";

/** Probability of an object that anchors of an untrained detector start from. */
const PRIOR = 0.01;

/** A network and what it is to learn. */
export interface Problem extends AsyncDisposable {
  /** The network as it is trained. */
  readonly model: Model;
  /** Id of the loss. */
  readonly loss: string;
  /** Names of what it is judged by, the deciding one first; none without test samples. */
  readonly metrics: readonly string[];
  /** Samples to learn from. */
  readonly train: Dataset<unknown>;
  /** Samples to be judged by. */
  readonly test?: Dataset<unknown>;
  /**
   * Checks that options fit, before any work.
   *
   * @throws {RangeError} when they do not.
   */
  check(options: TrainingOptions): void;
  /** Trains it. @throws as `train` does */
  learn(options: TrainingOptions): Promise<TrainingOutcome>;
  /** The network as it is used: of a detector, with its boxes decoded. */
  used(model: Model): Model;
}

/**
 * A network that learns classes.
 *
 * @throws {RangeError} when network, samples and options do not fit.
 */
export async function classProblem(
  model: Model,
  data: DataSplits<ClassLabel>,
  settings: Pick<TrainSettings, "labelSmoothing" | "teacher" | "threads">,
): Promise<Problem> {
  const classes = classesOf(model);
  requireClasses(model, data.train, classes);
  const { labelSmoothing: smoothing = 0, teacher, threads } = settings;
  await using cleanup = new AsyncDisposableStack();
  const loss = teacher === undefined ? crossEntropy({ smoothing }) : cleanup.use(
    distillation((await openOwnModel(teacher.path)).buildModel(0), {
      ...teacher,
      smoothing,
      threads,
    }),
  );
  return problem(model, { ...data, loss, metric: accuracy(classes) }, cleanup.move());
}

/**
 * A network that learns boxes.
 *
 * @throws {RangeError} when network, samples and options do not fit.
 */
export function boxProblem(
  model: Model,
  data: DataSplits<DetectionLabel>,
  settings: Pick<TrainSettings, "labelSmoothing" | "teacher"> & { readonly untrained: boolean },
): Problem {
  const misplaced = settings.teacher ? "distill" : settings.labelSmoothing ? "label-smoothing" : "";
  if (misplaced) throw new RangeError(`Cannot run with --${misplaced} as boxes are learnt`);
  const { model: network, classes, ...task } = yoloTask(
    model,
    settings.untrained ? { prior: PRIOR } : {},
  );
  requireClasses(model, data.train, classes);
  const metric = detectionMetric();
  return problem(network, { ...data, ...task, metric }, new AsyncDisposableStack());
}

/**
 * Requires that a network has an output for each class of its samples.
 *
 * @throws {RangeError} when it has fewer.
 */
export function requireClasses(
  { name }: Model,
  samples: Dataset<unknown>,
  classes: number,
): void {
  if (samples.classes.length <= classes) return;
  throw new RangeError(
    `Cannot use "${name}" for ${samples.name} as it must have an output for each of ` +
      `${samples.classes.length} classes: current value is ${classes}`,
  );
}

/** Outputs of a network that classifies. @throws {RangeError} when it does not. */
export function classesOf({ name, outputs }: Model): number {
  const [output, ...others] = outputs;
  if (others.length === 0 && output.shape.length === 2) return output.shape[1];
  throw new RangeError(
    `Cannot use "${name}" as a classifier as it must have one output, [N, classes]: current value ` +
      `is ${outputs.map(({ name, shape }) => `"${name}" [${shape}]`).join(", ")}`,
  );
}

function problem<Label>(
  model: Model,
  task: TrainingTask<Label>,
  cleanup: AsyncDisposableStack,
): Problem {
  const { test, metric, judged } = task;
  return {
    model,
    loss: task.loss.id,
    metrics: test && metric ? metric.names : [],
    train: task.train,
    ...(test && { test }),
    check: (options) => void planTraining(model, task, options),
    learn: (options) => train(model, task, options),
    used: (trained) => judged?.(trained) ?? trained,
    [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
  };
}
