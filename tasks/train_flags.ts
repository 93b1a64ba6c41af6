/**
 * The command line of `deno task train`: from words to settings. What depends on network and data is
 * checked where these are opened.
 *
 * @module
 */

import type { TrainSettings } from "../harness/training/settings.ts";
import { isModelFile } from "../suites/own_model.ts";
import { findNetwork } from "../suites/networks.ts";
import { OPTIMISER_IDS } from "../training/optimisers/parse.ts";
import { parseSchedule, SCHEDULE_FORMS } from "../training/schedules.ts";
import { DATA_HELP, DATA_VALUES, dataOf } from "./data_flags.ts";
import {
  choiceOf,
  type Flags,
  integerOf,
  listOf,
  numberOf,
  onlyWord,
  readFlags,
  requireWritable,
  retold,
  UsageError,
} from "./flags.ts";

/** What `--help` prints. */
export const HELP = `deno task train NETWORK|MODEL.onnx --data KIND[:PATH] [options]

Trains a network of the papers from scratch, or fine-tunes an ONNX file, and writes an ONNX file that
ONNX Runtime has run. Every epoch becomes a row of results/<machine>/training/<run>/curve.csv; chart
and page are made at the end. A pruned file keeps its zeros and its structure. Data that is generated
needs no path: with it, networks are small by default.

  --data KIND[:PATH]   what to learn from, e.g. textures or cifar10:data/cifar-10-batches-bin; --list
                       shows all kinds, docs/training.md the layouts on disk
${DATA_HELP}
of a network from scratch:
  --width X            multiplies the numbers of filters, e.g. 0.25
  --size N             height and width of the input in pixels
  --frames N           frames of a clip
  --classes N          outputs (default: the classes of the data)
  --dropout X          share that training drops behind hidden fully connected layers
  --weights FILE       ONNX file whose weights it begins with
how it learns:
  --epochs N           passes over the data
  --batch N            samples of a step
  --optimiser NAME     ${OPTIMISER_IDS.join(", ")}; with --momentum, --no-nesterov, --beta1, --beta2
  --rate X             learning rate that the schedule scales
  --schedule TEXT      ${SCHEDULE_FORMS.join(";\n                       ")}
  --decay X            weight decay of weights, not of biases and normalisations
  --clip X             longest gradient, 0 for any
  --label-smoothing X  share of the target that is spread over all classes
  --distill FILE       ONNX file of a teacher; with --temperature, --alpha
  --freeze LIST        weights that stay as they are; * stands for anything, e.g. 'conv1*,*.bn.*'
  --normalization KIND batch (default) or running statistics of batch normalisations
  --reestimate N       batches over which running statistics are taken anew at the end
  --patience N         stop when N evaluations brought nothing better
  --keep WHICH         weights of the last (default) or the best epoch
  --evaluate-every N   epochs from one evaluation to the next (default: 1)
  --seed N             seed of everything random (default: 1)
  --threads N          threads (default: all cores)
  --provider NAME      execution provider of ONNX Runtime (default: cpu)
what is written:
  -o, --out FILE       where the network goes (default: model.onnx in the run's folder)
  --force              write over a file that exists
  --results DIR        folder of results (default: results)
  --machine NAME       name of the machine's folder (default: made from the processor's name)
  --no-record          write nothing but the network
  --checkpoint FILE    keep training there; goes on from it where it exists (default: in the run's
                       folder, until it has ended)
  --resume RUN         go on with an interrupted training, e.g. results/<machine>/training/<run>
  --json               print what came out as JSON
  --list               list networks and kinds of data
  --help               this text

Ctrl-C keeps a checkpoint and tells how to go on; the bits are the same as without it. The same command
and threads give the same weights. Exit codes: 0 done, 1 error, 130 interrupted.
`;

const VALUES = [
  ...DATA_VALUES,
  ...["width", "size", "frames", "classes", "dropout", "weights", "epochs", "batch"] as const,
  ...["optimiser", "momentum", "beta1", "beta2", "rate", "schedule", "decay", "clip"] as const,
  ...["label-smoothing", "distill", "temperature", "alpha", "freeze", "normalization"] as const,
  ...["reestimate", "patience", "keep", "evaluate-every", "seed", "threads", "provider"] as const,
  ...["out", "results", "machine", "checkpoint", "resume"] as const,
];
const SWITCHES = ["no-flip", "no-nesterov", "force", "no-record", "json", "list", "help"] as const;

type TrainFlags = Flags<typeof VALUES[number], typeof SWITCHES[number]>;

/** What was asked for. */
export type TrainCommand =
  | { readonly kind: "help" }
  | { readonly kind: "list" }
  | { readonly kind: "resume"; readonly folder: string; readonly json: boolean }
  | { readonly kind: "start"; readonly settings: TrainSettings; readonly json: boolean };

/**
 * Reads a command line. Everything that can be refused without network and data is refused.
 *
 * @throws {UsageError|RangeError|TypeError|SyntaxError} for what is missing, unknown, contradictory or
 *   would be written over.
 */
