/**
 * The machine and the tools of a run, read from where the system tells them. What cannot be
 * read is recorded as unavailable, never guessed.
 *
 * @module
 */

import { join } from "node:path";
import type { Warning } from "../result.ts";
import { warning } from "./warnings.ts";

/** What stands in the record for a fact that the system does not tell. */
export const UNAVAILABLE = "unavailable";

/** Instruction sets that kernels choose between; the other flags of a processor say little. */
const RELEVANT_FLAGS =
  /^(sse4_2|avx|avx2|fma|f16c|avx512\w+|avx_vnni|amx_\w+|asimd\w*|fp|fphp|sve\w*|i8mm|bf16)$/;

/** Load per processor above which something else was running. */
export const HIGH_LOAD = 0.5;

/** Options of {@linkcode readEnvironment}. */
export interface EnvironmentOptions {
  /** Folder that stands for `/`. @default {"/"} */
  readonly root?: string;
  /** Folder of the project, for commit and locked versions. @default {this project's} */
  readonly project?: string;
  /** Facts of tools that the caller knows, e.g. `{ compiler: "gcc 12.2.0" }`. */
  readonly tools?: Readonly<Record<string, string>>;
}

/** The context block of a run. Every key is always there. */
export type Environment = Readonly<Record<string, string>>;

/** Reads the machine and the tools. Never throws for what is missing. */
export function readEnvironment(options: EnvironmentOptions = {}): Environment {
  const { root = "/", project = join(import.meta.dirname ?? ".", "..", ".."), tools = {} } =
    options;
  const read = (path: string) => readText(join(root, path));
  const cpuinfo = read("proc/cpuinfo") ?? "";
  const cpu = "sys/devices/system/cpu";
  const flags = field(cpuinfo, "flags") ?? field(cpuinfo, "Features");
  const facts: Record<string, string | undefined> = {
    cpu: field(cpuinfo, "model name") ?? field(cpuinfo, "Hardware"),
    cores: String(cpuinfo.match(/^processor\s*:/gm)?.length ?? navigator.hardwareConcurrency),
    isa: flags?.split(" ").filter((flag) => RELEVANT_FLAGS.test(flag)).join(" "),
    caches: cachesOf(read, `${cpu}/cpu0/cache`),
    governor: read(`${cpu}/cpu0/cpufreq/scaling_governor`),
    turbo: turboOf(read, cpu),
    smt: read(`${cpu}/smt/control`),
    virtualised: virtualisedOf(cpuinfo, flags),
    aslr: read("proc/sys/kernel/randomize_va_space"),
    load: read("proc/loadavg")?.split(" ").slice(0, 3).join(" "),
    memory: field(read("proc/meminfo") ?? "", "MemTotal"),
    os: Deno.build.os,
    architecture: Deno.build.arch,
    kernel: read("proc/sys/kernel/osrelease"),
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    onnxruntime: lockedVersion(join(project, "deno.lock"), "onnxruntime-node"),
    ...gitFacts(project),
  };
  return {
    ...Object.fromEntries(Object.entries(facts).map(([key, fact]) => [key, fact || UNAVAILABLE])),
    ...tools,
  };
}

/** What in the environment could spoil a run. */
export function environmentWarnings(environment: Environment): readonly Warning[] {
  const warnings: Warning[] = [];
  const load = Number(environment.load?.split(" ")[0]);
  const cores = Number(environment.cores);
  if (load > HIGH_LOAD * cores) {
    warnings.push(warning("high-load", `the load was ${load} on ${cores} processor(s)`));
  }
  if (environment.governor !== "performance") {
    warnings.push(warning("governor", `the frequency governor is ${environment.governor}`));
  }
  if (environment.virtualised === "yes") {
    warnings.push(warning("virtual-machine", "the processor is shared with other guests"));
  }
  if (environment.dirty === "yes") {
    warnings.push(warning("dirty-tree", "the code differs from the recorded commit"));
  }
  return warnings;
}

