/**
 * Models of the user's own as suites, and trained weights for the suites there are.
 *
 * @module
 */

import { basename } from "node:path";
import { findCompressor } from "../compressors/registry.ts";
import { modelCosts } from "../graph/costs.ts";
import type { Model } from "../graph/model.ts";
import { loadAny } from "./datasets/any.ts";
import { type ModelFileOptions, readModelFile } from "./model_file.ts";
import { provenanceOf } from "./provenance.ts";
import { findSuite, SUITES } from "./registry.ts";
import { DENSE, IMAGE_ROWS, ONNX_RUNTIME, VIDEO_ROWS } from "./rows.ts";
import type { Suite, SuiteFile, SuiteRow } from "./suite.ts";
import { takeWeights } from "./weights.ts";

/** Reduction of MACs that a model is compressed by unless the user says otherwise. */
const DEFAULT_RATE = 2;

/** A pruned model with its structure used. */
const AS_GIVEN: SuiteRow = { method: "as-is", scheme: "", options: {}, role: "subject" };

/**
 * Opens the ONNX file at `path` as a suite: every row that the suites of its kind have, as far as the
 * method supports the model. One that is compressed already is compared as it is.
 *
 * @throws {RangeError|SyntaxError} when the file does not exist or cannot be read; a message lists all
 * that is not supported.
 */
export async function openOwnModel(
  path: string,
  options: ModelFileOptions = {},
): Promise<Suite> {
  const { model, file } = await readModelFile(path, options);
  const { denseMacs, macs, denseParams } = modelCosts(model);
  const compressed = model.structures.size > 0 || provenanceOf(model).length > 0;
  const steps = provenanceOf(model).map(({ method }) => method).join(", then ");
  const rate = Math.floor(1000 * denseMacs / macs) / 1000;
  return {
    id: idOf(path),
    description: `${basename(path)}: ${scaled(denseParams)} parameters, ${scaled(denseMacs)}MACs` +
      (compressed ? `, compressed already${steps && ` by ${steps}`}` : ""),
    rate: compressed ? rate : DEFAULT_RATE,
    rateSource: compressed ? "the structure of the model as it is given" : "chosen for any model",
    loadInput: loadAny,
    buildModel: () => model,
    files: [{ kind: "model", ...file }],
    rows: compressed
      ? [DENSE, ONNX_RUNTIME, ...(model.structures.size > 0 ? [AS_GIVEN] : [])]
      : rowsOf(model),
  };
}

/**
 * The suite with the weights of the ONNX file at `path` instead of seeded ones.
 *
 * @throws {RangeError|SyntaxError} when the file cannot be read or its weights do not fit.
 */
export async function withWeights(
  suite: Suite,
  path: string,
  options: Omit<ModelFileOptions, "batch"> = {},
): Promise<Suite> {
  const { model: from, file } = await readModelFile(path, options);
  const model = takeWeights(suite.buildModel(0), from);
  return {
    ...suite,
    buildModel: () => model,
    files: [...suite.files ?? [], { kind: "weights", ...file }],
  };
}

/** Options of {@linkcode openSuite}. */
export interface OpenSuiteOptions extends ModelFileOptions {
  /** ONNX file that gives the weights. */
  readonly weights?: string;
  /** Suites that can be named. @default all */
  readonly suites?: readonly Suite[];
}

/**
 * Opens what a person names: a model file, or a suite by its id.
 *
 * @throws {RangeError|SyntaxError} when there is none, or a file cannot be read.
 */
export async function openSuite(name: string, options: OpenSuiteOptions = {}): Promise<Suite> {
  const { weights, suites = SUITES, shapes, batch, ...others } = options;
  const own = isModelFile(name);
  if (!own && (batch !== undefined || (shapes && weights === undefined))) {
    throw new RangeError(`Cannot give suite "${name}" another shape: only model files take one`);
  }
  const suite = own ? await openOwnModel(name, options) : findSuite(name, suites);
  if (weights === undefined) return suite;
  return await withWeights(suite, weights, { ...others, ...(shapes && !own && { shapes }) });
}

/** Opens again what a run was made of: its suite, or the same files. */
export async function reopenSuite(
  id: string,
  files: readonly SuiteFile[],
  options: OpenSuiteOptions = {},
): Promise<Suite> {
  const pathOf = (kind: SuiteFile["kind"]) => files.find((file) => file.kind === kind)?.path;
  const weights = pathOf("weights");
  const { shapes, batch } = files[0] ?? {};
  return await openSuite(pathOf("model") ?? id, {
    ...options,
    ...(weights !== undefined && { weights }),
    ...(shapes && { shapes }),
    ...(batch !== undefined && { batch }),
  });
}

/** Whether a word names a file rather than a suite. */
export function isModelFile(name: string): boolean {
  if (/\.onnx$/i.test(name)) return true;
  try {
    return Deno.statSync(name).isFile;
  } catch {
    return false;
  }
}

function rowsOf(model: Model): SuiteRow[] {
  const volumes = model.nodes.some((node) =>
    node.op === "Conv" && node.attributes.kernel_shape.length === 3
  );
  return (volumes ? VIDEO_ROWS : IMAGE_ROWS).filter(({ method, options, role }) => {
    if (role === "baseline" || role === "peer") return true;
    const compressor = findCompressor(method);
    return compressor.supports(model, compressor.parseOptions(options)).ok;
  });
}

/** The file's name without extension, of characters that every file system and shell takes. */
function idOf(path: string): string {
  const stem = basename(path).replace(/\.onnx$/i, "");
  return stem.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[-.]+|[-.]+$/g, "") || "model";
}

function scaled(count: number): string {
  return count >= 1e9 ? `${(count / 1e9).toFixed(1)} G` : `${(count / 1e6).toFixed(1)} M`;
}
