/**
 * The command line of `deno task bench`: from words to what is to be done. Bad input is told in one
 * line; what depends on more than the words (ranges, files, devices) is checked where it is used.
 *
 * @module
 */

import { COMPRESSORS } from "../compressors/registry.ts";
import { nearest } from "../compressors/nearest.ts";
import { DEVICES } from "../devices/registry.ts";
import type { ExperimentSettings } from "../harness/experiments/settings.ts";
import { PACKINGS } from "../kernels/plan/blocks.ts";
import type { BenchSettings } from "../harness/settings.ts";
import { trainedComparison } from "../suites/experiments/side_by_side.ts";
import { peerRow } from "../suites/rows.ts";
import type { Suite, SuiteRow } from "../suites/suite.ts";
import { chooseDevices } from "./device_flags.ts";
import { experimentSettings } from "./experiment_flags.ts";
import { type Flags, numberOf, onlyWord, readFlags, retold, UsageError } from "./flags.ts";
import { packingsOf } from "./packing_flags.ts";
import { peerIds, PEERS } from "./peer_flags.ts";

/** What `--help` prints. */
export const HELP = `deno task bench SUITE|MODEL.onnx [options]

Compresses the suite's network, or a model of your own, with every method at the same reduction of
MACs, compiles each result to sparse kernels, checks its output against ONNX Runtime, and times all
of them interleaved, each round in a fresh process. A model that is compressed already is compared
as it is. Writes results/<machine>/<run>/ and its page.

  --methods LIST    methods to compare, e.g. rt3d,tucker,pattern (default: the suite's rows); the
                    dense baseline always runs along
  --devices LIST    where to run (default: host,onnxruntime): all that run plans stand side by
                    side, others are peers; "deno task devices" lists them (--device is the same)
  --peers LIST      engines that run the dense network in turn with ours (default: onnxruntime):
                    ${PEERS.join(", ")}, or the path of a program;
                    see docs/peers.md
  --packing LIST    how sparse weights are packed (default: full); each compressed row stands once
                    for each of ${PACKINGS.join(", ")} that is listed:
                    what reordering, shared lists and blocks of rows bring; see docs/measuring.md
  --readings        also measure energy and events, such as cache misses, of at least 100 further
                    calls a round; what this machine lacks for it, "deno task doctor" tells
  --rate X          reduction of MACs, dense / kept (default: the suite's, 2 for an own model)
  --threads LIST    worker threads, e.g. 1 or 1,2 (default: all cores)
  --seed N          seed of weights, compression and order (default: 1)
  --weights FILE    ONNX file whose trained weights the network takes (default: seeded ones)
  --shape NAME=1x3x224x224
                    shape of an input of the model, where the file leaves it open
  --input PATH      a real input: picture, video file, folder of frames, film strip, .npy
                    (default: generated); see docs/input.md
  --quick           1 round instead of 8: a first look, too few for intervals
  --rounds N        rounds, each in a fresh process; 6 give 95 % intervals, 8 give 99 % ones
  --out DIR         folder of results (default: results)
  --machine NAME    name of the machine's folder (default: made from the processor's name)
  --train           train the methods on data first, and compare accuracy, too (see below)
  --json            print the run as JSON instead of the table
  --resume RUN      go on with an interrupted run, e.g. results/<machine>/<run>
  --list            list suites, methods and devices
  --help            this text

With --train the suite's network is trained, compressed by each method under one training budget,
judged and timed, as "deno task experiment" does it:

  --scale SCALE     quick (default), small or full: see deno task experiment --help
  --data NAME=PATH  the data set that the scale needs; may come several times
  --seeds LIST      seeds, e.g. 1,2,3
  --only LIST       parts or cells to run
  --work DIR        folder of networks (default: .build/experiments of the project)

Ctrl-C keeps the rounds that are finished and tells how to go on. Exit codes: 0 when the run is
finished, 1 for an error or a run that found no time and no count, 130 when interrupted.
KERF_DEBUG=1 prints the stack of an error.
`;

