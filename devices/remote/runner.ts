/**
 * `kerf-run` on another machine: which build it gets, and what it tells.
 *
 * @module
 */

import type { BuildTarget } from "../../kernels/build.ts";
import type { Machine, MachineFacts } from "./machine.ts";
import type { RunOptions } from "./shell.ts";
import { RemoteError } from "./transport.ts";

/** What `kerf-run` prints. */
export interface RunnerReport {
  /** Instruction set of the kernels. */
  readonly isa: string;
  /** Nanoseconds of the calls of the warm-up. */
  readonly warmup_ns: readonly number[];
  /** Nanoseconds of the timed calls. */
  readonly calls_ns: readonly number[];
  /** Of the cores it may use: number, hertz before and after the timed calls. */
  readonly clocks: readonly (readonly [cpu: number, before: number, after: number])[];
  /** Nanoseconds of each operator, when asked for. */
  readonly operators_ns?: readonly number[];
  /** Peak resident memory, KiB; 0 where the system does not tell. */
  readonly peak_kib: number;
}

/** Longest that one run may take, milliseconds. */
const LIMIT_MS = 3_600_000;

/** What a shell ends with when it cannot start a program. */
const NOT_EXECUTABLE = 126, NOT_FOUND = 127;

/** What `kerf-run` ends with when it is given nothing to do. */
const NO_PLAN = 2;

/** What signals mean here, by their numbers. */
const SIGNALS: Readonly<Record<number, string>> = {
  4: "SIGILL, an instruction that this processor does not have",
  6: "SIGABRT, it gave up",
  7: "SIGBUS, a file that was cut while it was read",
  9: "SIGKILL, from outside, often for lack of memory",
  11: "SIGSEGV, a wrong address",
  15: "SIGTERM, from outside",
};

/**
 * The build that runs on a machine.
 *
 * @param ndk Whether Android's own compiler is there.
 * @throws {RemoteError} when no build does.
 */
export function targetOf(
  { arch, android }: Pick<MachineFacts, "arch" | "android">,
  ndk: boolean,
): BuildTarget {
  const targets: Readonly<Record<string, BuildTarget>> = {
    aarch64: android !== undefined && ndk ? "aarch64-android" : "aarch64-linux",
    arm64: "aarch64-linux",
    x86_64: "x86_64-linux",
  };
  if (Object.hasOwn(targets, arch)) return targets[arch];
  throw new RemoteError(
    "Cannot run there as the system must be of 64 bits, aarch64 or x86_64: " +
      `"uname -m" says ${arch || "nothing"}`,
  );
}

/**
 * Checks that the runner can be started.
 *
 * @throws {RemoteError} when it cannot, and why.
 */
export async function requireRunner(
  machine: Machine,
  runner: string,
  options: RunOptions = {},
): Promise<void> {
  const { code, stderr } = await machine.run([runner], options);
  if (code !== NO_PLAN) throw new RemoteError(explain(machine, code, stderr.trim()));
}

/**
 * Runs `kerf-run`.
 *
 * @throws {Error} when it refuses or crashes, with its own words.
 */
export async function runRunner(
  machine: Machine,
  runner: string,
  args: readonly string[],
  options: Pick<RunOptions, "signal"> = {},
): Promise<RunnerReport> {
  const limits = { ...options, limitMs: LIMIT_MS };
  const { code, stdout, stderr } = await machine.run([runner, ...args], limits);
  if (code) throw new Error(explain(machine, code, stderr.trim()));
  try {
    return JSON.parse(stdout) as RunnerReport;
  } catch (cause) {
    const said = JSON.stringify(stdout.slice(0, 200));
    throw new Error(`Cannot read what kerf-run said on "${machine.id}": ${said}`, { cause });
  }
}

function explain({ id, facts }: Machine, code: number, said: string): string {
  const words = said ? `: ${said}` : "";
  if (code === NOT_EXECUTABLE || code === NOT_FOUND) {
    return `Cannot start kerf-run on "${id}" as ${facts.folder} must be a place for programs, ` +
      `not mounted "noexec"${words}`;
  }
  if (code > 128) {
    const signal = SIGNALS[code - 128] ?? `signal ${code - 128}`;
    return `kerf-run crashed on "${id}" by ${signal}${words}`;
  }
  return `kerf-run failed on "${id}"${words}`;
}
