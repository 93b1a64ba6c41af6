/**
 * `deno task bench SUITE`: compares compression methods side by side.
 *
 * @module
 */

import { join, relative } from "node:path";
import { parseArgs } from "@std/cli";
import { COMPRESSORS } from "../compressors/registry.ts";
import { nearest } from "../compressors/nearest.ts";
import { DEVICES, findDevice, openDevice } from "../devices/registry.ts";
import {
  type BenchOptions,
  type BenchSettings,
  resumeBench,
  rowName,
  startBench,
} from "../harness/bench.ts";
import { writeResultsIndex, writeRunPage } from "../harness/report/publish_run.ts";
import { renderTable } from "../harness/report/table.ts";
import { findSuite, SUITES } from "../suites/registry.ts";
import type { Suite, SuiteRow } from "../suites/suite.ts";
import { ProgressLine } from "./progress_line.ts";

const HELP = `deno task bench SUITE [options]

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
  --quick           2 rounds instead of 8: a first look, too few for intervals
  --rounds N        rounds, each in a fresh process; 6 give 95 % intervals, 8 give 99 % ones
  --out DIR         folder of results (default: results)
  --machine NAME    name of the machine's folder (default: made from the processor's name)
  --json            print the run as JSON instead of the table
  --resume RUN      go on with an interrupted run, e.g. results/<machine>/<run>
  --list            list suites, methods and devices
  --help            this text
`;

/** Bad input, told in one line without a stack. */
class UsageError extends Error {
  override readonly name = "UsageError";
}

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

type Flags = { [name in typeof STRINGS[number]]?: string } & { quick: boolean };

function list(): string {
  const line = (id: string, text: string) => `  ${id.padEnd(14)}${text}`;
  return [
    "suites",
    ...SUITES.map(({ id, description }) => line(id, description)),
    "methods",
    ...COMPRESSORS.map(({ id, description }) => line(id, description)),
    "devices",
    ...DEVICES.map(({ id, description }) => line(id, description)),
  ].join("\n");
}

function number(flag: string, text: string, accepted: string, ok: (x: number) => boolean): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value) && ok(value)) return value;
  throw new UsageError(`Cannot run as --${flag} must be ${accepted}: current value is "${text}"`);
}

const whole = (least: number) => (x: number) => Number.isSafeInteger(x) && x >= least;

/** The rows of the suite that were asked for, the baseline always among them. */
function chooseRows(suite: Suite, { methods, devices }: Flags): SuiteRow[] {
  const wanted = methods?.split(",").map((name) => name.trim());
  const known = [...new Set(suite.rows.map(({ method }) => method))];
  for (const method of wanted ?? []) {
    if (known.includes(method)) continue;
    throw new UsageError(
      `Cannot find method "${method}": did you mean ${nearest(method, known).join(" or ")}?`,
    );
  }
  const places = devices?.split(",").map((id) => findDevice(id.trim()).id);
  if (places && !places.includes("host")) {
    throw new UsageError(
      `Cannot run as --devices must include "host", where the methods run: current value is "${devices}"`,
    );
  }
  return suite.rows.filter(({ method, role }) => {
    if (role === "baseline") return true;
    if (role === "peer") return places?.includes(method) ?? true;
    return wanted?.includes(method) ?? true;
  });
}

function settingsOf(suite: Suite, flags: Flags): BenchSettings {
  const rate = flags.rate === undefined
    ? suite.rate
    : number("rate", flags.rate, "a number of at least 1", (x) => x >= 1);
  const threads = (flags.threads ?? String(navigator.hardwareConcurrency)).split(",")
    .map((text) =>
      number("threads", text, "integers from 1 to 1024", (x) => whole(1)(x) && x <= 1024)
    );
  const seed = number("seed", flags.seed ?? "1", "an integer of at least 0", whole(0));
  const rounds = flags.rounds === undefined
    ? (flags.quick ? 2 : 8)
    : number("rounds", flags.rounds, "an integer of at least 1", whole(1));
  return {
    suite,
    rows: chooseRows(suite, flags),
    rate,
    threads,
    seed,
    out: flags.out ?? "results",
    rounds,
    blocks: flags.quick ? 2 : 3,
    command: commandOf(suite, flags),
    ...(flags.input !== undefined && { input: flags.input }),
    ...(flags.machine !== undefined && { machine: flags.machine }),
  };
}

/** The command as someone else would type it: without where this machine keeps results. */
function commandOf(suite: Suite, flags: Flags): string {
  const words = STRINGS
    .filter((name) => name !== "out" && name !== "machine" && flags[name] !== undefined)
    .map((name) => ` --${name} ${flags[name]}`);
  return `deno task bench ${suite.id}${words.join("")}${flags.quick ? " --quick" : ""}`;
}

async function bench(args: string[]): Promise<number> {
  const flags = parseArgs(args, {
    string: [...STRINGS],
    boolean: [...BOOLEANS],
    unknown: (argument: string) => {
      if (!argument.startsWith("-")) return true;
      const names = [...STRINGS, ...BOOLEANS].map((name) => `--${name}`);
      throw new UsageError(
        `Cannot run as option "${argument}" is unknown: did you mean ` +
          `${nearest(argument.split("=")[0], names).join(" or ")}?`,
      );
    },
  }) as Flags & { _: (string | number)[]; json: boolean; list: boolean; help: boolean };
  if (flags.help) return print(HELP);
  if (flags.list) return print(list());
  if (flags._.length !== 1 && flags.resume === undefined) {
    throw new UsageError(
      `Cannot run as one suite must be named, e.g. "deno task bench ${SUITES[0].id}": ` +
        `current value is "${flags._.join(" ")}"; --list shows all`,
    );
  }
  const settings = flags.resume === undefined
    ? settingsOf(findSuite(String(flags._[0])), flags)
    : undefined;

  const progress = new ProgressLine();
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) Deno.exit(130);
    progress.say("interrupted: keeping what is finished (Ctrl-C again to stop at once)");
    controller.abort(new Error("interrupted"));
  };
  Deno.addSignalListener("SIGINT", interrupt);
  Deno.addSignalListener("SIGTERM", interrupt);
  try {
    if (settings) {
      progress.say(`${settings.suite.description}`);
      progress.say(`${settings.rows.map(rowName).join(", ")}; rate ${settings.rate}x`);
    }
    const options: BenchOptions = {
      openDevice,
      signal: controller.signal,
      onProgress: (state) => progress.show(state),
    };
    const { run, folder, interrupted } = settings
      ? await startBench(settings, options)
      : await resumeBench(flags.resume!, options);
    progress.clear();
    const page = await writeRunPage(run, folder);
    const index = await writeResultsIndex(settings?.out ?? join(folder, "..", ".."));
    print(flags.json ? JSON.stringify(run, null, 2) : renderTable(run));
    const say = flags.json ? console.error : console.log;
    say(`page    ${relative(Deno.cwd(), page)}\nindex   ${relative(Deno.cwd(), index)}`);
    if (interrupted) say(`resume  deno task bench --resume ${relative(Deno.cwd(), folder)}`);
    return interrupted ? 130 : 0;
  } finally {
    progress.clear();
    Deno.removeSignalListener("SIGINT", interrupt);
    Deno.removeSignalListener("SIGTERM", interrupt);
  }
}

function print(text: string): number {
  console.log(text.trimEnd());
  return 0;
}

if (import.meta.main) {
  try {
    Deno.exit(await bench(Deno.args));
  } catch (error) {
    console.error(error instanceof Error ? `error: ${error.message}` : error);
    if (Deno.env.get("KERF_DEBUG")) console.error(error);
    Deno.exit(1);
  }
}