/** Options with a value, in the order in which a command tells them. */
const VALUES = [
  "methods",
  "devices",
  "peers",
  "packing",
  "rate",
  "threads",
  "seed",
  "weights",
  "input",
  "rounds",
  "out",
  "machine",
  "resume",
  "scale",
  "seeds",
  "only",
  "work",
] as const;
const LISTS = ["shape", "data"] as const;
const SWITCHES = ["readings", "quick", "train", "json", "list", "help"] as const;
/** Options that a trained comparison has, besides --data. */
const OF_TRAINING = ["scale", "seeds", "only", "work"] as const;
/** Options that it takes of the others. */
const SHARED = ["threads", "out", "machine"] as const;

/** The options, as they were typed. */
export type BenchFlags = Flags<
  typeof VALUES[number],
  typeof SWITCHES[number],
  typeof LISTS[number]
>;

/** What was asked for. */
export type BenchCommand =
  | { readonly kind: "help" }
  | { readonly kind: "list" }
  | StartCommand
  | {
    readonly kind: "train";
    readonly settings: ExperimentSettings;
    readonly json: boolean;
    readonly work?: string;
  }
  | { readonly kind: "resume"; readonly folder: string; readonly json: boolean };

/** A run that is to begin. */
export interface StartCommand {
  /** Tells commands apart. */
  readonly kind: "start";
  /** Id of a suite, or path of a model. */
  readonly name: string;
  /** The options, as they were typed. */
  readonly flags: BenchFlags;
  /** Whether the run is printed as JSON. */
  readonly json: boolean;
}

/**
 * Reads a command line.
 *
 * @throws {UsageError} for anything that is unknown, with the nearest names, missing or
 *   contradictory.
 */
export function parseBenchCommand(args: string[]): BenchCommand {
  const flags = readFlags(args, {
    values: VALUES,
    switches: SWITCHES,
    lists: LISTS,
    alias: { help: "h", devices: "device" },
  });
  if (flags.help) return { kind: "help" };
  if (flags.list) return { kind: "list" };
  const { resume: folder, json } = flags;
  if (folder !== undefined) {
    refuseBesideResume(flags);
    return { kind: "resume", folder, json };
  }
  const name = onlyWord(
    flags._,
    'one suite or model must be named, e.g. "deno task bench c3d" or "deno task bench model.onnx" ' +
      "(--list shows all suites)",
  );
  if (flags.train) {
    const { work } = flags;
    const settings = trainingSettings(name, flags);
    return { kind: "train", settings, json, ...(work !== undefined && { work }) };
  }
  const [stray] = strayFlags(flags, ["data", ...OF_TRAINING]);
  if (stray) throw new UsageError(`Cannot run with ${stray} as it goes with --train only`);
  return { kind: "start", name, flags, json };
}

/** The trained comparison of a suite. */
function trainingSettings(suite: string, flags: BenchFlags): ExperimentSettings {
  const used: readonly string[] = [...OF_TRAINING, ...SHARED, "data"];
  const others = [...VALUES, ...LISTS, "readings" as const, "quick" as const]
    .filter((name) => !used.includes(name));
  const [stray] = strayFlags(flags, others);
  if (stray) {
    throw new UsageError(`Cannot run with ${stray} as a trained comparison has its own settings`);
  }
  const { out, ...rest } = flags;
  const shared = { ...rest, ...(out !== undefined && { results: out }) };
  return experimentSettings(trainedComparison(suite), shared, `bench ${suite} --train`);
}

/** Those of some options that were given, as they are typed. */
function strayFlags(flags: BenchFlags, names: readonly (keyof BenchFlags)[]): string[] {
  return names.filter((name) => {
    const value = flags[name];
    return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
  }).map((name) => `--${name}`);
}

/** What `--list` prints. */
export function renderList(suites: readonly Suite[]): string {
  const all = [...suites, ...COMPRESSORS, ...DEVICES];
  const width = Math.max(...all.map(({ id }) => id.length)) + 2;
  const section = (title: string, entries: readonly { id: string; description: string }[]) => [
    title,
    ...entries.map(({ id, description }) => `  ${id.padEnd(width)}${description}`),
  ];
  return [
    ...section("suites", suites),
    ...section("methods", COMPRESSORS),
    ...section("devices", DEVICES),
  ].join("\n");
}

