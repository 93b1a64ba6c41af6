/**
 * Reads ONNX files as they are found in the wild, opset 6 to 22, into the normal form of `model.ts`.
 *
 * A file is not trusted. Whatever its bytes say, reading ends with a model or one of the errors
 * below, in time proportional to the file and its constants. Memory stays below about ten times the
 * file with its external data, plus four bytes for each element of the constants that the file may
 * compute, see {@linkcode ReadOptions.mostElements}.
 *
 * @module
 */

import type { Model, Node, ValueInfo } from "../model.ts";
import { inferShapes } from "../shapes.ts";
import type { WeightStructure } from "../structure.ts";
import { type Shape, type Tensor, tensor } from "../tensor.ts";
import { ExternalData } from "./external.ts";
import { decodeFile, type FileModel, type FileNode, type FileValue } from "./file.ts";
import { Importer } from "./importer.ts";
import { Names } from "./names.ts";
import { NodeReader } from "./node_reader.ts";
import { OPERATOR_READERS } from "./operators/table.ts";
import { renamed, withBiases, withoutDeadNodes } from "./simplify.ts";
import { decodeStructure, STRUCTURE_PREFIX } from "./structure.ts";
import { UnsupportedError } from "./unsupported.ts";

/** Options of {@linkcode decodeOnnx} and {@linkcode readOnnx}. */
export interface ReadOptions {
  /** Shapes of graph inputs, by name, instead of those in the file. */
  readonly shapes?: Readonly<Record<string, Shape>>;
  /** Called with each thing that was changed, e.g. `input "data": batch N fixed to 1`. */
  readonly onNote?: (text: string) => void;
  /**
   * Elements that are read and made, in all, to compute constants that the file does not hold.
   *
   * @default {536870912} 2 GiB of float32
   */
  readonly mostElements?: number;
}

const OLDEST_OPSET = 6;
const NEWEST_OPSET = 22;

/** An error that lists everything shows at most so many. */
const MOST_PROBLEMS = 1000;

/**
 * Decodes an ONNX file. Defaults of attributes are filled in, unnamed nodes are named after their
 * operator and place, and structures are read back from `metadata_props`. A batch without extent
 * becomes 1.
 *
 * @throws {SyntaxError} when the bytes are not an ONNX model.
 * @throws {RangeError} when the model has operators, attributes or types that are not supported,
 * all of them in one message with the names of their nodes; or when it contradicts itself.
 */
export function decodeOnnx(bytes: Uint8Array, options: ReadOptions = {}): Model {
  return decode(bytes, new ExternalData(), options);
}

/**
 * Reads the ONNX file at `path`, and the external data in its folder.
 *
 * @throws as {@linkcode decodeOnnx}, or when reading fails.
 */
export async function readOnnx(path: string, options: ReadOptions = {}): Promise<Model> {
  return decode(await Deno.readFile(path), new ExternalData(path), options);
}

function decode(bytes: Uint8Array, external: ExternalData, options: ReadOptions): Model {
  const { shapes = {}, onNote = () => {}, mostElements = 2 ** 29 } = options;
  const file = decodeFile(bytes);
  if (!file.graph) throw new SyntaxError("Cannot read ONNX model as it has no graph");
  const source = { external: external.read.bind(external), note: onNote };
  const importer = new Importer(file, readOpset(file), source, mostElements);
  const constants = new Set(file.initializers.map(({ name }) => name));
  const inputs = file.inputs.filter(({ name }) => !constants.has(name))
    .map((input) => readInput(input, shapes, importer, onNote));
  for (const name of Object.keys(shapes)) {
    if (!inputs.some((input) => input.name === name)) {
      importer.problems.push(`input "${name}": a shape is given, but there is no such input`);
    }
  }
  readNodes(file, importer);
  const outputs = readOutputs(file, importer, onNote);
  if (importer.problems.length > 0) throw refusal(file, importer.problems);
  return finish(file, importer, inputs, outputs);
}

