/**
 * Judges a network by samples, in one engine or in two side by side.
 *
 * @module
 */

import { outputsError } from "../../graph/compare.ts";
import type { Model } from "../../graph/model.ts";
import { withBatch } from "../../graph/rewrites/rebatch.ts";
import type { DataSplits } from "../../suites/datasets/source.ts";
import { detectionMetric } from "../../suites/detection/detection_metric.ts";
import { detectorOf } from "../../suites/detection/detector.ts";
import { evaluationBatches } from "../../training/data/batches.ts";
import type { Dataset } from "../../training/data/dataset.ts";
import { expectSamples } from "../../training/expect_samples.ts";
import { accuracy } from "../../training/metrics/accuracy.ts";
import type { Metric } from "../../training/metrics/metric.ts";
import { type Engine, type EngineId, openEngine } from "./engines.ts";
import { blueprintOf, type OpenSettings } from "./open.ts";
import { classesOf, requireClasses } from "./problem.ts";

/** What is asked of an evaluation. */
export interface EvaluationSettings extends OpenSettings {
  /** Engines, the one that decides first. */
  readonly engines: readonly EngineId[];
  /** Which samples. @default those for tests, or where there are none those to learn from */
  readonly samples?: "train" | "test";
  /** Samples of a run. */
  readonly batch: number;
  /** Threads of each engine. */
  readonly threads: number;
}

/** What an engine made of the samples. */
export interface Judgement {
  /** Which engine. */
  readonly engine: EngineId;
  /** Values by name; NaN where there was nothing to judge. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Seconds that its runs took. */
  readonly seconds: number;
}

/** What was found. */
export interface Evaluation {
  /** The network. */
  readonly model: Model;
  /** The samples. */
  readonly samples: { readonly name: string; readonly description: string; readonly size: number };
  /** One for each engine. */
  readonly judgements: readonly Judgement[];
  /** Largest relative error of an output of the first engine against the second; with two only. */
  readonly relativeError?: number;
  /** What an import changed. */
  readonly notes: readonly string[];
}

/** Options of {@linkcode runEvaluation}. */
export interface RunEvaluationOptions {
  /** Ends the evaluation, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called when everything is loaded. */
  onStart?(model: Model, samples: Evaluation["samples"], notes: readonly string[]): void;
  /** Called after each batch. */
  onProgress?(done: number, total: number): void;
}

/**
 * Judges a network.
 *
 * @throws {RangeError|SyntaxError} when network, data and options do not fit, before any work.
 * @throws {DeviceUnavailableError} when our runtime cannot be built here.
 */
export async function runEvaluation(
  settings: EvaluationSettings,
  options: RunEvaluationOptions = {},
): Promise<Evaluation> {
  const blueprint = await blueprintOf(settings, options.signal);
  const { source } = settings.data;
  const { build, notes } = blueprint;
  const rest = { ...options, notes };
  if (source.kind === "detection") {
    const samples = chosen(await source.open(blueprint.data), settings);
    const model = build(samples.classes.length);
    const { classes, decode } = detectorOf(model);
    requireClasses(model, samples, classes);
    return await judge(model, samples, detectionMetric({ decode }), settings, rest);
  }
  const samples = chosen(await source.open(blueprint.data), settings);
  const model = build(samples.classes.length);
  const classes = classesOf(model);
  requireClasses(model, samples, classes);
  return await judge(model, samples, accuracy(classes), settings, rest);
}

function chosen<Label>(
  { train, test }: DataSplits<Label>,
  { samples }: EvaluationSettings,
): Dataset<Label> {
  if (samples === "train") return train;
  if (samples === "test" && !test) {
    throw new RangeError(`Cannot judge by test samples as ${train.name} has none beside it`);
  }
  return test ?? train;
}

async function judge<Label>(
  model: Model,
  samples: Dataset<Label>,
  metric: Metric<Label>,
  { engines: ids, batch, threads }: EvaluationSettings,
  { signal, notes, onStart, onProgress }: RunEvaluationOptions & Pick<Evaluation, "notes">,
): Promise<Evaluation> {
  const input = expectSamples(model, samples);
  const network = withBatch(model, batch);
  await using opened = new AsyncDisposableStack();
  const engines: Engine[] = [];
  for (const id of ids) engines.push(opened.use(await openEngine(id, network, threads)));
  onStart?.(model, samples, notes);
  const states = engines.map(({ id }) => ({ id, seconds: 0, state: metric.start() }));
  let done = 0, relativeError = 0;
  for await (const { input: tensor, labels } of evaluationBatches(samples, { batch, signal })) {
    const outputs = [];
    for (const [i, engine] of engines.entries()) {
      const begin = performance.now();
      outputs.push(await engine.run(new Map([[input, tensor]])));
      states[i].seconds += (performance.now() - begin) / 1000;
      states[i].state.add(outputs[i], labels);
    }
    const [first, second] = outputs;
    if (second) relativeError = Math.max(relativeError, outputsError(first, second));
    done += labels.length;
    onProgress?.(done, samples.size);
    signal?.throwIfAborted();
  }
  return {
    model,
    samples,
    judgements: states.map(({ id, seconds, state }) => ({
      engine: id,
      metrics: state.result(),
      seconds,
    })),
    ...(engines.length > 1 && { relativeError }),
    notes,
  };
}
