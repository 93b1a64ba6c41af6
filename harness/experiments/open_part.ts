/**
 * Opens a part of an experiment: its network with its data, from one seed.
 *
 * @module
 */

import { join } from "node:path";
import type { TrainingMeans } from "../../compressors/trainer.ts";
import type { DataSplits } from "../../suites/datasets/source.ts";
import { findDataSource } from "../../suites/datasets/sources.ts";
import { type Part, SCAN } from "../../suites/experiments/experiment.ts";
import { openVolumes } from "../../suites/datasets/volumes.ts";
import { openOwnModel } from "../../suites/own_model.ts";
import { division, subset } from "../../training/data/subset.ts";
import { blueprintOf, openProblem, type OpenSettings } from "../training/open.ts";
import {
  type Judged,
  judgedDetector,
  type Problem,
  type ProblemData,
} from "../training/problem.ts";
import { volumeProblem } from "../training/volume_problem.ts";

/** What a part is opened with. */
export interface OpenPartOptions {
  /** Seed of weights, generated data and what is drawn of the samples. */
  readonly seed: number;
  /** Paths of data sets and files that the user gave, by the names that parts have for them. */
  readonly paths: ReadonlyMap<string, string>;
  /** Folder, which exists, for split files. */
  readonly folder: string;
  /** Threads of ONNX Runtime. */
  readonly threads: number;
  /** Ends the opening, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A part whose data is here. */
export type OpenedPart =
  | { readonly kind: "learns"; readonly problem: Problem }
  | { readonly kind: "judged"; readonly problem: Judged };

/** Names of the paths that a part needs. */
export function pathsOf({ network, data }: Part): string[] {
  return [
    ...("file" in network ? [network.file] : []),
    ...(data.path === undefined ? [] : [data.path]),
  ];
}

/** What methods have to learn by in a part, before it is opened; undefined where nothing is learnt. */
export function meansOf({ budget, data: { source, validation } }: Part): TrainingMeans | undefined {
  if (budget.prune + budget.retrain === 0) return undefined;
  const scan = source === SCAN;
  return {
    budget,
    teaches: !scan && findDataSource(source).kind !== "detection",
    evaluates: !scan && validation > 0,
  };
}

/** Why a part cannot be run with these paths; undefined when it can. */
export function missingPath(part: Part, paths: ReadonlyMap<string, string>): string | undefined {
  const missing = pathsOf(part).filter((name) => !paths.has(name));
  if (missing.length === 0) return undefined;
  const flags = missing.map((name) => `--data ${name}=PATH`).join(" ");
  return `${flags} not given`;
}

/**
 * Opens a part.
 *
 * @throws {RangeError|SyntaxError} when network and data do not fit or a file cannot be read.
 */
export async function openPart(part: Part, options: OpenPartOptions): Promise<OpenedPart> {
  const { seed, threads, signal } = options;
  if (part.data.source === SCAN) return await openScan(part, options);
  const settings = await settingsOf(part, options);
  const blueprint = await blueprintOf(settings, signal);
  const choose = <Label>(splits: DataSplits<Label>) => chooseSamples(splits, part, seed);
  const { source } = settings.data;
  if (part.budget.prune + part.budget.retrain === 0) {
    if (source.kind !== "detection") {
      throw new RangeError(
        `Cannot run part "${part.id}" without training as it must be of a detector: ` +
          `current value is data of ${source.kind}`,
      );
    }
    const data = choose(await source.open(blueprint.data));
    return {
      kind: "judged",
      problem: judgedDetector(blueprint.build(data.train.classes.length), data),
    };
  }
  const untrained = part.dense !== undefined;
  const problem = await openProblem({ ...settings, threads }, blueprint, { untrained, choose });
  return { kind: "learns", problem };
}

/** A network that is to agree with itself, as it was, on cubes of a scan. */
async function openScan(part: Part, options: OpenPartOptions): Promise<OpenedPart> {
  const { seed, paths, threads, signal } = options;
  const { network, data: { path, train, test } } = part;
  if (!("file" in network) || path === undefined || !train || !test) {
    throw new RangeError(
      `Cannot open part "${part.id}" as a scan needs the file of a network, a path, and numbers of ` +
        `patches: current value is ${JSON.stringify({ network, data: part.data })}`,
    );
  }
  const { file, shapes } = network;
  const suite = await openOwnModel(paths.get(file)!, { ...(shapes && { shapes }) });
  const model = suite.buildModel(0);
  const data = await openVolumes({
    path: paths.get(path)!,
    model,
    train,
    test,
    seed,
    threads,
    ...(signal && { signal }),
  });
  return { kind: "learns", problem: volumeProblem(model, data) };
}

async function settingsOf(
  { network, extents = {}, data }: Part,
  { seed, paths, folder }: OpenPartOptions,
): Promise<OpenSettings> {
  const write = async (name: string, text: string | undefined) => {
    if (text === undefined) return {};
    const path = join(folder, `split-${name}.txt`);
    await Deno.writeTextFile(path, text);
    return { [name]: path };
  };
  const split = {
    ...await write("train", data.splitTrain),
    ...await write("test", data.splitTest),
  };
  return {
    name: "file" in network ? paths.get(network.file)! : network.id,
    data: {
      source: findDataSource(data.source),
      ...(data.path !== undefined && { path: paths.get(data.path)! }),
      ...(Object.keys(split).length > 0 && { split }),
      ...(data.normalise && { normalise: data.normalise }),
    },
    extents,
    seed,
  };
}

/** As many samples as the part wants, those for searches set aside. */
function chooseSamples<Label>(
  { train, test }: DataSplits<Label>,
  { data }: Part,
  seed: number,
): ProblemData<Label> {
  const some = data.train === undefined
    ? train
    : subset(train, Math.min(train.size, data.train + data.validation), seed);
  const judged = test && data.test !== undefined
    // The same for all seeds: what differs between seeds is to be learning, not the test.
    ? subset(test, Math.min(test.size, data.test), 0)
    : test;
  const splits = judged ? { test: judged } : {};
  if (data.validation === 0) return { train: some, ...splits };
  const { train: rest, held } = division(some, data.validation, seed);
  return { train: rest, validation: held, ...splits };
}
