/**
 * From a planned case to one that can be measured: its program is made, run once on the device,
 * and its output compared with ONNX Runtime's on the same weights.
 *
 * @module
 */

import {
  type Device,
  DeviceUnavailableError,
  type Program,
  type Session,
  type Tensors,
} from "../devices/device.ts";
import { UnsupportedModelError } from "../devices/peers/protocol.ts";
import { outputsError } from "../graph/compare.ts";
import { caseId, caseLabel, type PlannedCase, programId } from "./case.ts";
import { type MadeProgram, type MakeContext, makeProgram } from "./make_program.ts";
import type { PreparedCase } from "./measure/prepared.ts";
import { messageOf } from "./measure/round.ts";
import type { CaseSpec } from "./result.ts";

/** What all cases of a run are prepared with. */
export interface PrepareContext extends MakeContext {
  /**
   * Opens a device, once for all cases.
   *
   * @throws {DeviceUnavailableError} with what it lacks.
   */
  device(id: string): Device;
}

/** What one run of a program showed. */
type Check =
  & Pick<PreparedCase, "status" | "reason" | "relativeError" | "peakBytes">
  & Partial<Pick<PreparedCase, "notes">>;

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
    const id = programId(spec);
    const made = this.#programs.get(id) ?? await makeProgram(planned, this.#context);
    this.#programs.set(id, made);
    const { program, expected, ...fixed } = made;
    const row: PreparedCase = { id: caseId(spec), spec, label: caseLabel(spec), role, ...fixed };
    if (program === undefined) return row;
    if (expected === undefined) return { ...row, program };
    const key = `${id} on ${spec.threads} threads`;
    const check = this.#checks.get(key) ?? await this.#check(program, expected, spec);
    this.#checks.set(key, check);
    return { ...row, program, ...check, notes: [...fixed.notes, ...check.notes ?? []] };
  }

  async #check(
    program: Program,
    expected: Tensors,
    { device: id, threads }: CaseSpec,
  ): Promise<Check> {
    const { inputs, signal, onProgress } = this.#context;
    signal?.throwIfAborted();
    try {
      const device = this.#context.device(id);
      const support = device.supports(program);
      if (!support.ok) return { status: "skipped", reason: support.reason };
      onProgress?.("checking the output");
      const options = { threads, ...(signal && { signal }) };
      const compared = await compare(await device.load(program, options), inputs, expected);
      const peakBytes = await device.peakBytes?.(program, options);
      return { status: "ok", ...compared, ...(peakBytes && { peakBytes }) };
    } catch (error) {
      signal?.throwIfAborted();
      return { status: isLacking(error) ? "skipped" : "failed", reason: messageOf(error) };
    }
  }
}

/** The largest relative error of the outputs, and what the session has to say. */
async function compare(
  session: Session,
  inputs: Tensors,
  expected: Tensors,
): Promise<Pick<Check, "relativeError" | "notes">> {
  await using loaded = session;
  const relativeError = outputsError(await loaded.run(inputs), expected);
  return { relativeError, ...(loaded.notes && { notes: loaded.notes }) };
}

/** Whether nothing went wrong: the device is not here, or does not know an operator. */
function isLacking(error: unknown): boolean {
  return error instanceof DeviceUnavailableError || error instanceof UnsupportedModelError;
}
