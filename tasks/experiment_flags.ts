/**
 * The command line of `deno task experiment`, and what `deno task bench SUITE --train` shares with it.
 *
 * @module
 */

import type { ExperimentSettings } from "../harness/experiments/settings.ts";
import { DATA_SOURCES } from "../suites/datasets/sources.ts";
import type { Experiment, Scale } from "../suites/experiments/experiment.ts";
import { EXPERIMENTS, findExperiment } from "../suites/experiments/registry.ts";
import {
  choiceOf,
  type Flags,
  integerOf,
  listOf,
  onlyWord,
  readFlags,
  retold,
  UsageError,
} from "./flags.ts";

/** What `--help` prints. */
export const HELP = `deno task experiment NAME [options]

Trains, compresses and judges networks as an experiment defines it: each cell is one method at one
rate, on one network and data set, from one seed. Writes results/<machine>/experiments/<name>-<scale>/
with tables, charts and a page, and tells what the results say of the papers' claims.

  --scale SCALE     quick: seconds, on generated data; small: hours on two cores; full: the papers'
                    settings, for people with the data and a GPU (default: quick)
  --data NAME=PATH  a data set or a trained network that parts of the experiment need; may come
                    several times. A part whose data is not given is not run, visibly; what is
                    recorded of it is still shown
  --seeds LIST      seeds instead of the experiment's own, e.g. 1 or 1,2,3
  --only LIST       parts or cells to run, e.g. c3d-moving-shapes or 'c3d-*/kgs-*'
  --no-timing       do not time the compressed networks at the end
  --threads N       threads of training (default: all cores)
  --provider NAME   execution provider of ONNX Runtime, e.g. cuda (default: the processor)
  --results DIR     folder of all results (default: results)
  --machine NAME    name of the machine's folder (default: made from the processor's name)
  --work DIR        folder of networks, and of what unfinished cells go on from
                    (default: .build/experiments of the project)
  --json            print the cells as JSON instead of tables
  --list            list experiments with their parts and what these need, at the scale (small)
  --help            this text

Ctrl-C keeps finished cells, of the running one the finished epochs, and of a timing the finished
rounds: the same command goes on there. The same command in two shells shares the cells between
them, e.g. with --threads 1 each. Exit codes: 0 when all cells are finished, 1 for an error or a
failed cell, 130 when interrupted.
`;

const VALUES = [
  ...["scale", "seeds", "only", "threads", "provider", "results", "machine", "work"] as const,
] as const;
const LISTS = ["data"] as const;
const SWITCHES = ["no-timing", "json", "list", "help"] as const;

type ExperimentFlags = Flags<
  typeof VALUES[number],
  typeof SWITCHES[number],
  typeof LISTS[number]
>;

/** Options that say how an experiment is run. */
export interface RunFlags {
  readonly scale?: string;
  readonly seeds?: string;
  readonly only?: string;
  readonly threads?: string;
  readonly provider?: string;
  readonly results?: string;
  readonly machine?: string;
  readonly data: readonly string[];
}

/** What was asked for. */
export type ExperimentCommand =
  | { readonly kind: "help" }
  | { readonly kind: "list"; readonly scale: Scale }
  | {
    readonly kind: "run";
    readonly settings: ExperimentSettings;
    readonly timing: boolean;
    readonly json: boolean;
    readonly work?: string;
  };

/**
 * Reads a command line.
 *
 * @throws {UsageError|RangeError} for anything that is unknown, with the nearest names, or does not fit.
 */
export function parseExperimentCommand(args: string[]): ExperimentCommand {
  const flags: ExperimentFlags = readFlags(args, {
    values: VALUES,
    switches: SWITCHES,
    lists: LISTS,
    alias: { help: "h" },
  });
  if (flags.help) return { kind: "help" };
  if (flags.list) return { kind: "list", scale: scaleOf(flags) ?? "small" };
  const name = onlyWord(
    flags._,
    'one experiment must be named, e.g. "deno task experiment rt3d" (--list shows all)',
  );
  return {
    kind: "run",
    settings: experimentSettings(findExperiment(name), flags, `experiment ${name}`),
    timing: !flags["no-timing"],
    json: flags.json,
    ...(flags.work !== undefined && { work: flags.work }),
  };
}

