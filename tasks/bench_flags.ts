/**
 * The command line of `deno task bench`: from words to what is to be done. Bad input is told in one
 * line; what depends on more than the words (ranges, files, devices) is checked where it is used.
 *
 * @module
 */

import { parseArgs } from "@std/cli";
import { COMPRESSORS } from "../compressors/registry.ts";
import { nearest } from "../compressors/nearest.ts";
import { DEVICES, findDevice } from "../devices/registry.ts";
import type { BenchSettings } from "../harness/settings.ts";
import { findSuite } from "../suites/registry.ts";
import type { Suite, SuiteRow } from "../suites/suite.ts";

/** What `--help` prints. */
export const HELP = `deno task bench SUITE [options]

Compresses the suite's network with every method at the same reduction of MACs, compiles each
result to sparse kernels, checks its output against ONNX Runtime, and times all of them
interleaved, each round in a fresh process. Writes results/<machine>/<run>/ and its page.

  --methods LIST    methods to compare, e.g. rt3d,tucker (default: all); the dense baseline always
                    runs along
  --devices LIST    host, onnxruntime (default: both); without onnxruntime no peer runs along
  --rate X          reduction of MACs, dense / kept (default: the suite's)
  --threads LIST    worker threads, e.g. 1 or 1,2 (default: all cores)
  --seed N          seed of weights, compression and order (default: 1)
  --input PATH      a real clip: folder of PNG or JPEG frames, film strip, .npy, or video file
                    (default: generated moving shapes); see docs/input.md
  --quick           1 round instead of 8: a first look, too few for intervals
  --rounds N        rounds, each in a fresh process; 6 give 95 % intervals, 8 give 99 % ones
  --out DIR         folder of results (default: results)
  --machine NAME    name of the machine's folder (default: made from the processor's name)
  --json            print the run as JSON instead of the table
  --resume RUN      go on with an interrupted run, e.g. results/<machine>/<run>
  --list            list suites, methods and devices
  --help            this text

Ctrl-C keeps the rounds that are finished and tells how to go on. Exit codes: 0 when the run is
finished, 1 for an error or a run without any time, 130 when interrupted. KERF_DEBUG=1 prints the
stack of an error.
`;

/** Input that cannot be understood, told in one line. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What was asked for. */
export type BenchCommand =
  | { readonly kind: "help" | "list" }
  | { readonly kind: "start"; readonly settings: BenchSettings; readonly json: boolean }
  | { readonly kind: "resume"; readonly folder: string; readonly json: boolean };

/** Options with a value, in the order in which a command tells them. */
const STRINGS = [
  "methods",
  "devices",
  "rate",
  "threads",
  "seed",
  "input",
  "rounds",
  "out",
  "machine",
  "resume",
] as const;
const BOOLEANS = ["quick", "json", "list", "help"] as const;

type Flags =
  & { readonly [name in typeof STRINGS[number]]?: string }
  & { readonly [name in typeof BOOLEANS[number]]: boolean }
  & { readonly _: readonly (string | number)[] };

/**
 * Reads a command line.
 *
 * @param suites Suites that can be named.
 * @throws {UsageError|RangeError} for anything that is unknown, with the nearest names, missing or
 *   contradictory.
 */
export function parseBenchCommand(args: string[], suites: readonly Suite[]): BenchCommand {
  const flags = readFlags(args);
  if (flags.help) return { kind: "help" };
  if (flags.list) return { kind: "list" };
  const { resume: folder, json } = flags;
  if (folder !== undefined) {
    refuseBesideResume(flags);
    return { kind: "resume", folder, json };
  }
  if (flags._.length !== 1) {
    throw new UsageError(
      `Cannot run as one suite must be named, e.g. "deno task bench ${suites[0].id}": ` +
        `current value is "${flags._.join(" ")}"; --list shows all`,
    );
  }
  return { kind: "start", settings: settingsOf(findSuite(`${flags._[0]}`, suites), flags), json };
}

