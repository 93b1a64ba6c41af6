/**
 * Trains a network, epoch by epoch.
 *
 * @module
 */

import type { Model } from "../graph/model.ts";
import { Random } from "../graph/random.ts";
import { type Tensor, tensor, values } from "../graph/tensor.ts";
import { Checkpoint, type TrainingState } from "./checkpoint.ts";
import { bestEpoch, evaluationsWithoutRise } from "./curve.ts";
import { type Batch, trainingBatches } from "./data/batches.ts";
import { evaluate } from "./evaluate.ts";
import { expectFinite } from "./expect_finite.ts";
import { trainingIdentity } from "./identity.ts";
import { masked, structureMasks } from "./penalties/masked.ts";
import type { LiveWeights } from "./penalties/penalty.ts";
import { planTraining, type TrainingPlan } from "./plan.ts";
import { RemainingTime } from "./remaining_time.ts";
import { followStatistics, reestimateStatistics } from "./running_statistics.ts";
import { openTrainingStep, type StepResult, type TrainingStep } from "./step.ts";
import type {
  EpochRecord,
  TrainingOptions,
  TrainingOutcome,
  TrainingTask,
} from "./trainer_options.ts";
import { WeightUpdates } from "./updates.ts";

/** Values of a metric by name. */
type Metrics = EpochRecord["metrics"];

/**
 * Trains a network: from scratch when its weights are random, else fine-tunes it. The model itself is
 * not changed. Weights that have a structure keep the zeros that it says, as if the options had that
 * mask.
 *
 * The same model, task, options and threads give the same bits, whether training ran through or was
 * ended and resumed from its checkpoint any number of times.
 *
 * @throws {RangeError} before any work when options, datasets and network do not fit, or the checkpoint
 *   is of another training; later when the loss or a gradient is not finite, naming the step.
 * @throws {TypeError} when an operator has no gradient.
 * @throws {SyntaxError} when the checkpoint or a sample is damaged.
 * @throws the signal's reason when it is aborted.
 */
export async function train<Label>(
  model: Model,
  task: TrainingTask<Label>,
  options: TrainingOptions,
): Promise<TrainingOutcome> {
  const plan = planTraining(model, task, options);
  const { learns, network, options: { normalization, threads, provider } } = plan;
  await using step = await openTrainingStep(network, task.loss, {
    learns,
    normalization,
    ...(threads !== undefined && { threads }),
    ...(provider !== undefined && { provider }),
  });
  return await new Training(model, task, plan, step).run();
}

/** One training. */
class Training<Label> {
  readonly #model: Model;
  readonly #task: TrainingTask<Label>;
  readonly #plan: TrainingPlan;
  readonly #step: TrainingStep;
  readonly #updates: WeightUpdates;
  readonly #state: TrainingState;
  readonly #checkpoint: Checkpoint | undefined;
  readonly #remaining = new RemainingTime();

