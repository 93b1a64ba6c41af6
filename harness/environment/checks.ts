/**
 * Everything optional that a machine may have or lack: what it is for, and what brings it. One list;
 * to add a check, add its entry.
 *
 * @module
 */

import { LAPACK_PACKAGES, openLapack } from "../../compressors/lowrank/lapack.ts";
import { findRails } from "../../devices/counters/energy.ts";
import { EventCounts } from "../../devices/counters/event_counts.ts";
import { kernelCounters, type OpenCounter } from "../../devices/counters/perf_event.ts";
import { SystemFiles } from "../../devices/counters/system_files.ts";
import { type Environment, HIGH_LOAD, readEnvironment, UNAVAILABLE } from "./environment.ts";

/** What checks look at. */
export interface Machine {
  /** What a program prints, or `undefined` when it is not there or fails. */
  output(command: string, ...args: string[]): Promise<string | undefined>;
  /** Whether a shared library can be opened. */
  opens(library: string): boolean;
  /** Its system files; `undefined` where there is no Linux. */
  readonly files: SystemFiles | undefined;
  /** Opens a counter of events. @default the kernel's */
  readonly openCounter?: OpenCounter;
  /** What is known of it already. */
  readonly environment: Environment;
}

/** What a check found. */
export interface Finding {
  /** Whether it is as it should be. */
  readonly ok: boolean;
  /** What is there, e.g. a version; or why it will not do, where the remedy does not say it. */
  readonly found: string;
}

/** Something that a machine may have. */
export interface Check {
  /** Name for people. */
  readonly name: string;
  /** What it is for. */
  readonly purpose: string;
  /** What brings it: Debian packages or a setting. */
  readonly remedy: string;
  /** Looks whether it is there. */
  find(machine: Machine): Promise<Finding> | Finding;
}

const MISSING: Finding = { ok: false, found: "" };

/** A program that tells its version. */
function program(
  name: string,
  purpose: string,
  packages: string,
  ...commands: readonly (readonly [command: string, ...args: string[]])[]
): Check {
  return {
    name,
    purpose,
    remedy: `apt-get install ${packages}`,
    async find(machine) {
      for (const command of commands) {
        const text = await machine.output(...command);
        if (text !== undefined) return { ok: true, found: text.trim().split("\n")[0] };
      }
      return MISSING;
    },
  };
}

/** A fact of the environment that should have one value. */
function setting(
  name: string,
  purpose: string,
  remedy: string,
  key: string,
  wanted: (value: string, environment: Environment) => boolean,
): Check {
  return {
    name,
    purpose,
    remedy,
    find({ environment }) {
      const value = environment[key] ?? UNAVAILABLE;
      return { ok: value !== UNAVAILABLE && wanted(value, environment), found: value };
    },
  };
}

/** All checks, what is needed most first. */
export const CHECKS: readonly Check[] = [
  program(
    "C compiler",
    "compiles the kernels: without it nothing is timed",
    "gcc libc6-dev",
    ...["cc", "gcc", "clang"].map((name) => [name, "--version"] as const),
  ),
  program(
    "cross compiler",
    "compiles the kernels for phones and boards",
    "gcc-aarch64-linux-gnu libc6-dev-arm64-cross",
    ["aarch64-linux-gnu-gcc", "--version"],
  ),
  program(
    "emulator",
    "runs and counts on emulated phones",
    "qemu-user",
    ["qemu-aarch64", "--version"],
  ),
  {
    name: "OpenCL",
    purpose: "runs on graphics processors",
    remedy: "apt-get install ocl-icd-libopencl1 and a driver, e.g. pocl-opencl-icd",
    find({ opens, files }) {
      const drivers = files?.list("etc/OpenCL/vendors").filter((name) => name.endsWith(".icd")) ??
        [];
      return { ok: opens("libOpenCL.so.1") && drivers.length > 0, found: drivers.join(", ") };
    },
  },
  program("ssh", "runs on boards with Linux", "openssh-client", ["ssh", "-V"]),
  program("adb", "runs on phones", "adb", ["adb", "--version"]),
  program(
    "PyTorch",
    "is compared with as a peer",
    "python3-torch",
    ...[
      "/usr/bin/python3",
      "python3",
    ].map((python) =>
      [python, "-c", "from importlib.metadata import version; print(version('torch'))"] as const
    ),
  ),
  {
    name: "LAPACK",
    purpose: "factorises large layers in seconds instead of minutes",
    remedy: `apt-get install ${LAPACK_PACKAGES}`,
    find() {
      using lapack = openLapack();
      return lapack ? { ok: true, found: lapack.name } : MISSING;
    },
  },
  program("ffmpeg", "reads video files", "ffmpeg", ["ffmpeg", "-version"]),
  program("valgrind", "checks models of caches, in tests", "valgrind", ["valgrind", "--version"]),
  program("git", "records which code was run", "git", ["git", "--version"]),
  {
    name: "energy",
    purpose: "tells the energy of a call (--readings)",
    remedy: "a machine with RAPL, power sensors, or a battery that is not being charged",
    find({ files }) {
      if (!files) return { ok: false, found: "energy is read on Linux only" };
      const { rails, missing = "" } = findRails(files);
      const found = rails.map(({ origin, name }) => `${origin} (${name})`).join(", ");
      for (const rail of rails) rail[Symbol.dispose]();
      return { ok: rails.length > 0, found: found || missing };
    },
  },
  {
    name: "events",
    purpose: "counts cycles, instructions and cache misses (--readings)",
    remedy: "a processor whose counters may be read",
    find({ files, openCounter = files && kernelCounters(files.libc) }) {
      if (!files || !openCounter) return { ok: false, found: "events are counted on Linux only" };
      // Thread 0 is the one that asks.
      const paranoid = files.text("proc/sys/kernel/perf_event_paranoid");
      using counts = new EventCounts(openCounter, [0], paranoid);
      counts.begin();
      const readings = counts.end(1);
      const can = readings.filter(({ value }) => value !== undefined);
      return {
        ok: can.length > 0,
        found: can.map(({ quantity }) => quantity).join(", ") || readings[0].unavailable!,
      };
    },
  },
  setting(
    "clock",
    "times do not depend on how busy the machine was before",
    "cpupower frequency-set -g performance (linux-cpupower)",
    "governor",
    (governor) => governor === "performance",
  ),
  setting(
    "SMT",
    "threads do not share a core",
    "echo off > /sys/devices/system/cpu/smt/control, or half the --threads",
    "smt",
    (smt) => smt !== "on",
  ),
  setting(
    "own machine",
    "times do not depend on other guests of the processor",
    "a machine that is not virtual",
    "virtualised",
    (virtual) => virtual === "no",
  ),
  setting(
    "quiet",
    "times do not depend on other programs",
    "end other programs",
    "load",
    (load, { cores }) => Number(load.split(" ")[0]) <= HIGH_LOAD * Number(cores),
  ),
];

/** This machine, as checks see it. Dispose of its files when done. */
export function thisMachine(): Machine {
  return {
    async output(command, ...args) {
      try {
        const { success, stdout, stderr } = await new Deno.Command(command, { args }).output();
        const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
        return success ? text(stdout) || text(stderr) : undefined;
      } catch {
        return undefined;
      }
    },
    opens(library) {
      try {
        Deno.dlopen(library, {}).close();
        return true;
      } catch {
        return false;
      }
    },
    files: SystemFiles.open(),
    environment: readEnvironment(),
  };
}