/** What `--list` prints. */
export function renderList(suites: readonly Suite[]): string {
  const section = (title: string, entries: readonly { id: string; description: string }[]) => [
    title,
    ...entries.map(({ id, description }) => `  ${id.padEnd(14)}${description}`),
  ];
  return [
    ...section("suites", suites),
    ...section("methods", COMPRESSORS),
    ...section("devices", DEVICES),
  ].join("\n");
}

function readFlags(args: string[]): Flags {
  const flags: Flags = parseArgs(args, {
    string: STRINGS,
    boolean: BOOLEANS,
    alias: { help: "h" },
    unknown(argument) {
      if (!argument.startsWith("-")) return true;
      const names = [...STRINGS, ...BOOLEANS].map((name) => `--${name}`);
      throw new UsageError(
        `Cannot find option "${argument}": did you mean ${nearest(argument, names).join(" or ")}?`,
      );
    },
  });
  const empty = STRINGS.find((name) => /^(\s*|--.*)$/.test(flags[name] ?? "value"));
  if (empty) throw new UsageError(`Cannot run as --${empty} must have a value`);
  return flags;
}

function refuseBesideResume(flags: Flags): void {
  const others = [...STRINGS, "quick" as const]
    .filter((name) => name !== "resume" && (flags[name] ?? false) !== false)
    .map((name) => `--${name}`);
  const [other] = [...flags._, ...others];
  if (other === undefined) return;
  throw new UsageError(
    `Cannot resume as a run goes on with its own suite and settings: current value is "${other}"`,
  );
}

function settingsOf(suite: Suite, flags: Flags): BenchSettings {
  const { input, machine, quick } = flags;
  return {
    suite,
    rows: chooseRows(suite, flags),
    rate: flags.rate === undefined ? suite.rate : number("rate", flags.rate),
    threads: flags.threads === undefined
      ? [navigator.hardwareConcurrency]
      : flags.threads.split(",").map((text) => number("threads", text)),
    seed: flags.seed === undefined ? 1 : number("seed", flags.seed),
    out: flags.out ?? "results",
    rounds: flags.rounds === undefined ? (quick ? 1 : 8) : number("rounds", flags.rounds),
    blocks: quick ? 2 : 3,
    command: commandOf(suite, flags),
    ...(input !== undefined && { input }),
    ...(machine !== undefined && { machine }),
  };
}

function number(flag: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value)) return value;
  throw new UsageError(`Cannot run as --${flag} must be a number: current value is "${text}"`);
}

/** The rows of the suite that were asked for, the baseline always among them. */
function chooseRows(suite: Suite, { methods, devices }: Flags): SuiteRow[] {
  const wanted = methods?.split(",").map((name) => name.trim());
  const known = [...new Set(suite.rows.map(({ method }) => method))];
  const unknown = wanted?.find((method) => !known.includes(method));
  if (unknown !== undefined) {
    throw new UsageError(
      `Cannot find method "${unknown}": did you mean ${nearest(unknown, known).join(" or ")}?`,
    );
  }
  const places = devices?.split(",").map((id) => findDevice(id.trim()).id);
  if (places && !places.includes("host")) {
    throw new UsageError(
      `Cannot run as --devices must have "host", where the methods run: ` +
        `current value is "${devices}"`,
    );
  }
  return suite.rows.filter(({ method, role }) => {
    if (role === "baseline") return true;
    if (role === "peer") return places?.includes(method) ?? true;
    return wanted?.includes(method) ?? true;
  });
}

/** The command as someone else would type it: without where this machine keeps results. */
function commandOf(suite: Suite, flags: Flags): string {
  const words = STRINGS
    .filter((name) => name !== "out" && name !== "machine")
    .flatMap((name) => flags[name] === undefined ? [] : [`--${name}`, quoted(flags[name])]);
  return ["deno task bench", suite.id, ...words, ...(flags.quick ? ["--quick"] : [])].join(" ");
}

/** A word as a shell reads it. */
function quoted(word: string): string {
  return /^[\w./,:=+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
