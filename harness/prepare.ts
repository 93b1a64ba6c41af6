/**
 * From a planned case to one that can be measured: its program is made, run once on the device,
 * and its output compared with ONNX Runtime's on the same weights.
 *
 * @module
 */

import {
  type Device,
  DeviceUnavailableError,
  FLOAT_TOLERANCE,
  type Program,
  type Session,
  type Tensors,
} from "../devices/device.ts";
import { UnsupportedModelError } from "../devices/peers/protocol.ts";
import type { Reading } from "../devices/reading.ts";
import { outputsError } from "../graph/compare.ts";
import type { LoweringTarget } from "../kernels/plan/lower.ts";
import { caseId, caseLabel, type PlannedCase, programId } from "./case.ts";
import { type MadeProgram, type MakeContext, makeProgram } from "./make_program.ts";
import type { PreparedCase } from "./measure/prepared.ts";
import { messageOf } from "./measure/round.ts";
import type { CaseSpec } from "./result.ts";

/** What all cases of a run are prepared with. */
export interface PrepareContext extends Omit<MakeContext, "target"> {
  /**
   * Opens a device, once for all cases.
   *
   * @throws {DeviceUnavailableError} with what it lacks.
   */
  device(id: string): Device;
  /** Cases whose events are known already, by id: they are not counted again. */
  readonly counted?: ReadonlySet<string>;
  /** Told what a device counted that has no times. */
  readonly onCounted?: (id: string, readings: readonly Reading[]) => void;
}

/** Which program a case runs: cases share one where network and kind of kernels are the same. */
export function programOf(
  { spec, role }: PlannedCase,
  devices: Pick<PrepareContext, "device">,
): { readonly target: LoweringTarget; readonly key: string } {
  // A peer runs no plans, and may not be here.
  const target = role === "peer" ? "cpu" : devices.device(spec.device).lowering ?? "cpu";
  return { target, key: `${programId(spec)} for ${target}` };
}

/** What one run of a program showed. */
type Check =
  & Pick<PreparedCase, "status" | "reason" | "relativeError" | "tolerance" | "peakBytes">
  & Partial<Pick<PreparedCase, "notes">>
  & {
    readonly readings?: readonly Reading[];
    /** Whether its times are latencies. */
    readonly timed?: boolean;
  };

/**
 * Prepares the cases of a run. Cases that run the same program share it, and those that run it on
 * as many threads share the check.
 */
export class Preparation {
  readonly #context: PrepareContext;
  readonly #programs = new Map<string, MadeProgram>();
  readonly #checks = new Map<string, Check>();

  /** Nothing is made yet. */
  constructor(context: PrepareContext) {
    this.#context = context;
  }

  /**
   * Prepares one case. What goes wrong with it is told in its status; only an abort throws.
   *
   * @throws the signal's reason when it is aborted.
   */
  async prepare(planned: PlannedCase): Promise<PreparedCase> {
    const { spec, role } = planned;
    const { target, key } = programOf(planned, this.#context);
    const made = this.#programs.get(key) ??
      await makeProgram(planned, { ...this.#context, target });
    this.#programs.set(key, made);
    const { program, expected, ...fixed } = made;
    const row: PreparedCase = { id: caseId(spec), spec, label: caseLabel(spec), role, ...fixed };
    if (program === undefined) return row;
    if (expected === undefined) return { ...row, program };
    const run = `${key} on ${spec.threads} threads of ${spec.device}`;
    const wanted = !this.#context.counted?.has(row.id);
    const { readings, timed, notes = [], ...check } = this.#checks.get(run) ??
      await this.#check(program, expected, spec, wanted);
    this.#checks.set(run, {
      ...check,
      notes,
      ...(readings && { readings }),
      ...(timed && { timed }),
    });
    if (readings && wanted) this.#context.onCounted?.(row.id, readings);
    // An emulator's times are no latencies, so such a case takes no part in the rounds.
    return { ...row, ...(timed && { program }), ...check, notes: [...fixed.notes, ...notes] };
  }

  async #check(
    program: Program,
    expected: Tensors,
    { device: id, threads }: CaseSpec,
    wanted: boolean,
  ): Promise<Check> {
    const { inputs, signal, onProgress } = this.#context;
    signal?.throwIfAborted();
    try {
      const device = this.#context.device(id);
      const support = device.supports(program);
      if (!support.ok) return { status: "skipped", reason: support.reason };
      onProgress?.("checking the output");
      const options = { threads, ...(signal && { signal }) };
      await using session = await device.load(program, options);
      const relativeError = outputsError(await session.run(inputs), expected);
      const readings = wanted ? await this.#count(session) : undefined;
      const peakBytes = await device.peakBytes?.(program, options);
      return {
        status: "ok",
        relativeError,
        tolerance: device.tolerance ?? FLOAT_TOLERANCE,
        timed: device.timebase === "native",
        ...(session.notes && { notes: session.notes }),
        ...(peakBytes && { peakBytes }),
        ...(readings && { readings }),
      };
    } catch (error) {
      signal?.throwIfAborted();
      return { status: isLacking(error) ? "skipped" : "failed", reason: messageOf(error) };
    }
  }

  async #count(session: Session): Promise<readonly Reading[] | undefined> {
    const { signal, onProgress } = this.#context;
    return await session.count?.({
      ...(signal && { signal }),
      onProgress: (fraction) => onProgress?.(`counting events, ${Math.floor(100 * fraction)} %`),
    });
  }
}

/** Whether nothing went wrong: the device is not here, or does not know an operator. */
function isLacking(error: unknown): boolean {
  return error instanceof DeviceUnavailableError || error instanceof UnsupportedModelError;
}
