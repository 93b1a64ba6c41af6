/**
 * What a network learns, with everything that depends on the kind of labels decided: loss, metric,
 * judged form. Behind it nobody needs to know the kind.
 *
 * @module
 */

import {
  type TaskTrainer,
  taskTrainer,
  type TaskTrainerOptions,
} from "../../compressors/learning/task_trainer.ts";
import type { Model } from "../../graph/model.ts";
import type { RuntimeOptions } from "../../graph/runtime.ts";
import type { DataSplits } from "../../suites/datasets/source.ts";
import { openOwnModel } from "../../suites/own_model.ts";
import { detectionMetric } from "../../suites/detection/detection_metric.ts";
import { detectorOf } from "../../suites/detection/detector.ts";
import { yoloTask } from "../../suites/detection/yolo_task.ts";
import type { ClassLabel, Dataset, DetectionLabel } from "../../training/data/dataset.ts";
import { evaluate } from "../../training/evaluate.ts";
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

/** How the dense network teaches a compressed one, as in the code of RT3D's authors. */
const DISTILLED = { temperature: 3, alpha: 0.5 };

/** Probability of an object that anchors of an untrained detector start from. */
const PRIOR = 0.01;

/** Samples of one kind of label. */
export interface ProblemData<Label> extends DataSplits<Label> {
  /** Samples that searches judge by, neither trained on nor tested by. @default there are none */
  readonly validation?: Dataset<Label>;
}

/** What compressors learn by, once network and samples are known. */
export type TrainerOptions = Omit<TaskTrainerOptions<never>, "task" | "validation" | "teach">;

/** How a network is judged by samples. */
export interface JudgeOptions extends RuntimeOptions {
  /** Samples of a run. */
  readonly batch: number;
  /** Ends the evaluation, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A network that can be judged. */
export interface Judged extends AsyncDisposable {
  /** The network as methods work on it. */
  readonly model: Model;
  /** Names of what it is judged by, the deciding one first; none without test samples. */
  readonly metrics: readonly string[];
  /** Samples to be judged by. */
  readonly test?: Dataset<unknown>;
  /** Metrics of a network like it by all test samples, by name. @throws {RangeError} without any */
  judge(model: Model, options: JudgeOptions): Promise<Readonly<Record<string, number>>>;
  /** The network as it is used: of a detector, with its boxes decoded. */
  used(model: Model): Model;
}

/** A network and what it is to learn. */
export interface Problem extends Judged {
  /** Id of the loss. */
  readonly loss: string;
  /** Samples to learn from. */
  readonly train: Dataset<unknown>;
  /**
   * Checks that options fit, before any work.
   *
   * @throws {RangeError} when they do not.
   */
  check(options: TrainingOptions): void;
  /** Trains it. @throws as `train` does */
  learn(options: TrainingOptions): Promise<TrainingOutcome>;
  /** What a compressor learns by. @throws {RangeError} without samples for tests */
  trainer(options: TrainerOptions): TaskTrainer;
}

/**
 * A network that learns classes.
 *
 * @throws {RangeError} when network, samples and options do not fit.
 */
export async function classProblem(
  model: Model,
  { validation, ...data }: ProblemData<ClassLabel>,
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
  const task = { ...data, loss, metric: accuracy(classes) };
  const teach = (dense: Model) => distillation(dense, { ...DISTILLED, threads });
  return problem(model, task, { validation, teach, cleanup: cleanup.move() });
}

/**
 * A network that learns boxes.
 *
 * @throws {RangeError} when network, samples and options do not fit.
 */
export function boxProblem(
  model: Model,
  { validation, ...data }: ProblemData<DetectionLabel>,
  settings: Pick<TrainSettings, "labelSmoothing" | "teacher"> & { readonly untrained: boolean },
): Problem {
  const misplaced = settings.teacher ? "distill" : settings.labelSmoothing ? "label-smoothing" : "";
  if (misplaced) throw new RangeError(`Cannot run with --${misplaced} as boxes are learnt`);
  const { model: network, classes, ...task } = yoloTask(
    model,
    settings.untrained ? { prior: PRIOR } : {},
  );
  requireClasses(model, data.train, classes);
  const cleanup = new AsyncDisposableStack();
  return problem(network, { ...data, ...task, metric: detectionMetric() }, { validation, cleanup });
}

/** A detector that is judged only, as training it is not known. */
export function judgedDetector(model: Model, { test }: DataSplits<DetectionLabel>): Judged {
  const { classes, decode } = detectorOf(model);
  if (test) requireClasses(model, test, classes);
  const metric = detectionMetric({ decode });
  return {
    model,
    metrics: metric.names,
    ...(test && { test }),
    judge: (changed, options) => evaluate(changed, requireTest(model, test), metric, options),
    used: (changed) => changed,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
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

/** What a problem has besides its task. */
interface ProblemExtras<Label> {
  readonly validation: Dataset<Label> | undefined;
  readonly teach?: TaskTrainerOptions<Label>["teach"];
  readonly cleanup: AsyncDisposableStack;
}

/** Puts a network and its task behind one face, whatever its labels are. */
export function problem<Label>(
  model: Model,
  task: TrainingTask<Label>,
  { validation, teach, cleanup }: ProblemExtras<Label>,
): Problem {
  const { test, metric, judged = (trained: Model) => trained } = task;
  return {
    model,
    loss: task.loss.id,
    metrics: test && metric ? metric.names : [],
    train: task.train,
    ...(test && { test }),
    check: (options) => void planTraining(model, task, options),
    learn: (options) => train(model, task, options),
    judge: (changed, options) =>
      evaluate(judged(changed), requireTest(model, test), metric!, options),
    used: judged,
    trainer(options) {
      return taskTrainer({
        ...options,
        task,
        ...(validation && { validation }),
        ...(teach && { teach }),
      });
    },
    [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
  };
}

function requireTest<Label>({ name }: Model, test: Dataset<Label> | undefined): Dataset<Label> {
  if (test) return test;
  throw new RangeError(`Cannot judge "${name}" as there must be test samples: there are none`);
}
