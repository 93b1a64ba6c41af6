/**
 * From a row of a suite to a case that can be measured: compress, lower, write the program, and
 * check its output against ONNX Runtime's on the same weights.
 *
 * @module
 */

import { join } from "node:path";
import type { CompressedModel, LayerDecision, Progress } from "../compressors/compressor.ts";
import { findCompressor } from "../compressors/registry.ts";
import type { Device, Tensors } from "../devices/device.ts";
import { relativeError } from "../graph/compare.ts";
import { modelCosts } from "../graph/costs.ts";
import type { Model } from "../graph/model.ts";
import { writeOnnx } from "../graph/onnx_write.ts";
import { openReference } from "../graph/reference.ts";
import { type Tensor, tensor, values } from "../graph/tensor.ts";
import { lower } from "../kernels/plan/lower.ts";
import { type Plan, type PlanOperator, storedBytes } from "../kernels/plan/plan.ts";
import { writePlan } from "../kernels/plan/write.ts";
import { caseId, caseLabel } from "./case.ts";
import type { PreparedCase } from "./measure/prepared.ts";
import type { CaseResult, CaseSpec, LayerResult } from "./result.ts";

/** What all cases of a run are prepared with. */
export interface PrepareContext {
  /** The dense network. */
  readonly model: Model;
  readonly inputs: Tensors;
  /** Where programs are written. */
  readonly folder: string;
  readonly device: Device;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * Prepares one case. What goes wrong with the case is told in its status; only an abort throws.
 *
 * @throws the signal's reason when it is aborted.
 */
export async function prepareCase(
  spec: CaseSpec,
  role: CaseResult["role"],
  context: PrepareContext,
): Promise<PreparedCase> {
  const id = caseId(spec);
  const row = { id, spec, label: caseLabel(spec), role, notes: [], layers: [] } as const;
  const { signal } = context;
  signal?.throwIfAborted();
  try {
    return role === "peer"
      ? { ...row, ...await preparePeer(id, context) }
      : { ...row, ...await prepareSubject(id, spec, context) };
  } catch (error) {
    signal?.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    return { ...row, status: error instanceof RangeError ? "skipped" : "failed", reason };
  }
}

type Prepared = Partial<PreparedCase> & Pick<PreparedCase, "status">;

/** The peer engine runs the dense network from an ONNX file, as a user would load it. */
async function preparePeer(id: string, { model, folder }: PrepareContext): Promise<Prepared> {
  const path = join(folder, `${id}.onnx`);
  await writeOnnx(model, path);
  const { macs, params } = modelCosts(model);
  return { status: "ok", program: { kind: "onnx", path }, macs, rate: 1, params };
}

async function prepareSubject(
  id: string,
  spec: CaseSpec,
  context: PrepareContext,
): Promise<Prepared> {
  const { model, inputs, folder, device, signal, onProgress } = context;
  const compressor = findCompressor(spec.method);
  const options = compressor.parseOptions(spec.options);
  const support = compressor.supports(model, options);
  if (!support.ok) return { status: "skipped", reason: support.reason };
  const compressed = await compressor.compress(model, { macs: spec.rate }, options, {
    seed: spec.seed,
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
  });
  onProgress?.({ label: "lowering to a plan", done: 0, total: 1 });
  const plan = lower(compressed);
  const program = { kind: "plan", path: join(folder, `${id}.plan`) } as const;
  const supported = device.supports(program);
  if (!supported.ok) return { status: "skipped", reason: supported.reason };
  await writePlan(plan, program.path);
  signal?.throwIfAborted();
  onProgress?.({ label: "checking against ONNX Runtime", done: 0, total: 1 });
  const error = await outputError(compressed, program, spec.threads, inputs, device);
  signal?.throwIfAborted();
  const peakBytes = await device.peakBytes?.(program, { threads: spec.threads });
  const { denseMacs } = modelCosts(model);
  const { macs, params } = modelCosts(compressed);
  return {
    status: "ok",
    program,
    notes: compressed.report.notes,
    macs,
    rate: denseMacs / macs,
    params,
    ...planBytes(plan),
    relativeError: error,
    ...(peakBytes !== undefined && { peakBytes }),
    layers: layersOf(compressed, plan),
  };
}

/** Relative error of the program's output against ONNX Runtime's on the same weights. */
async function outputError(
  model: Model,
  program: { kind: "plan"; path: string },
  threads: number,
  inputs: Tensors,
  device: Device,
): Promise<number> {
  await using reference = await openReference(model, { threads });
  await using session = await device.load(program, { threads });
  const [expected, actual] = await Promise.all([reference.run(inputs), session.run(inputs)])
    .then((outputs) => outputs.map(only));
  return relativeError(tensor(values(actual), expected.shape), expected);
}

function only(outputs: Tensors): Tensor {
  const [output] = outputs.values();
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
  const decisions = new Map(model.report.layers.map((d: LayerDecision) => [d.layer, d.decision]));
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
