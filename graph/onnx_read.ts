/**
 * Reads ONNX files.
 *
 * @module
 */

import proto, { type onnx } from "onnx-proto";
import type { Model, Node, ValueInfo } from "./model.ts";
import {
  AttributeReader,
  type AttributeValue,
  isOperator,
  readAttributes,
} from "./onnx_operators.ts";
import { decodeStructure, STRUCTURE_PREFIX } from "./onnx_structure.ts";
import { inferShapes } from "./shapes.ts";
import type { WeightStructure } from "./structure.ts";
import { type Shape, sizeOf, type Tensor, tensor } from "./tensor.ts";

const { AttributeProto, ModelProto, TensorProto } = proto.onnx;

/** Called with each thing in a file that is not supported, to be reported together. */
type Problem = (text: string) => void;

/**
 * Decodes an ONNX file. Defaults of attributes are filled in, unnamed nodes are named after their
 * operator and place, and structures are read back from `metadata_props`.
 *
 * @throws {SyntaxError} when the bytes are not an ONNX model.
 * @throws {RangeError} when the model has operators, attributes or types that are not supported,
 * all of them in one message with the names of their nodes; or when its shapes do not fit.
 */
export function decodeOnnx(bytes: Uint8Array): Model {
  let file: onnx.ModelProto;
  try {
    file = ModelProto.decode(bytes);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SyntaxError(`Cannot read ONNX model as its bytes are corrupt: ${reason}`, { cause });
  }
  const { graph } = file;
  if (!graph) throw new SyntaxError("Cannot read ONNX model as it has no graph");

  const problems: string[] = [];
  const problem: Problem = (text) => problems.push(text);
  const weights = new Map<string, Tensor>();
  for (const initializer of graph.initializer ?? []) {
    const weight = readTensor(initializer, problem);
    if (weight) weights.set(initializer.name ?? "", weight);
  }
  const inputs = (graph.input ?? []).filter(({ name }) => !weights.has(name ?? ""))
    .map((input) => readValueInfo(input, problem));
  const outputs = (graph.output ?? []).map((output) => readValueInfo(output, problem));
  const nodes = readNodes(graph.node ?? [], weights, problem);
  if (problems.length > 0) {
    throw new RangeError(
      `Cannot read ONNX model "${graph.name}" as it needs what is not supported:\n  ` +
        problems.join("\n  "),
    );
  }

  const { structures, metadata } = readMetadata(file.metadataProps, weights);
  const opset = file.opsetImport.find(({ domain }) => !domain || domain === "ai.onnx")?.version;
  const name = graph.name ?? "";
  const model: Model = {
    name,
    opset: Number(opset ?? 1),
    inputs,
    outputs,
    nodes,
    weights,
    structures,
    metadata,
  };
  inferShapes(model);
  return model;
}

/** Reads the ONNX file at `path`. @throws as {@linkcode decodeOnnx}, or when reading fails. */
export async function readOnnx(path: string): Promise<Model> {
  return decodeOnnx(await Deno.readFile(path));
}

function readNodes(
  protos: readonly onnx.INodeProto[],
  weights: ReadonlyMap<string, Tensor>,
  problem: Problem,
): Node[] {
  const nodes: Node[] = [];
  const names = new Set<string>();
  for (const [index, proto] of protos.entries()) {
    const op = proto.opType ?? "";
    const name = proto.name || `${op}_${index}`;
    const where = `${op} "${name}"`;
    if (names.has(name)) problem(`${where}: another node has the same name`);
    names.add(name);
    if (!isOperator(op) || (proto.domain && proto.domain !== "ai.onnx")) {
      problem(`${where}: operator ${proto.domain ? `${proto.domain}.` : ""}${op}`);
      continue;
    }
    const here: Problem = (text) => problem(`${where}: ${text}`);
    const attributes = new AttributeReader(readAttributeValues(proto, here), here);
    const inputs = [...proto.input ?? []];
    // An optional input that is left out at the end may also be written as an empty name.
    while (inputs.at(-1) === "") inputs.pop();
    const weighted = op === "Conv" || op === "Gemm";
    for (const input of weighted ? inputs.slice(1) : []) {
      if (!weights.has(input)) here(`"${input}" must be an initializer`);
    }
    const typed = readAttributes(op, attributes, weights.get(inputs[1])?.shape);
    // The table of operators pairs each operator with its own attributes.
    nodes.push({ name, op, inputs, outputs: proto.output ?? [], attributes: typed } as Node);
  }
  return nodes;
}