export function parseTrainCommand(args: string[]): TrainCommand {
  const flags = readFlags(args, {
    values: VALUES,
    switches: SWITCHES,
    alias: { help: "h", out: "o" },
  });
  if (flags.help) return { kind: "help" };
  if (flags.list) return { kind: "list" };
  const { resume: folder, json } = flags;
  if (folder === undefined) return { kind: "start", settings: settingsOf(flags, args), json };
  const [other] = [
    ...flags._,
    ...[...VALUES, ...SWITCHES].filter((name) =>
      name !== "resume" && name !== "json" && (flags[name] ?? false) !== false
    ).map((name) => `--${name}`),
  ];
  if (other === undefined) return { kind: "resume", folder, json };
  throw new UsageError(
    `Cannot resume as a training goes on with its own data and options: current value is "${other}"`,
  );
}

function settingsOf(flags: TrainFlags, args: readonly string[]): TrainSettings {
  const name = onlyWord(
    flags._,
    'one network or model must be named, e.g. "deno task train resnet-18-cifar --data textures" ' +
      "(--list shows all)",
  );
  const own = isModelFile(name);
  if (!own) findNetwork(name);
  const misplaced = ["width", "size", "frames", "classes", "dropout", "weights"] as const;
  const given = misplaced.find((flag) => flags[flag] !== undefined);
  if (own && given) {
    throw new UsageError(`Cannot run with --${given} as a model file says itself what it is`);
  }
  const number = numbersOf(flags);
  const { schedule, freeze, normalization, keep, provider, weights, out, checkpoint } = flags;
  const epochs = number.integer("epochs", 1);
  if (schedule !== undefined) parseSchedule(schedule, epochs);
  const record = !flags["no-record"];
  if (!record && out === undefined) {
    throw new UsageError("Cannot run with --no-record as --out must then be given");
  }
  if (out !== undefined) requireWritable(out, name, flags.force);
  if (checkpoint !== undefined) requireWritable(checkpoint, name, true);
  return {
    name,
    data: dataOf(flags),
    extents: {
      ...number.as("width"),
      ...defined({ size: number.integer("size", 1), frames: number.integer("frames", 1) }),
      ...number.as("dropout"),
    },
    optimiserOptions: {
      ...number.as("momentum"),
      ...number.as("beta1"),
      ...number.as("beta2"),
      ...(flags["no-nesterov"] && { nesterov: false }),
    },
    seed: number.integer("seed", 0) ?? 1,
    threads: number.integer("threads", 1) ?? navigator.hardwareConcurrency,
    ...defined({
      epochs,
      weights,
      schedule,
      provider,
      out,
      checkpoint,
      classes: number.integer("classes", 2),
      batch: number.integer("batch", 1),
      optimiser: choiceOf("optimiser", flags.optimiser, OPTIMISER_IDS),
      labelSmoothing: number.real("label-smoothing"),
      teacher: teacherOf(flags),
      freeze: freeze === undefined ? undefined : listOf("freeze", freeze),
      normalization: choiceOf("normalization", normalization, ["batch", "running"] as const),
      keep: choiceOf("keep", keep, ["last", "best"] as const),
      reestimate: number.integer("reestimate", 0),
      patience: number.integer("patience", 1),
      evaluateEvery: number.integer("evaluate-every", 1),
      results: record ? flags.results ?? "results" : undefined,
      machine: flags.machine,
    }),
    ...number.as("rate"),
    ...number.as("decay"),
    ...number.as("clip"),
    arguments: args,
    command: commandOf(name, flags),
  };
}

function teacherOf(flags: TrainFlags): TrainSettings["teacher"] {
  const { distill: path } = flags;
  const number = numbersOf(flags);
  if (path !== undefined) return { path, ...number.as("temperature"), ...number.as("alpha") };
  const lone = (["temperature", "alpha"] as const).find((flag) => flags[flag] !== undefined);
  if (lone) throw new UsageError(`Cannot run with --${lone} as --distill must then be given`);
  return undefined;
}

/** Numbers among the options; those that are not given are undefined. */
function numbersOf(flags: TrainFlags) {
  type Name = typeof VALUES[number];
  const real = (name: Name) => flags[name] === undefined ? undefined : numberOf(name, flags[name]);
  return {
    real,
    integer: (name: Name, least: number) =>
      flags[name] === undefined ? undefined : integerOf(name, flags[name], least),
    /** The option under its own name, or nothing. */
    as: <N extends Name>(name: N): { readonly [K in N]?: number } => {
      const value = real(name);
      return value === undefined ? {} : { [name]: value } as { readonly [K in N]: number };
    },
  };
}

/** Without what is not defined. */
function defined<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

/** The command as someone else would type it: without where this machine keeps results. */
function commandOf(name: string, flags: TrainFlags): string {
  const values = VALUES.filter((flag) => !["results", "machine", "checkpoint"].includes(flag))
    .flatMap((flag) => flags[flag] === undefined ? [] : [`--${flag}`, retold(flags[flag])]);
  const switches = SWITCHES.filter((flag) => flag !== "force" && flag !== "json" && flags[flag])
    .map((flag) => `--${flag}`);
  return ["deno task train", retold(name), ...values, ...switches].join(" ");
}