function refusal(file: FileModel, problems: readonly string[]): RangeError {
  const more = problems.length - MOST_PROBLEMS;
  return new RangeError(
    `Cannot read ONNX model "${file.name}" as it needs what is not supported:\n  ` +
      problems.slice(0, MOST_PROBLEMS).join("\n  ") + (more > 0 ? `\n  and ${more} more` : ""),
  );
}

function readOpset(file: FileModel): number {
  const opset = file.opsets.get("") ?? 1;
  if (opset >= OLDEST_OPSET && opset <= NEWEST_OPSET) return opset;
  throw new RangeError(
    `Cannot read ONNX model "${file.name}" as its opset must be ${OLDEST_OPSET} to ` +
      `${NEWEST_OPSET}: current value is ${opset}`,
  );
}

/** Types of values that are float32 here. */
const FLOAT_TYPES = ["FLOAT", "FLOAT16", "BFLOAT16", "DOUBLE"];

function readInput(
  { name, type, dims }: FileValue,
  shapes: Readonly<Record<string, Shape>>,
  importer: Importer,
  note: (text: string) => void,
): ValueInfo {
  const where = `input "${name}"`;
  const problem = (text: string) => importer.problems.push(`${where}: ${text}`);
  if (name === "") problem("no name");
  if (!FLOAT_TYPES.includes(type)) problem(`element type ${type} (supported: FLOAT)`);
  else if (type !== "FLOAT") note(`${where}: ${type} read as FLOAT`);
  const given = Object.hasOwn(shapes, name) ? shapes[name] : undefined;
  const shape = given ?? dims?.map((extent, axis) => {
    if (typeof extent === "number" && extent > 0) return extent;
    if (axis === 0) note(`${where}: batch ${extent} fixed to 1`);
    return axis === 0 ? 1 : NaN;
  });
  if (!shape || shape.some(Number.isNaN)) {
    problem(`shape [${dims?.join(", ") ?? "?"}] is not static; give a fixed one`);
  }
  const info = { name, shape: (shape ?? []).map((extent) => Number.isNaN(extent) ? 1 : extent) };
  try {
    importer.addInput(info);
  } catch (error) {
    problem(rangeMessage(error));
    importer.guess([name], () => [1]);
  }
  return info;
}

function readNodes(file: FileModel, importer: Importer): void {
  const declared = new Map([...file.values, ...file.outputs].map((value) => [value.name, value]));
  const names = new Set<string>();
  for (const [index, node] of file.nodes.entries()) {
    const name = node.name || importer.uniqueNode(`${node.op}_${index}`);
    const problem = (text: string) => importer.problems.push(`${node.op} "${name}": ${text}`);
    if (names.has(name)) problem("another node has the same name");
    names.add(name);
    readNode(node, name, importer, problem);
    // Whatever could not be read, the rest still can be.
    importer.guess(node.outputs, (output) => {
      const dims = declared.get(output)?.dims;
      if (dims?.every((extent) => Number.isSafeInteger(extent) && Number(extent) > 0)) {
        return dims.map(Number);
      }
      try {
        return importer.shapeOf(importer.value(node.inputs[0]));
      } catch {
        return [1];
      }
    });
  }
}

function readNode(
  node: FileNode,
  name: string,
  importer: Importer,
  problem: (text: string) => void,
): void {
  const read = node.domain ? undefined : OPERATOR_READERS.get(node.op);
  if (!read) return problem(`operator ${node.domain ? `${node.domain}.` : ""}${node.op}`);
  if (!node.outputs[0]) return problem("no output");
  const reader = new NodeReader(importer, node, name, problem);
  try {
    read(reader);
    reader.attributes.end();
  } catch (error) {
    const text = rangeMessage(error);
    // Behind an operator that is not supported shapes are guesses, which need not fit.
    const guessed = node.inputs.some((input) => importer.isGuessed(input));
    if (!guessed || error instanceof UnsupportedError) problem(text);
  }
}

