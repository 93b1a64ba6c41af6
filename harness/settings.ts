/**
 * What a run compares and how: its settings, and the cases that they mean.
 *
 * @module
 */

import type { Packing } from "../kernels/plan/blocks.ts";
import type { Suite, SuiteRow } from "../suites/suite.ts";
import { HOST, type PlannedCase, secondCopy } from "./case.ts";
import { requireInteger } from "./measure/setup.ts";
import type { CaseSpec } from "./result.ts";

/** What to compare and how. */
export interface BenchSettings {
  /** Network, input and rows. */
  readonly suite: Suite;
  /** Rows to run; the baseline must be among them. */
  readonly rows: readonly SuiteRow[];
  /** Reduction of MACs that every method is held to. */
  readonly rate: number;
  /** Thread counts; each is a comparison of its own. */
  readonly threads: readonly number[];
  /** Devices that run the network and its compressed models, side by side. @default {["host"]} */
  readonly devices?: readonly string[];
  /** How the sparse weights of each compressed row are packed; a row for each. @default {["full"]} */
  readonly packings?: readonly Packing[];
  /** Whether energy and events are measured, too. @default {false} */
  readonly readings?: boolean;
  /** Seed of weights, compression and the order of visits. */
  readonly seed: number;
  /** Path of the input; generated when absent. */
  readonly input?: string;
  /** Folder of all results. */
  readonly out: string;
  /** Rounds, each in a fresh process. */
  readonly rounds: number;
  /** Visits of every case in a round. */
  readonly blocks: number;
  /** Name of the machine's folder. @default made from the processor's name */
  readonly machine?: string;
  /** The command that makes this run again. */
  readonly command: string;
}

/** Packings when nothing else is said. */
const FULL: readonly Packing[] = ["full"];
/** More worker threads than this are a mistake. */
const MOST_THREADS = 1024;

/**
 * Refuses settings out of range.
 *
 * @throws {RangeError} with the setting and its value.
 */
export function checkSettings(settings: BenchSettings): void {
  const { rows, rate, threads, seed, rounds, blocks, devices = [HOST], packings = FULL } = settings;
  if (!(rate >= 1 && Number.isFinite(rate))) refuse("rate", "a number of at least 1", rate);
  const isCount = (n: number) => Number.isSafeInteger(n) && n >= 1 && n <= MOST_THREADS;
  if (!threads.length || !threads.every(isCount) || new Set(threads).size < threads.length) {
    refuse("threads", `different integers from 1 to ${MOST_THREADS}`, threads);
  }
  if (!devices.length || new Set(devices).size < devices.length) {
    refuse("devices", "different devices, at least one", devices);
  }
  if (!packings.length || new Set(packings).size < packings.length) {
    refuse("packings", "different packings, at least one", packings);
  }
  if (packings !== FULL && !rows.some(isCompressed)) {
    refuse("packings", "left out where no row is compressed", packings);
  }
  const given = rows.find(({ rate = 1 }) => !(rate > 0 && Number.isFinite(rate)));
  if (given) refuse(`rate of ${rowName(given)}`, "a positive number", given.rate);
  const misplaced = rows.find((row) => row.file && !isCompressed(row));
  if (misplaced) refuse(`role of ${rowName(misplaced)}`, "subject or control", misplaced.role);
  requireInteger("seed", seed, 0);
  requireInteger("rounds", rounds, 1);
  requireInteger("blocks", blocks, 1);
  if (rows.filter(({ role }) => role === "baseline").length !== 1) {
    refuse("rows", "some with one baseline among them", rows.map(rowName));
  }
}

function refuse(name: string, accepted: string, value: unknown): never {
  throw new RangeError(`Cannot run as "${name}" must be ${accepted}: current value is ${value}`);
}

/** How a row is called, e.g. `"rt3d kgs 8x4"`. */
export function rowName({ method, scheme }: SuiteRow): string {
  return `${method} ${scheme}`.trim();
}

/** Whether a row is about a compressed model. */
export function isCompressed({ role }: SuiteRow): boolean {
  return role !== "baseline" && role !== "peer";
}

/** What a case calls its network: files are part of what it is. */
function modelName({ id, files = [] }: Suite): string {
  const contents = files.flatMap(({ sha256, shapes = {}, batch }) => [
    sha256.slice(0, 12),
    ...Object.entries(shapes).map(([name, shape]) => `${name}=${shape.join("x")}`),
    ...(batch === undefined ? [] : [`batch=${batch}`]),
  ]);
  return [id, ...contents].join("@");
}

/**
 * The cases of a run: each row on each device at each thread count, and behind the baseline its copy
 * by direct convolutions and its second copy. A compressed row stands once for each packing, as a
 * control where something is left out. Peers run once, on this machine.
 */
export function planCases(settings: BenchSettings): PlannedCase[] {
  const { suite, rows, rate, threads, seed, devices = [HOST], packings = FULL } = settings;
  const places = devices.flatMap((device) => threads.map((count) => [device, count] as const));
  return places.flatMap(([device, count]) =>
    rows.flatMap((row): PlannedCase[] => {
      const { method, scheme, options, role, file } = row;
      if (role === "peer" && device !== devices[0]) return [];
      const spec: CaseSpec = {
        suite: suite.id,
        model: modelName(suite),
        method,
        scheme,
        options,
        ...(file && { file: file.sha256 }),
        rate: isCompressed(row) ? row.rate ?? rate : 1,
        device: role === "peer" ? method : device,
        threads: count,
        seed,
      };
      const planned = { spec, role, ...(file && { file }) };
      if (isCompressed(row)) {
        return packings.map((packing) =>
          packing === "full" ? planned : { ...planned, spec: { ...spec, packing }, role: "control" }
        );
      }
      if (role === "peer") return [planned];
      const direct: PlannedCase = { spec: { ...spec, scheme: "direct" }, role: "direct" };
      return [planned, direct, { spec: secondCopy(spec), role: "A/A" }];
    })
  );
}