function readAttributeValues(
  node: onnx.INodeProto,
  problem: Problem,
): ReadonlyMap<string, AttributeValue> {
  const { FLOAT, INT, STRING, INTS } = AttributeProto.AttributeType;
  const attributes = new Map<string, AttributeValue>();
  for (const { name, type, i, f, s, ints } of node.attribute ?? []) {
    const key = name ?? "";
    if (type === INT) attributes.set(key, Number(i ?? 0));
    else if (type === INTS) attributes.set(key, (ints ?? []).map(Number));
    else if (type === FLOAT) attributes.set(key, f ?? 0);
    else if (type === STRING) attributes.set(key, new TextDecoder().decode(s ?? undefined));
    else problem(`${name} of attribute type ${type}`);
  }
  return attributes;
}

function readValueInfo({ name, type }: onnx.IValueInfoProto, problem: Problem): ValueInfo {
  const { elemType, shape } = type?.tensorType ?? {};
  if (elemType !== TensorProto.DataType.FLOAT) {
    problem(`value "${name}": element type ${typeName(elemType)} (supported: FLOAT)`);
  }
  const extents = shape?.dim?.map(({ dimValue }) => Number(dimValue ?? 0));
  if (!extents?.every((extent) => extent > 0)) {
    const found = shape?.dim?.map(({ dimValue, dimParam }) => dimParam || dimValue || "?") ?? [];
    problem(`value "${name}": shape [${found}] is not static`);
  }
  return { name: name ?? "", shape: extents ?? [] };
}

/** A float tensor of the file, copied, so that a model does not keep the whole file alive. */
function readTensor(proto: onnx.ITensorProto, problem: Problem): Tensor | undefined {
  const { name, dataType, dataLocation, rawData, floatData } = proto;
  if (dataType !== TensorProto.DataType.FLOAT) {
    return void problem(`weight "${name}": type ${typeName(dataType)} (supported: FLOAT)`);
  }
  if (dataLocation === TensorProto.DataLocation.EXTERNAL) {
    return void problem(`weight "${name}": external data`);
  }
  const shape: Shape = (proto.dims ?? []).map(Number);
  const raw = rawData?.length ? new Uint8Array(rawData) : undefined;
  const found = raw ? raw.length / Float32Array.BYTES_PER_ELEMENT : floatData?.length ?? 0;
  if (shape.some((extent) => !(extent >= 0)) || found !== sizeOf(shape)) {
    return void problem(`weight "${name}": ${found} values for shape [${shape}]`);
  }
  const data = raw ? new Float32Array(raw.buffer) : Float32Array.from(floatData ?? []);
  return tensor(data, shape);
}

function readMetadata(
  props: readonly onnx.IStringStringEntryProto[],
  weights: ReadonlyMap<string, Tensor>,
) {
  const structures = new Map<string, WeightStructure>();
  const metadata: Record<string, string> = {};
  for (const { key, value } of props) {
    if (!key || value === undefined || value === null) continue;
    const name = key.startsWith(STRUCTURE_PREFIX) ? key.slice(STRUCTURE_PREFIX.length) : "";
    const weight = weights.get(name);
    if (weight) structures.set(name, decodeStructure(value, name, weight.shape));
    else metadata[key] = value;
  }
  return { structures, metadata };
}

function typeName(type: number | null | undefined): string {
  return TensorProto.DataType[type ?? 0] ?? `${type}`;
}
