/**
 * Networks that were compressed elsewhere, e.g. by training, as rows of a comparison with the dense
 * network that they came from.
 *
 * @module
 */

import type { CompressedModel } from "../compressors/compressor.ts";
import { layerDecisions, type LayerParts, partsOfLayers, percent } from "../compressors/report.ts";
import { type LayerCosts, modelCosts } from "../graph/costs.ts";
import type { Model, ValueInfo } from "../graph/model.ts";
import { withBatch } from "../graph/rewrites/rebatch.ts";
import type { WeightStructure } from "../graph/structure.ts";
import { readModelFile } from "./model_file.ts";
import { openOwnModel } from "./own_model.ts";
import { DENSE, ONNX_RUNTIME } from "./rows.ts";
import type { Suite, SuiteFile, SuiteRow } from "./suite.ts";

/** A compressed network in a file. */
export interface TrainedModel {
  /** How people call it, e.g. `"KGS 8x4, reweighted, 2.6x"`; unique in its comparison. */
  readonly label: string;
  /** What made it, e.g. `"rt3d"`. */
  readonly method: string;
  /** What that was given. */
  readonly options: SuiteRow["options"];
  /** What it is in the comparison. */
  readonly role: "subject" | "control";
  /** ONNX file, structures in its metadata. */
  readonly path: string;
}

/** What {@linkcode trainedSuite} compares. */
export interface TrainedModels {
  /** Of letters, digits, `.`, `-` and `_`; folders are named after it. */
  readonly id: string;
  /** One line for people. */
  readonly description: string;
  /** ONNX file of the dense network that all came from. */
  readonly dense: { readonly path: string };
  /** The compressed networks. */
  readonly rows: readonly TrainedModel[];
}

/**
 * The dense network, ONNX Runtime and the compressed networks as a suite, at a batch of 1. Each row has
 * the rate that its network has.
 *
 * @throws {RangeError|SyntaxError} when a file does not exist or cannot be read, a network does not
 *   compute what the dense one does, or the id or a label is of no use.
 */
export async function trainedSuite(models: TrainedModels): Promise<Suite> {
  const { id, description, dense: { path }, rows } = models;
  requireNames(models);
  const suite = await openOwnModel(path, { batch: 1 });
  const dense = suite.buildModel(0);
  const { denseMacs } = modelCosts(dense);
  const opened: SuiteRow[] = [];
  // One by one, as the networks of a comparison together may be larger than memory.
  for (const { label, method, options, role, path } of rows) {
    const { model, file } = await readModelFile(path);
    const { macs } = modelCosts(fitted(model, dense, path));
    const given: SuiteFile = { kind: "model", ...file };
    opened.push({ method, scheme: label, options, role, file: given, rate: denseMacs / macs });
  }
  return {
    ...suite,
    id,
    description,
    rate: 1,
    rateSource: "each network has its own",
    rows: [DENSE, ONNX_RUNTIME, ...opened],
  };
}

/**
 * Opens a network that was compressed elsewhere, in the batch of the dense one. Its report tells what
 * the two networks show.
 *
 * @throws {RangeError|SyntaxError} when the file is gone, cannot be read or is no longer what it was,
 *   or does not compute what the dense network does.
 */
export async function openCompressed(file: SuiteFile, dense: Model): Promise<CompressedModel> {
  const { path, sha256 } = file;
  const { model: read, file: found } = await readModelFile(path);
  if (found.sha256 !== sha256) {
    throw new RangeError(
      `Cannot use model "${path}" as it must be what it was, sha256 ${sha256}: ` +
        `current value is ${found.sha256}`,
    );
  }
  const model = fitted(read, dense, path);
  const decisions = new Map(
    partsOfLayers(dense, model).flatMap((layer) => {
      const words = decisionOf(layer, model);
      return words === undefined ? [] : [[layer.layer.name, words] as const];
    }),
  );
  return { ...model, report: { layers: layerDecisions(dense, model, decisions), notes: [] } };
}

function requireNames({ id, rows }: TrainedModels): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(id)) {
    throw new RangeError(
      `Cannot compare models as "id" must be letters, digits, ".", "-" and "_": ` +
        `current value is ${JSON.stringify(id)}`,
    );
  }
  const labels = rows.map(({ label }) => label);
  const wrong = labels.find((label, i) => label.trim() === "" || labels.indexOf(label) !== i);
  if (wrong === undefined) return;
  throw new RangeError(
    `Cannot compare models as labels must be different and not empty: ` +
      `current value is ${JSON.stringify(wrong)}`,
  );
}

/** The model in the batch of `dense`, if it takes and gives the same. */
function fitted(model: Model, dense: Model, path: string): Model {
  const wanted = interfaceOf(dense);
  const found = interfaceOf(model) === wanted ? model : withBatch(model, dense.inputs[0].shape[0]);
  if (interfaceOf(found) === wanted) return found;
  throw new RangeError(
    `Cannot compare model "${path}" with "${dense.name}" as its inputs and outputs must be the ` +
      `same, ${wanted}: current value is ${interfaceOf(found)}`,
  );
}

function interfaceOf({ inputs, outputs }: Model): string {
  const list = (values: readonly ValueInfo[]) =>
    values.map(({ name, shape }) => `${name} [${shape}]`).join(", ");
  return `${list(inputs)} to ${list(outputs)}`;
}

/** What was done to a layer, as far as its remains tell. */
function decisionOf({ layer, parts }: LayerParts, model: Model): string | undefined {
  if (parts.length === 0) return "removed";
  const [only] = parts;
  if (parts.length > 1 || only.name !== layer.name) {
    const factors = parts.map((part) =>
      `${part.name.slice(layer.name.length + 1)} ${filtersOf(part)}`
    );
    return `factors: ${factors.join(", ")} filters`;
  }
  const words: string[] = [];
  if (filtersOf(only) < filtersOf(layer)) {
    words.push(`${filtersOf(only)} of ${filtersOf(layer)} filters`);
  }
  const structure = structureOf(only.name, model);
  if (structure) {
    const { scheme, layout: { filters, channels } } = structure;
    const kept = only.macs / only.denseMacs;
    words.push(`${scheme} ${filters}x${channels}: ${percent(kept)} of the weights`);
  }
  return words.length > 0 ? words.join(", ") : undefined;
}

/** Filters of a layer, which are channels of its output. */
function filtersOf({ op, output }: LayerCosts): number {
  return op === "MatMul" ? output[output.length - 1] : output[1];
}

function structureOf(name: string, { nodes, structures }: Model): WeightStructure | undefined {
  const node = nodes.find((candidate) => candidate.name === name);
  return node?.inputs.map((input) => structures.get(input)).find((found) => found !== undefined);
}
