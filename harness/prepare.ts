/**
 * From a planned case to one that can be measured: its program is made, run once on the device,
 * and its output compared with ONNX Runtime's on the same weights.
 *
 * @module
 */

import type { Device, Program, Tensors } from "../devices/device.ts";
import { outputsError } from "../graph/compare.ts";
import { caseId, caseLabel, type PlannedCase, programId } from "./case.ts";
import { type MadeProgram, type MakeContext, makeProgram } from "./make_program.ts";
import type { PreparedCase } from "./measure/prepared.ts";
import { messageOf } from "./measure/round.ts";

/** What all cases of a run are prepared with. */
export interface PrepareContext extends Omit<MakeContext, "target"> {
  /** Runs the programs that are checked. */
  readonly device: Device;
}

/** What one run of a program showed. */
type Check = Pick<PreparedCase, "status" | "reason" | "relativeError" | "peakBytes">;

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
    const target = this.#context.device.lowering ?? "cpu";
    const made = this.#programs.get(id) ??
      await makeProgram(planned, { ...this.#context, target });
    this.#programs.set(id, made);
    const { program, expected, ...fixed } = made;
    const row: PreparedCase = { id: caseId(spec), spec, label: caseLabel(spec), role, ...fixed };
    if (program === undefined) return row;
    if (expected === undefined) return { ...row, program };
    const key = `${id} on ${spec.threads} threads`;
    const check = this.#checks.get(key) ?? await this.#check(program, expected, spec.threads);
    this.#checks.set(key, check);
    return { ...row, program, ...check };
  }

  async #check(program: Program, expected: Tensors, threads: number): Promise<Check> {
    const { device, inputs, signal, onProgress } = this.#context;
    signal?.throwIfAborted();
    const support = device.supports(program);
    if (!support.ok) return { status: "skipped", reason: support.reason };
    onProgress?.("checking the output");
    try {
      const error = await outputError(program, threads, inputs, expected, device);
      const peakBytes = await device.peakBytes?.(program, { threads });
      return { status: "ok", relativeError: error, ...(peakBytes && { peakBytes }) };
    } catch (error) {
      return { status: "failed", reason: messageOf(error) };
    }
  }
}

/** The largest relative error of the program's outputs. */
async function outputError(
  program: Program,
  threads: number,
  inputs: Tensors,
  expected: Tensors,
  device: Device,
): Promise<number> {
  await using session = await device.load(program, { threads });
  return outputsError(await session.run(inputs), expected);
}