/**
 * What the options mean for an experiment.
 *
 * @param task Task and words that name the experiment, for the command that makes it again.
 * @throws {UsageError} when one does not fit.
 */
export function experimentSettings(
  experiment: Experiment,
  flags: RunFlags,
  task: string,
): ExperimentSettings {
  const scale = scaleOf(flags) ?? "quick";
  const { seeds, only, provider, machine } = flags;
  const paths = pathsOf(flags.data);
  const known = new Set(
    experiment.parts(scale).flatMap(({ network, data }) => [
      ...("file" in network ? [network.file] : []),
      ...(data.path === undefined ? [] : [data.path]),
    ]),
  );
  const unknown = [...paths.keys()].find((name) => !known.has(name));
  if (unknown !== undefined) {
    const names = known.size > 0 ? [...known].join(", ") : "nothing, at this scale";
    throw new UsageError(
      `Cannot run with --data ${unknown}=PATH as the experiment needs ${names}`,
    );
  }
  return {
    experiment,
    scale,
    paths,
    ...(seeds !== undefined && {
      seeds: listOf("seeds", seeds).map((seed) => integerOf("seeds", seed, 0)),
    }),
    ...(only !== undefined && { only: listOf("only", only) }),
    threads: flags.threads === undefined
      ? navigator.hardwareConcurrency
      : integerOf("threads", flags.threads, 1),
    ...(provider !== undefined && { provider }),
    results: flags.results ?? "results",
    ...(machine !== undefined && { machine }),
    command: commandOf(task, flags, scale),
  };
}

function scaleOf({ scale }: Pick<RunFlags, "scale">): Scale | undefined {
  return choiceOf("scale", scale, ["quick", "small", "full"]);
}

/**
 * Data sets and networks by name, each typed as `NAME=PATH`.
 *
 * @throws {UsageError} when one is not.
 */
export function pathsOf(texts: readonly string[]): Map<string, string> {
  return new Map(texts.map((text) => {
    const [, name, path] = /^([\w-]+)=(.+)$/s.exec(text) ?? [];
    if (name !== undefined) return [name, path];
    throw new UsageError(
      `Cannot run as --data must be NAME=PATH, as in cifar10=../cifar-10-batches-bin: ` +
        `current value is "${text}"`,
    );
  }));
}

/** The whole experiment as someone else would type it. */
function commandOf(task: string, { data, seeds, provider }: RunFlags, scale: Scale): string {
  const words = [
    "--scale",
    scale,
    ...data.flatMap((text) => ["--data", text]),
    ...(seeds === undefined ? [] : ["--seeds", seeds]),
    ...(provider === undefined ? [] : ["--provider", provider]),
  ];
  return `deno task ${task} ${words.map(retold).join(" ")}`;
}

/** What `--list` prints: parts of a scale, and what they need. */
export function renderExperimentList(scale: Scale): string {
  return EXPERIMENTS.flatMap(({ id, description, parts }) => [
    `${id}: ${description}`,
    ...parts(scale).map((part) => {
      const needs = [
        ...("file" in part.network ? [`--data ${part.network.file}=FILE.onnx`] : []),
        ...(part.data.path === undefined ? [] : [`--data ${part.data.path}=PATH`]),
      ].join(" ");
      const about = DATA_SOURCES.find((source) => source.id === part.data.source)?.description;
      return `  ${part.id}: ${part.title}, ${part.cells.length} cells` +
        (needs === "" ? "" : `\n      ${needs} (${about ?? "a scan, .nii or .nii.gz"})`);
    }),
  ]).join("\n");
}