/** The message of an error about the file; any other is thrown on. */
function rangeMessage(error: unknown): string {
  if (error instanceof RangeError) return error.message;
  throw error;
}

/** What each graph output is in the normal form. */
function readOutputs(
  file: FileModel,
  importer: Importer,
  note: (text: string) => void,
): Map<string, string> {
  const outputs = new Map<string, string>();
  for (const { name, type, dims } of file.outputs) {
    const problem = (text: string) => importer.problems.push(`output "${name}": ${text}`);
    if (!FLOAT_TYPES.includes(type)) problem(`element type ${type} (supported: FLOAT)`);
    if (name === "") problem("no name");
    if (outputs.has(name)) problem("another one has the same name");
    try {
      const value = importer.value(name);
      const shape = importer.shapeOf(value);
      const kind = importer.constant(value)?.kind ?? "float";
      if (kind !== "float") problem(`must hold floats: it holds ${kind}s`);
      const fixed = dims?.every((extent) => typeof extent === "number" && extent > 0);
      if (fixed && String(dims) !== String(shape) && !importer.isGuessed(name)) {
        note(`output "${name}": declared as [${dims}], computed as [${shape}]`);
      }
      outputs.set(name, value);
    } catch (error) {
      problem(rangeMessage(error));
    }
  }
  if (file.outputs.length === 0) importer.problems.push("no output");
  return outputs;
}

/** Puts the model together; the graph's outputs get their names back. */
function finish(
  file: FileModel,
  importer: Importer,
  inputs: readonly ValueInfo[],
  values: ReadonlyMap<string, string>,
): Model {
  const computed = new Set(importer.nodes.flatMap(({ outputs }) => outputs));
  const names = new Map<string, string>();
  const identities: Node[] = [];
  const nodeNames = new Names(importer.nodes.map(({ name }) => name));
  for (const [output, value] of values) {
    const constant = importer.constant(value);
    if (output === value && !constant) continue;
    if (computed.has(value) && !names.has(value) && !values.has(value)) {
      names.set(value, output);
      continue;
    }
    let source = value;
    if (constant) source = importer.addWeight(value, constant, output === value);
    // The output takes the name, so other readers of the constant need its new one.
    if (source !== value) names.set(value, source);
    identities.push({
      name: nodeNames.free(output),
      op: "Identity",
      inputs: [names.get(source) ?? source],
      outputs: [output],
      attributes: {},
    });
  }
  const outputNames = new Set(values.keys());
  const alive = withoutDeadNodes([...renamed(importer.nodes, names), ...identities], outputNames);
  const weightShape = (name: string) => importer.weights.get(name)?.shape;
  const fused = withBiases(alive, weightShape, outputNames);
  const weights = new Map<string, Tensor>();
  for (const name of fused.nodes.flatMap(({ inputs }) => inputs)) {
    const weight = importer.weights.get(name);
    const shape = fused.biases.get(name);
    if (weight) weights.set(name, shape ? tensor(weight.data, shape) : weight);
  }
  const outputs = [...values].map(([name, value]) => ({ name, shape: importer.shapeOf(value) }));
  const model: Model = {
    name: file.name,
    inputs,
    outputs,
    nodes: fused.nodes,
    weights,
    ...readMetadata(file, weights),
  };
  inferShapes(model);
  return model;
}

function readMetadata(file: FileModel, weights: ReadonlyMap<string, Tensor>) {
  const structures = new Map<string, WeightStructure>();
  const metadata: Record<string, string> = {};
  for (const [key, value] of file.metadata) {
    const name = key.startsWith(STRUCTURE_PREFIX) ? key.slice(STRUCTURE_PREFIX.length) : "";
    const weight = weights.get(name);
    if (weight) structures.set(name, decodeStructure(value, name, weight.shape));
    else if (key) metadata[key] = value;
  }
  return { structures, metadata };
}
