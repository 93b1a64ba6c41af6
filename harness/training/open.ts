/**
 * Opens what a training is about: data and network, checked against each other.
 *
 * @module
 */

import { basename } from "node:path";
import type { Model } from "../../graph/model.ts";
import type { DataOptions, DataSource, DataSplits } from "../../suites/datasets/source.ts";
import { detectorOf } from "../../suites/detection/detector.ts";
import { findNetwork, type NetworkExtents, sampleShapeOf } from "../../suites/networks.ts";
import { isModelFile, openOwnModel } from "../../suites/own_model.ts";
import type { Suite } from "../../suites/suite.ts";
import { takeWeights } from "../../suites/weights.ts";
import { boxProblem, classProblem, type Problem, type ProblemData } from "./problem.ts";
import { type Recipe, recipeOf, type TrainSettings } from "./settings.ts";

/** What a training is about. */
export interface OpenedTraining extends AsyncDisposable {
  /** The network and what it learns. */
  readonly problem: Problem;
  /** How it learns. */
  readonly recipe: Recipe;
  /** Form of a network from scratch. */
  readonly extents?: NetworkExtents;
  /** Where its weights come from, e.g. `"seed 1"`. */
  readonly weights: string;
  /** What an import changed. */
  readonly notes: readonly string[];
}

/** What says which network and which data. */
export type OpenSettings = Pick<
  TrainSettings,
  "name" | "weights" | "data" | "extents" | "classes" | "seed"
>;

/** A network, once the classes of its data are known. */
export interface Blueprint {
  /** What a source is opened with, that its samples fit. */
  readonly data: DataOptions;
  /** Builds it for so many classes; a file has its own. */
  readonly build: (classes: number) => Model;
  /** Where its weights come from. */
  readonly weights: string;
  /** Form of a network from scratch. */
  readonly extents?: NetworkExtents;
  /** What an import changed. */
  readonly notes: readonly string[];
}

/**
 * What is known of a network before its data is opened.
 *
 * @throws {RangeError|SyntaxError} when there is none, or it does not fit the kind of data.
 */
export async function blueprintOf(
  settings: OpenSettings,
  signal?: AbortSignal,
): Promise<Blueprint> {
  const { data: { path, split, normalise, clips }, name, seed } = settings;
  const notes: string[] = [];
  const onNote = (note: string) => notes.push(note);
  const { input, ...blueprint } = isModelFile(name)
    ? await fileBlueprint(settings, onNote)
    : await networkBlueprint(settings, onNote);
  const data: DataOptions = {
    ...input,
    seed,
    ...(path !== undefined && { path }),
    ...(split && { split }),
    ...(normalise && { normalise }),
    ...(clips && { clips }),
    ...(signal && { signal }),
  };
  return { ...blueprint, data, notes };
}

/** A blueprint without what the data adds. */
interface Sketch extends Omit<Blueprint, "data" | "notes"> {
  readonly input: Pick<DataOptions, "sampleShape" | "normalise" | "letterbox">;
}

/**
 * Opens data and network.
 *
 * @throws {RangeError|TypeError|SyntaxError} when they, or the options, do not fit, before any work.
 */
export async function openTraining(
  settings: TrainSettings,
  signal?: AbortSignal,
): Promise<OpenedTraining> {
  const blueprint = await blueprintOf(settings, signal);
  const trained = isModelFile(settings.name) || settings.weights !== undefined;
  const problem = await openProblem(settings, blueprint, { untrained: !trained });
  const normalised = problem.model.nodes.some(({ op }) => op === "BatchNormalization");
  const { generated, kind } = settings.data.source;
  return {
    problem,
    recipe: recipeOf(settings, { kind, generated, tuned: trained, normalised }),
    ...(blueprint.extents && { extents: blueprint.extents }),
    weights: blueprint.weights,
    notes: blueprint.notes,
    [Symbol.asyncDispose]: () => problem[Symbol.asyncDispose](),
  };
}

/** Options of {@linkcode openProblem}. */
export interface OpenProblemOptions {
  /** Whether the network has learnt nothing yet. */
  readonly untrained: boolean;
  /** Chooses among the samples of a source. @default all of them */
  readonly choose?: <Label>(splits: DataSplits<Label>) => ProblemData<Label>;
}

/** Settings of {@linkcode openProblem}. */
export type ProblemSettings = Pick<
  TrainSettings,
  "data" | "labelSmoothing" | "teacher" | "threads"
>;

/**
 * Opens the data of a blueprint, builds its network, and puts them together.
 *
 * @throws {RangeError|TypeError|SyntaxError} when they do not fit, before any work.
 */
export async function openProblem(
  settings: ProblemSettings,
  { data: options, build }: Blueprint,
  { untrained, choose = (splits) => splits }: OpenProblemOptions,
): Promise<Problem> {
  const { source } = settings.data;
  if (source.kind === "detection") {
    const data = choose(await source.open(options));
    return boxProblem(build(data.train.classes.length), data, { ...settings, untrained });
  }
  const data = choose(await source.open(options));
  return await classProblem(build(data.train.classes.length), data, settings);
}

async function fileBlueprint(
  { name, data }: OpenSettings,
  onNote: (note: string) => void,
): Promise<Sketch> {
  const suite = await openOwnModel(name, { onNote });
  const model = suite.buildModel(0);
  return { input: inputOf(model, data.source.kind), build: () => model, weights: originOf(suite) };
}

async function networkBlueprint(
  settings: OpenSettings,
  onNote: (note: string) => void,
): Promise<Sketch> {
  const { name, data: { source }, extents: asked, classes, seed } = settings;
  const network = findNetwork(name);
  if (network.kind !== source.kind) {
    throw new RangeError(
      `Cannot train "${name}" on "${source.id}" as it must be a source of ${network.kind}: ` +
        `current value is one of ${source.kind}`,
    );
  }
  if (asked.frames !== undefined && network.paper.frames === undefined) {
    throw new RangeError(`Cannot run with --frames as "${name}" reads single images`);
  }
  const extents = { ...(source.generated ? network.small : network.paper), ...asked };
  const file = settings.weights === undefined
    ? undefined
    : await openOwnModel(settings.weights, { onNote });
  const build = (found: number) => {
    const model = network.build({ ...extents, classes: classes ?? found, seed });
    return file === undefined ? model : takeWeights(model, file.buildModel(0));
  };
  return {
    input: { sampleShape: sampleShapeOf(extents), ...NORMALISE[source.kind] },
    build,
    weights: file === undefined ? `seed ${seed}` : originOf(file),
    extents,
  };
}

/** Detectors of the YOLO family read values in 0..1; of other sets the source knows. */
const NORMALISE: Readonly<Record<DataSource["kind"], Pick<DataOptions, "normalise">>> = {
  images: {},
  clips: {},
  detection: { normalise: { mean: [0, 0, 0], std: [1, 1, 1] } },
};

/** What a source must be opened with, that its samples fit a network. */
function inputOf(model: Model, kind: DataSource["kind"]): Sketch["input"] {
  if (kind === "detection") return detectorOf(model).input;
  return { sampleShape: model.inputs[0].shape.slice(1) };
}

/** A file as it is recorded. */
function originOf({ files = [] }: Suite): string {
  return files.map(({ path, sha256 }) => `${basename(path)} (sha256 ${sha256})`).join(", ");
}