  constructor(model: Model, task: TrainingTask<Label>, plan: TrainingPlan, step: TrainingStep) {
    this.#model = model;
    this.#task = task;
    this.#plan = plan;
    this.#step = step;
    const weights = new Map([...model.weights].map(([name, t]) => [name, values(t).slice()]));
    const parameters = step.parameters.map((name) =>
      [name, model.weights.get(name)!.shape] as const
    );
    const masks = structureMasks(model);
    const { penalties, checkpoint } = plan.options;
    this.#updates = new WeightUpdates(weights, new Map(parameters), {
      ...plan.options,
      penalties: masks.size > 0 ? [masked(masks), ...penalties] : penalties,
    });
    this.#state = {
      progress: { epoch: 0, step: 0, lossSum: 0, seconds: 0, epochs: [] },
      weights,
      optimiser: this.#updates.states,
      penalties: this.#updates.penalties,
      best: undefined,
    };
    this.#checkpoint = checkpoint &&
      new Checkpoint(checkpoint.path, trainingIdentity(model, task, plan.options));
  }

  async run(): Promise<TrainingOutcome> {
    const { signal } = this.#plan.options;
    const { progress } = this.#state;
    await this.#checkpoint?.restore(this.#state);
    try {
      while (this.#ended() === undefined) await this.#epoch();
    } catch (error) {
      const aborted = signal?.aborted && error === signal.reason;
      // Before the first step there is nothing that the model does not have.
      if (aborted && progress.epoch + progress.step > 0) await this.#checkpoint?.save(this.#state);
      throw error;
    }
    return await this.#outcome(this.#ended()!);
  }

  /** Why training is over; undefined while it is not. */
  #ended(): TrainingOutcome["ended"] | undefined {
    const { options: { epochs, patience = Infinity }, deciding } = this.#plan;
    const { progress } = this.#state;
    if (evaluationsWithoutRise(progress.epochs, deciding) >= patience) return "early stop";
    return progress.epoch === epochs ? "finished" : undefined;
  }

  /** The running epoch, or what is left of it. */
  async #epoch(): Promise<void> {
    const { steps, options: { batch, seed, signal, checkpoint } } = this.#plan;
    const { progress } = this.#state;
    signal?.throwIfAborted();
    // What penalties hold of an epoch that began before a checkpoint came back with it.
    if (progress.step === 0) this.#updates.begin({ epoch: progress.epoch, step: this.#stepsDone });
    const position = { batch, seed, epoch: progress.epoch, skip: progress.step };
    let begin = performance.now();
    for await (const samples of trainingBatches(this.#task.train, position)) {
      progress.lossSum += await this.#learn(samples);
      const seconds = secondsSince(begin);
      progress.step++;
      progress.seconds += seconds;
      this.#remaining.step(seconds);
      this.#report(`epoch ${progress.epoch + 1}/${this.#plan.options.epochs}`);
      const { everySteps = Infinity } = checkpoint ?? {};
      if (progress.step % everySteps === 0 && progress.step < steps) {
        await this.#checkpoint?.save(this.#state);
      }
      signal?.throwIfAborted();
      begin = performance.now();
    }
    await this.#finishEpoch();
  }

  /** One step; returns its loss. */
  async #learn(samples: Batch<Label>): Promise<number> {
    const { learns, options: { rate, schedule, momentum } } = this.#plan;
    const { weights, progress } = this.#state;
    const step = this.#stepsDone;
    const { loss, gradients, statistics } = await this.#run(samples, weights, `dropout/${step}`);
    const norm = this.#updates.prepare(gradients);
    const place = { epoch: progress.epoch + 1, step: progress.step + 1, steps: this.#plan.steps };
    expectFinite(loss, norm, gradients, place);
    const factor = schedule.factor(step, this.#stepsInAll);
    this.#updates.follow(gradients, { rate: rate * factor, step });
    followStatistics(weights, statistics, momentum, learns);
    return loss;
  }

  /** Loss, gradients and statistics of a batch. */
  async #run(
    { input, labels }: Batch<Label>,
    weights: LiveWeights,
    stream: string,
  ): Promise<StepResult> {
    const inputs = new Map([[this.#plan.input, input]]);
    const targets = await this.#task.loss.encode(labels, inputs);
    return await this.#step.run({
      weights,
      inputs: new Map([...inputs, ...targets]),
      random: new Random(this.#plan.options.seed, stream),
    });
  }

  /** Judges the weights and draws the next point of the curve. */
  async #finishEpoch(): Promise<void> {
    const { options, steps, deciding } = this.#plan;
    const { rate, schedule, epochs, evaluateEvery, keep } = options;
    const { progress, weights } = this.#state;
    const epoch = progress.epoch + 1;
    const begin = performance.now();
    const isDue = epoch % evaluateEvery === 0 || epoch === epochs;
    const metrics = isDue ? await this.#evaluate(weights) : {};
    const record: EpochRecord = {
      epoch,
      step: this.#stepsDone,
      rate: rate * schedule.factor(this.#stepsDone - 1, this.#stepsInAll),
      loss: progress.lossSum / steps,
      penalty: this.#updates.penalty(),
      metrics,
      trainSeconds: progress.seconds,
      evaluationSeconds: isDue ? secondsSince(begin) : 0,
    };
    progress.epochs.push(record);
    if (keep === "best" && bestEpoch(progress.epochs, deciding) === record) {
      this.#state.best = new Map([...weights].map(([name, array]) => [name, array.slice()]));
    }
    Object.assign(progress, { epoch, step: 0, lossSum: 0, seconds: 0 });
    await this.#checkpoint?.save(this.#state);
    options.onEpoch?.(record);
  }

  /** The network with the weights that are to be kept, their running statistics taken anew. */
  async #outcome(ended: TrainingOutcome["ended"]): Promise<TrainingOutcome> {
    const { deciding, learns, options } = this.#plan;
    const { progress: { epochs }, best, weights: last } = this.#state;
    const record = options.keep === "best" ? bestEpoch(epochs, deciding)! : epochs.at(-1)!;
    const weights = best ?? last;
    const anew = await reestimateStatistics(this.#task.train, weights, {
      ...options,
      batches: options.reestimate,
      learns,
      run: (samples, stream) => {
        this.#report("re-estimating statistics");
        return this.#run(samples, weights, stream);
      },
    });
    return {
      model: this.#withWeights(weights),
      epochs,
      ended,
      epoch: record.epoch,
      metrics: anew ? await this.#evaluate(weights) : record.metrics,
    };
  }

  /** Metrics of the test samples; none when nothing is judged. */
  async #evaluate(weights: LiveWeights): Promise<Metrics> {
    const { test, metric, judged } = this.#task;
    const { batch, signal, threads, provider } = this.#plan.options;
    if (!test || !metric) return {};
    const model = this.#withWeights(weights);
    const begin = performance.now();
    const metrics = await evaluate(judged?.(model) ?? model, test, metric, {
      batch,
      ...(threads !== undefined && { threads }),
      ...(provider !== undefined && { provider }),
      ...(signal && { signal }),
      onProgress: () => this.#report("evaluating"),
    });
    this.#remaining.evaluation(secondsSince(begin));
    return metrics;
  }

  #withWeights(weights: LiveWeights): Model {
    const all = [...this.#model.weights].map(([name, { shape }]): [string, Tensor] => [
      name,
      tensor(weights.get(name)!, shape),
    ]);
    return { ...this.#model, weights: new Map(all) };
  }

  /** Steps finished, over all epochs. */
  get #stepsDone(): number {
    const { epoch, step } = this.#state.progress;
    return epoch * this.#plan.steps + step;
  }

  get #stepsInAll(): number {
    return this.#plan.options.epochs * this.#plan.steps;
  }

  #report(label: string): void {
    const { judges, options: { epochs, evaluateEvery, onProgress } } = this.#plan;
    if (!onProgress) return;
    const { epoch, step, lossSum } = this.#state.progress;
    // Every so many epochs, and after the last one.
    const evaluations = judges
      ? Math.ceil(epochs / evaluateEvery) - Math.floor(epoch / evaluateEvery)
      : 0;
    const secondsLeft = this.#remaining.left(this.#stepsInAll - this.#stepsDone, evaluations);
    onProgress({
      label,
      fraction: this.#stepsDone / this.#stepsInAll,
      ...(secondsLeft !== undefined && { secondsLeft }),
      ...(step > 0 && { loss: lossSum / step }),
    });
  }
}

function secondsSince(begin: number): number {
  return (performance.now() - begin) / 1000;
}