function refuseBesideResume(flags: BenchFlags): void {
  const others = [...VALUES, "readings" as const, "quick" as const]
    .filter((name) => name !== "resume" && (flags[name] ?? false) !== false)
    .map((name) => `--${name}`);
  const [other] = [
    ...flags._,
    ...others,
    ...(flags.train ? ["--train"] : []),
    ...flags.data.map((data) => `--data ${data}`),
    ...flags.shape.map((shape) => `--shape ${shape}`),
  ];
  if (other === undefined) return;
  throw new UsageError(
    `Cannot resume as a run goes on with its own suite and settings: current value is "${other}"`,
  );
}

/**
 * The settings that the options mean for a suite.
 *
 * @throws {UsageError|RangeError} when a number is none, or the suite has no such row.
 */
export function benchSettings({ name, flags }: StartCommand, suite: Suite): BenchSettings {
  const { input, machine, quick, readings, packing } = flags;
  const { devices, peers: places } = chooseDevices(flags.devices);
  const compresses = suite.rows.some(({ role, method }) =>
    (role === "subject" || role === "control") && method !== "as-is"
  );
  if (flags.rate !== undefined && !compresses) {
    throw new UsageError(
      `Cannot run with --rate as "${suite.id}" is compressed already, and compared as it is`,
    );
  }
  return {
    suite,
    rows: chooseRows(suite, flags, places),
    rate: flags.rate === undefined ? suite.rate : numberOf("rate", flags.rate),
    threads: flags.threads === undefined
      ? [navigator.hardwareConcurrency]
      : flags.threads.split(",").map((text) => numberOf("threads", text)),
    seed: flags.seed === undefined ? 1 : numberOf("seed", flags.seed),
    out: flags.out ?? "results",
    rounds: flags.rounds === undefined ? (quick ? 1 : 8) : numberOf("rounds", flags.rounds),
    blocks: quick ? 2 : 3,
    command: commandOf(name, flags),
    ...(devices && { devices }),
    ...(packing !== undefined && { packings: packingsOf(packing) }),
    ...(readings && { readings }),
    ...(input !== undefined && { input }),
    ...(machine !== undefined && { machine }),
  };
}

/** The rows of the suite that were asked for, the baseline always first, then the peers. */
function chooseRows(
  suite: Suite,
  { methods, peers }: BenchFlags,
  places: readonly string[] | undefined,
): SuiteRow[] {
  const wanted = methods?.split(",").map((name) => name.trim());
  const known = [...new Set(suite.rows.map(({ method }) => method))];
  const further = (wanted ?? []).filter((method) => !known.includes(method))
    .map((method) => controlRow(suite, method, known));
  const rowsOf = (role: SuiteRow["role"]) => suite.rows.filter((row) => row.role === role);
  return [
    ...rowsOf("baseline"),
    ...peers === undefined
      ? rowsOf("peer").filter(({ method }) => places?.includes(method) ?? true)
      : peerIds(peers).map(peerRow),
    ...suite.rows.filter(({ role, method }) =>
      role !== "baseline" && role !== "peer" && (wanted?.includes(method) ?? true)
    ),
    ...further,
  ];
}

/** The row of a method that a suite has none of: a control, as the method is when nothing is said. */
function controlRow({ id }: Suite, method: string, known: readonly string[]): SuiteRow {
  const methods = [...known, ...COMPRESSORS.map(({ id }) => id)];
  if (!methods.includes(method)) {
    throw new UsageError(
      `Cannot find method "${method}": did you mean ${nearest(method, methods).join(" or ")}?`,
    );
  }
  if (method === "as-is") {
    throw new UsageError(
      `Cannot compare by "${method}" as "${id}" is not compressed yet, and has rows of ` +
        known.join(", "),
    );
  }
  return { method, scheme: "", options: {}, role: "control" };
}

/** The command as someone else would type it: without where this machine keeps results. */
function commandOf(name: string, flags: BenchFlags): string {
  const words = VALUES
    .filter((flag) => flag !== "out" && flag !== "machine")
    .flatMap((flag) => flags[flag] === undefined ? [] : [`--${flag}`, retold(flags[flag])]);
  words.push(...flags.shape.flatMap((shape) => ["--shape", retold(shape)]));
  const switches = (["readings", "quick"] as const).filter((flag) => flags[flag])
    .map((flag) => `--${flag}`);
  return ["deno task bench", retold(name), ...words, ...switches].join(" ");
}
