/**
 * From a row of a suite to a program that a device can load: compress, lower to a plan, write it;
 * and what ONNX Runtime makes of the same weights.
 *
 * @module
 */

import { join } from "node:path";
import { UnreachableRateError } from "../compressors/budget.ts";
import { findCompressor } from "../compressors/registry.ts";
import type { Program, Tensors } from "../devices/device.ts";
import { modelCosts } from "../graph/costs.ts";
import type { Model } from "../graph/model.ts";
import { writeOnnx } from "../graph/onnx/write.ts";
import { openReference } from "../graph/reference.ts";
import { lower } from "../kernels/plan/lower.ts";
import type { Plan } from "../kernels/plan/plan.ts";
import { storedBytes } from "../kernels/plan/stored_bytes.ts";
import { writePlan } from "../kernels/plan/write.ts";
import { type PlannedCase, programId } from "./case.ts";
import type { PreparedCase } from "./measure/prepared.ts";
import { messageOf } from "./measure/round.ts";
import { planLayers } from "./plan_layers.ts";
import type { CaseSpec } from "./result.ts";

/** What programs are made from. */
export interface MakeContext {
  /** The dense network. */
  readonly model: Model;
  /** What the network is fed with. */
  readonly inputs: Tensors;
  /** Where programs are written. */
  readonly folder: string;
  /** Ends the work. */
  readonly signal?: AbortSignal;
  /** Told what is being done. */
  readonly onProgress?: (label: string) => void;
}

/** A program, or why there is none. */
export type MadeProgram =
  & Pick<PreparedCase, "reason" | "notes" | "layers">
  & {
    readonly status: "ok" | "skipped" | "failed";
    readonly program?: Program;
    /** What ONNX Runtime computes with the same weights; absent for a peer, which is ONNX Runtime. */
    readonly expected?: Tensors;
  }
  & Partial<
    Pick<PreparedCase, "macs" | "rate" | "params" | "valueBytes" | "indexBytes" | "activationBytes">
  >;

/**
 * Makes the program of a case. What goes wrong is told in its status; only an abort throws.
 *
 * @throws the signal's reason when it is aborted.
 */
export async function makeProgram(
  { spec, role }: PlannedCase,
  context: MakeContext,
): Promise<MadeProgram> {
  const { signal } = context;
  signal?.throwIfAborted();
  try {
    return role === "peer"
      ? await writePeer(spec, context)
      : await writeSubject(spec, context, role !== "direct");
  } catch (error) {
    signal?.throwIfAborted();
    const status = error instanceof UnreachableRateError ? "skipped" : "failed";
    return { status, reason: messageOf(error), notes: [], layers: [] };
  }
}

/** The peer engine runs the dense network from an ONNX file, as a user would load it. */
async function writePeer(spec: CaseSpec, { model, folder }: MakeContext): Promise<MadeProgram> {
  const path = join(folder, `${programId(spec)}.onnx`);
  await writeOnnx(model, path);
  const { macs, params } = modelCosts(model);
  const program = { kind: "onnx", path } as const;
  return { status: "ok", program, notes: [], layers: [], macs, rate: 1, params };
}

async function writeSubject(
  spec: CaseSpec,
  context: MakeContext,
  winograd: boolean,
): Promise<MadeProgram> {
  const { model, inputs, folder, signal, onProgress } = context;
  const compressor = findCompressor(spec.method);
  const options = compressor.parseOptions(spec.options);
  const support = compressor.supports(model, options);
  if (!support.ok) return { status: "skipped", reason: support.reason, notes: [], layers: [] };
  const compressed = await compressor.compress(model, { macs: spec.rate }, options, {
    seed: spec.seed,
    ...(signal && { signal }),
    ...(onProgress && { onProgress: ({ label }) => onProgress(label) }),
  });
  onProgress?.("lowering to a plan");
  const choices = new Map<string, string>();
  const plan = lower(compressed, { winograd, onNote: (note, layer) => choices.set(layer, note) });
  const path = join(folder, `${programId(spec)}.plan`);
  await writePlan(plan, path);
  signal?.throwIfAborted();
  onProgress?.("running in ONNX Runtime");
  const expected = await referenceOutputs(compressed, inputs);
  const { macs, params } = modelCosts(compressed);
  return {
    status: "ok",
    program: { kind: "plan", path },
    expected,
    notes: [...compressed.report.notes, ...choiceNotes(choices)],
    layers: planLayers(compressed, plan, choices),
    macs,
    rate: modelCosts(model).denseMacs / macs,
    params,
    ...planBytes(plan),
    activationBytes: plan.arenaFloats * Float32Array.BYTES_PER_ELEMENT,
  };
}

async function referenceOutputs(model: Model, inputs: Tensors): Promise<Tensors> {
  await using session = await openReference(model, { threads: navigator.hardwareConcurrency });
  return await session.run(inputs);
}

function planBytes(plan: Plan): { valueBytes: number; indexBytes: number } {
  const bytes = plan.operators.map(storedBytes);
  return {
    valueBytes: bytes.reduce((sum, { values }) => sum + values, 0),
    indexBytes: bytes.reduce((sum, { index }) => sum + index, 0),
  };
}

/** Names that a note lists; more are counted. */
const MOST_NAMES = 4;

/** What the lowering chose, in one note for all layers: the layers' own rows tell why. */
function choiceNotes(choices: ReadonlyMap<string, string>): string[] {
  if (choices.size === 0) return [];
  const names = [...choices.keys()];
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : "";
  const layers = names.length === 1 ? "1 layer takes its" : `${names.length} layers take their`;
  const list = names.slice(0, MOST_NAMES).join(", ") + more;
  return [`${layers} dense form, as sparse kernels would be slower: ${list}`];
}
