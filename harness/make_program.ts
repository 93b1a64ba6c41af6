/**
 * From a row of a suite to a program that a device can load: compress, or take what was compressed
 * elsewhere, lower to a plan, write it; and what ONNX Runtime makes of the same weights.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { UnreachableRateError } from "../compressors/budget.ts";
import type { CompressedModel, Support } from "../compressors/compressor.ts";
import { findCompressor } from "../compressors/registry.ts";
import type { Program, Tensors } from "../devices/device.ts";
import { BUILT_IN } from "../devices/peers/registry.ts";
import { modelCosts } from "../graph/costs.ts";
import type { Model } from "../graph/model.ts";
import { writeOnnx } from "../graph/onnx/write.ts";
import { openReference } from "../graph/reference.ts";
import { lower, type LoweringTarget } from "../kernels/plan/lower.ts";
import type { Plan } from "../kernels/plan/plan.ts";
import { planBytes, planCsrBytes } from "../kernels/plan/stored_bytes.ts";
import { writePlan } from "../kernels/plan/write.ts";
import { openCompressed } from "../suites/trained_models.ts";
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
  /** Which kernels run them. @default {"cpu"} */
  readonly target?: LoweringTarget;
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
    /** What ONNX Runtime computes with the same weights; absent for ONNX Runtime itself. */
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
  planned: PlannedCase,
  context: MakeContext,
): Promise<MadeProgram> {
  const { signal } = context;
  signal?.throwIfAborted();
  try {
    return planned.role === "peer"
      ? await writePeer(planned.spec, context)
      : await writeSubject(planned, context);
  } catch (error) {
    signal?.throwIfAborted();
    const status = error instanceof UnreachableRateError ? "skipped" : "failed";
    return { status, reason: messageOf(error), notes: [], layers: [] };
  }
}

/** Peer engines run the dense network from an ONNX file, one for all, as a user would load it. */
async function writePeer(spec: CaseSpec, context: MakeContext): Promise<MadeProgram> {
  const { model, inputs, folder, onProgress } = context;
  const path = join(folder, "dense.onnx");
  if (!existsSync(path)) await writeOnnx(model, path);
  const { macs, params } = modelCosts(model);
  const made = {
    program: { kind: "onnx", path },
    notes: [],
    layers: [],
    macs,
    rate: 1,
    params,
  } as const;
  if (spec.method === BUILT_IN) return { status: "ok", ...made };
  onProgress?.("running in ONNX Runtime");
  return { status: "ok", ...made, expected: await referenceOutputs(model, inputs) };
}

async function writeSubject(planned: PlannedCase, context: MakeContext): Promise<MadeProgram> {
  const { spec, role } = planned;
  const { model, inputs, folder, target = "cpu", signal, onProgress } = context;
  const support = supportOf(planned, model);
  if (!support.ok) return { status: "skipped", reason: support.reason, notes: [], layers: [] };
  const compressed = await compressedModel(planned, context);
  onProgress?.("lowering to a plan");
  const choices = new Map<string, string>();
  const plan = lower(compressed, {
    target,
    winograd: role !== "direct",
    packing: spec.packing,
    onNote: (note, layer) => choices.set(layer, note),
  });
  const path = join(folder, `${programId(spec)}.${target}.plan`);
  await writePlan(plan, path);
  signal?.throwIfAborted();
  onProgress?.("running in ONNX Runtime");
  const expected = await referenceOutputs(compressed, inputs);
  const { macs, params } = modelCosts(compressed);
  const { values, index } = planBytes(plan);
  return {
    status: "ok",
    program: { kind: "plan", path },
    expected,
    notes: [...compressed.report.notes, ...choiceNotes(choices), ...packingNotes(spec, plan)],
    layers: planLayers(compressed, plan, choices),
    macs,
    rate: modelCosts(model).denseMacs / macs,
    params,
    valueBytes: values,
    indexBytes: index,
    activationBytes: plan.arenaFloats * Float32Array.BYTES_PER_ELEMENT,
  };
}

/** A model from a file needs no method here: what made it may not even be one of ours. */
function supportOf({ spec, file }: PlannedCase, model: Model): Support {
  if (file) return { ok: true };
  const compressor = findCompressor(spec.method);
  return compressor.supports(model, compressor.parseOptions(spec.options));
}

async function compressedModel(
  { spec, file }: PlannedCase,
  { model, signal, onProgress }: MakeContext,
): Promise<CompressedModel> {
  if (file) return await openCompressed(file, model);
  const compressor = findCompressor(spec.method);
  return await compressor.compress(
    model,
    { macs: spec.rate },
    compressor.parseOptions(spec.options),
    {
      seed: spec.seed,
      ...(signal && { signal }),
      ...(onProgress && { onProgress: ({ label }) => onProgress(label) }),
    },
  );
}

async function referenceOutputs(model: Model, inputs: Tensors): Promise<Tensors> {
  await using session = await openReference(model, { threads: navigator.hardwareConcurrency });
  return await session.run(inputs);
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

/** What a reader must know of a packing that leaves something out. */
function packingNotes({ packing }: CaseSpec, plan: Plan): string[] {
  if (!packing) return [];
  const csr = planCsrBytes(plan);
  if (csr === 0) return [`packing "${packing}" changes nothing, as no layer is stored sparse`];
  if (packing !== "csr") return [];
  return [
    `without the byte code, compressed sparse rows would have an index of ${csr} bytes: 4 for the ` +
    "column of each weight and for the start of each row",
  ];
}