/**
 * Name of the machine's folder in the results, from the processor and its number, so that no
 * host name is told, e.g. `"amd-epyc-2c"`.
 *
 * @param chosen Name that the user chose, which wins.
 * @throws {RangeError} when the chosen name has characters that a folder should not.
 */
export function machineName(environment: Environment, chosen?: string): string {
  if (chosen !== undefined) {
    if (/^[a-z0-9][a-z0-9._-]*$/i.test(chosen)) return chosen;
    throw new RangeError(
      `Cannot name the machine as "machine" must be letters, digits, ".", "_" or "-": ` +
        `current value is "${chosen}"`,
    );
  }
  const known = environment.cpu === UNAVAILABLE ? environment.architecture : environment.cpu;
  const cpu = known.replace(/\((r|tm)\)|\bcpu\b|@.*|\b(\d+-core )?processor\b/gi, " ");
  const slug = cpu.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
  return `${slug}-${environment.cores}c`;
}

/** A file's text without surrounding space; `undefined` when it cannot be read. */
function readText(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path).trim();
  } catch (error) {
    // Deno reads below /proc and /sys itself only where everything is allowed, the network too.
    return error instanceof Deno.errors.NotCapable ? outputOf("cat", path) : undefined;
  }
}

/** What a program prints, without surrounding space; `undefined` when it fails or is not there. */
function outputOf(command: string, ...args: string[]): string | undefined {
  try {
    const { success, stdout } = new Deno.Command(command, { args }).outputSync();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch {
    return undefined;
  }
}

/** The value of the first line `name : value`. */
function field(text: string, name: string): string | undefined {
  return text.match(new RegExp(`^${name}\\s*:\\s*(.+)$`, "m"))?.[1].trim();
}

/** E.g. `"L1d 48K, L1i 32K, L2 1024K, L3 32768K"`, of the first processor. */
function cachesOf(read: (path: string) => string | undefined, folder: string): string {
  const caches: string[] = [];
  for (let index = 0;; index++) {
    const [level, type, size] = ["level", "type", "size"]
      .map((name) => read(`${folder}/index${index}/${name}`));
    if (level === undefined) return caches.join(", ");
    const suffix = type === "Data" ? "d" : type === "Instruction" ? "i" : "";
    caches.push(`L${level}${suffix} ${size ?? UNAVAILABLE}`);
  }
}

function turboOf(read: (path: string) => string | undefined, cpu: string): string | undefined {
  const boost = read(`${cpu}/cpufreq/boost`);
  if (boost !== undefined) return boost === "1" ? "on" : "off";
  const noTurbo = read(`${cpu}/intel_pstate/no_turbo`);
  return noTurbo === undefined ? undefined : noTurbo === "0" ? "on" : "off";
}

/** x86 processors tell of a hypervisor in a flag; others do not say. */
function virtualisedOf(cpuinfo: string, flags: string | undefined): string | undefined {
  if (field(cpuinfo, "flags") === undefined) return undefined;
  return flags?.split(" ").includes("hypervisor") ? "yes" : "no";
}

/** The version that the lock file resolves an npm package to. */
function lockedVersion(path: string, name: string): string | undefined {
  const entry = readText(path)?.match(new RegExp(`"npm:${name}@[^"]*": "([^"]+)"`));
  return entry?.[1];
}

/** Commit of the project, and whether tracked files differ from it. */
function gitFacts(project: string): { commit?: string; dirty?: string } {
  const git = (...args: string[]) => outputOf("git", "-C", project, ...args);
  const commit = git("rev-parse", "HEAD");
  // Results of earlier runs lie in the project too and change nothing.
  const changes = git("status", "--porcelain", "--", ".", ":(exclude)results");
  return {
    commit,
    dirty: commit === undefined || changes === undefined ? undefined : changes ? "yes" : "no",
  };
}
