/**
 * From a row of a suite to a program that a device can load: compress, lower to a plan, write it;
 * and what ONNX Runtime makes of the same weights.
 *
 * @module
 */

import { join } from "node:path";
import { UnreachableRateError } from "../compressors/budget.ts";
import type { CompressedModel } from "../compressors/compressor.ts";
import { findCompressor } from "../compressors/registry.ts";
import type { Program, Tensors } from "../devices/device.ts";
import { modelCosts } from "../graph/costs.ts";
import type { Model } from "../graph/model.ts";
import { writeOnnx } from "../graph/onnx_write.ts";
import { openReference } from "../graph/reference.ts";
import type { Tensor } from "../graph/tensor.ts";
import { lower } from "../kernels/plan/lower.ts";
import { type Plan, type PlanOperator, storedBytes } from "../kernels/plan/plan.ts";
import { writePlan } from "../kernels/plan/write.ts";
import { type PlannedCase, programId } from "./case.ts";
import type { PreparedCase } from "./measure/prepared.ts";
import { messageOf } from "./measure/round.ts";
import type { CaseSpec, LayerResult } from "./result.ts";

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
export type MadeProgram = Pick<PreparedCase, "reason" | "notes" | "layers"> & {
  readonly status: "ok" | "skipped" | "failed";
  readonly program?: Program;
  /** What ONNX Runtime computes with the same weights; absent for a peer, which is ONNX Runtime. */
  readonly expected?: Tensor;
} & Partial<Pick<PreparedCase, "macs" | "rate" | "params" | "valueBytes" | "indexBytes">>;

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
    return role === "peer" ? await writePeer(spec, context) : await writeSubject(spec, context);
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

async function writeSubject(spec: CaseSpec, context: MakeContext): Promise<MadeProgram> {
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
  const plan = lower(compressed);
  const path = join(folder, `${programId(spec)}.plan`);
  await writePlan(plan, path);
  signal?.throwIfAborted();
  onProgress?.("running in ONNX Runtime");
  const expected = await referenceOutput(compressed, inputs);
  const { macs, params } = modelCosts(compressed);
  return {
    status: "ok",
    program: { kind: "plan", path },
    expected,
    notes: compressed.report.notes,
    layers: layersOf(compressed, plan),
    macs,
    rate: modelCosts(model).denseMacs / macs,
    params,
    ...planBytes(plan),
  };
}

async function referenceOutput(model: Model, inputs: Tensors): Promise<Tensor> {
  await using session = await openReference(model, { threads: navigator.hardwareConcurrency });
  const [output] = (await session.run(inputs)).values();
  return output;
}

function planBytes(plan: Plan): { valueBytes: number; indexBytes: number } {
  const bytes = plan.operators.map(storedBytes);
  return {
    valueBytes: bytes.reduce((sum, { values }) => sum + values, 0),
    indexBytes: bytes.reduce((sum, { index }) => sum + index, 0),
  };
}

/** Every operator of the plan with its costs and what the compressor decided for its layer. */
function layersOf(model: CompressedModel, plan: Plan): LayerResult[] {
  const costs = new Map(modelCosts(model).layers.map((layer) => [layer.name, layer]));
  const decisions = new Map(model.report.layers.map((entry) => [entry.layer, entry.decision]));
  return plan.operators.map((operator) => {
    const layer = operator.name.split("/")[0];
    const cost = costs.get(operator.name);
    const { values, index } = storedBytes(operator);
    return {
      layer,
      operator: operator.name,
      kind: kindOf(operator),
      macs: cost?.macs ?? 0,
      params: cost?.params ?? 0,
      valueBytes: values,
      indexBytes: index,
      decision: decisions.get(layer) ?? "",
    };
  });
}

/** The operator and what is fused behind it, e.g. `"convolution + relu + max_pool"`. */
function kindOf(operator: PlanOperator): string {
  const parts: string[] = [operator.kind];
  if ("relu" in operator && operator.relu) parts.push("relu");
  if (operator.kind === "convolution" && operator.pool) parts.push("max_pool");
  return parts.join(" + ");
}
