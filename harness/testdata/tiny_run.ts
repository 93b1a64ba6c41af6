/**
 * The tiny suite on this machine, for the tests of preparing and of whole runs.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Device, Session } from "../../devices/device.ts";
import { MockDevice } from "../../devices/mock.ts";
import { openDevice } from "../../devices/registry.ts";
import { sizeOf, tensor, values } from "../../graph/tensor.ts";
import { npyFile, npyHeader } from "../../suites/datasets/testing.ts";
import { tinySuite } from "../../suites/testing.ts";
import type { BenchOptions } from "../bench.ts";
import { type RoundExecutor, runRound } from "../measure/round.ts";
import { type BenchSettings, planCases } from "../settings.ts";

/** Settings of a run of baseline, peer and the rows of `methods`. */
export function tinySettings(
  out: string,
  methods: readonly string[],
  change: Partial<BenchSettings> = {},
): BenchSettings {
  return {
    suite: tinySuite,
    rows: tinySuite.rows.filter(({ method, role }) =>
      role === "baseline" || role === "peer" || methods.includes(method)
    ),
    rate: 2,
    threads: [1],
    seed: 1,
    out,
    rounds: 2,
    blocks: 2,
    machine: "test",
    command: "deno task bench tiny",
    ...change,
  };
}

/** The planned cases of such a run. */
export function tinyCases(methods: readonly string[], change: Partial<BenchSettings> = {}) {
  return planCases(tinySettings("", methods, change));
}

/** Carries out rounds in this process; a case takes as many milliseconds as its place in the run. */
export const scriptedRounds: RoundExecutor = (request, emit, signal) => {
  const programs = request.cases.map(({ program }, i) =>
    [program.path, { ms: i + 1, noise: 0.05 }] as const
  );
  const device = new MockDevice(Object.fromEntries(programs), request.round);
  return runRound(request, () => Promise.resolve(device), emit, { signal, now: device.now });
};

/** What a test may change of the host. */
export interface HostChange {
  /** Called before a program is loaded. */
  readonly onLoad?: (path: string, threads: number) => void;
  /** Added to every output value. */
  readonly error?: number;
}

/** This machine, with some things changed. */
export async function changedHost({ onLoad, error = 0 }: HostChange): Promise<Device> {
  const host = await openDevice("host");
  return {
    id: host.id,
    timebase: host.timebase,
    probe: () => host.probe(),
    supports: (program) => host.supports(program),
    async load(program, options): Promise<Session> {
      onLoad?.(program.path, options.threads);
      const session = await host.load(program, options);
      return {
        async run(inputs) {
          const outputs = await session.run(inputs);
          return new Map(
            [...outputs].map(([name, output]) =>
              [name, tensor(values(output).map((value) => value + error), output.shape)] as const
            ),
          );
        },
        measure: (request) => session.measure(request),
        [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
      };
    },
    [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
  };
}

/** Options of a run on this machine whose rounds are scripted. */
export const SCRIPTED: BenchOptions = { openDevice, execute: scriptedRounds };

/** Runs in this process, aborted when `when` says so of a round's case or of a step's label. */
export function interrupted(
  when: (label: string, round: number | undefined) => boolean,
): BenchOptions {
  const abort = new AbortController();
  const execute: RoundExecutor = (request, emit, signal) =>
    scriptedRounds(request, (event) => {
      emit(event);
      if (event.type === "visit" && when(event.case, request.round)) abort.abort();
    }, signal);
  return {
    openDevice,
    execute,
    signal: abort.signal,
    onProgress: ({ label }) => void (when(label, undefined) && abort.abort()),
  };
}

/** Folders of programs that exist now. */
export function programFolders(): string[] {
  const parent = fileURLToPath(new URL("../../.build/programs/", import.meta.url));
  if (!existsSync(parent)) return []; // as in a clean clone
  return [...Deno.readDirSync(parent)].map(({ name }) => name)
    .filter((name) => name.startsWith(`${Deno.pid}-`));
}

/** A `.npy` clip of zeros. */
export function npyOf(shape: readonly number[]): Uint8Array<ArrayBuffer> {
  return npyFile(npyHeader("<f4", shape), new Float32Array(sizeOf(shape)));
}
