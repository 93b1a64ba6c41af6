/**
 * ONNX files as they are: the part of `onnx.proto` that networks need, decoded but not yet
 * understood. Tensor data stays in place until it is asked for.
 *
 * @module
 */

import {
  type FileTensor,
  MOST_FIELDS,
  readEntry,
  readSparse,
  readTensor,
  typeName,
} from "./file_tensor.ts";
import {
  bytes,
  type Field,
  type FieldLimit,
  fields,
  float,
  integer,
  integers,
  text,
} from "./wire.ts";

/** An attribute as a file holds it; a string says which kind it is when it is none of these. */
export type AttributeValue =
  | { readonly kind: "int" | "float"; readonly value: number }
  | { readonly kind: "ints" | "floats"; readonly value: readonly number[] }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "tensor"; readonly value: FileTensor }
  | { readonly kind: "other"; readonly value: string };

/** A node of the file. */
export interface FileNode {
  /** May be empty. */
  name: string;
  /** Operator. */
  op: string;
  /** Empty for the standard's. */
  domain: string;
  /** Names of values; empty where an optional one is left out. */
  inputs: string[];
  /** Names of values; empty where nobody wants one. */
  outputs: string[];
  /** By name. */
  attributes: Map<string, AttributeValue>;
}

/** An input, output or inner value of the file with its type. */
export interface FileValue {
  /** Name of the value. */
  name: string;
  /** Element type, or what it is instead of a tensor. */
  type: string;
  /** Extents, or the symbols that stand for them; absent when even the rank is not known. */
  dims?: (number | string)[];
}

/** A whole file. */
export interface FileModel {
  /** Version of each operator set by domain. */
  opsets: Map<string, number>;
  /** `metadata_props`. */
  metadata: Map<string, string>;
  /** Whether there was a graph at all. */
  graph: boolean;
  /** Name of the graph. */
  name: string;
  /** In the order of the file. */
  nodes: FileNode[];
  /** In the order of the file. */
  initializers: FileTensor[];
  /** Graph inputs, in old files also the initializers. */
  inputs: FileValue[];
  /** Graph outputs. */
  outputs: FileValue[];
  /** Inner values whose types the file gives. */
  values: FileValue[];
}

/**
 * Decodes an ONNX file.
 *
 * @throws {SyntaxError} when the bytes are not an ONNX model.
 */
export function decodeFile(file: Uint8Array): FileModel {
  const limit: FieldLimit = { left: MOST_FIELDS };
  const model: FileModel = {
    opsets: new Map(),
    metadata: new Map(),
    graph: false,
    name: "",
    nodes: [],
    initializers: [],
    inputs: [],
    outputs: [],
    values: [],
  };
  for (const field of fields(file, limit)) {
    if (field.number === 7) readGraph(bytes(field), limit, model);
    else if (field.number === 8) {
      const { domain, version } = readOpset(bytes(field), limit);
      model.opsets.set(domain, version);
    } else if (field.number === 14) {
      const { key, value } = readEntry(bytes(field), limit);
      model.metadata.set(key, value);
    }
  }
  return model;
}

function readGraph(message: Uint8Array, limit: FieldLimit, model: FileModel): void {
  model.graph = true;
  for (const field of fields(message, limit)) {
    if (field.number === 1) model.nodes.push(readNode(bytes(field), limit));
    else if (field.number === 2) model.name = text(field);
    else if (field.number === 5) model.initializers.push(readTensor(bytes(field), limit));
    else if (field.number === 11) model.inputs.push(readValue(bytes(field), limit));
    else if (field.number === 12) model.outputs.push(readValue(bytes(field), limit));
    else if (field.number === 13) model.values.push(readValue(bytes(field), limit));
    else if (field.number === 15) model.initializers.push(readSparse(bytes(field), limit));
  }
}

function readOpset(message: Uint8Array, limit: FieldLimit) {
  let domain = "";
  let version = 0;
  for (const field of fields(message, limit)) {
    if (field.number === 1) domain = text(field);
    else if (field.number === 2) version = integer(field);
  }
  return { domain: standardDomain(domain), version };
}

function readNode(message: Uint8Array, limit: FieldLimit): FileNode {
  const node: FileNode = {
    name: "",
    op: "",
    domain: "",
    inputs: [],
    outputs: [],
    attributes: new Map(),
  };
  for (const field of fields(message, limit)) {
    if (field.number === 1) node.inputs.push(text(field));
    else if (field.number === 2) node.outputs.push(text(field));
    else if (field.number === 3) node.name = text(field);
    else if (field.number === 4) node.op = text(field);
    else if (field.number === 5) {
      const { name, value } = readAttribute(bytes(field), limit);
      node.attributes.set(name, value);
    } else if (field.number === 7) node.domain = standardDomain(text(field));
  }
  // An optional input that is left out at the end may also be written as an empty name.
  while (node.inputs.at(-1) === "") node.inputs.pop();
  while (node.outputs.at(-1) === "") node.outputs.pop();
  return node;
}

function standardDomain(domain: string): string {
  return domain === "ai.onnx" ? "" : domain;
}

/** `AttributeProto.type`, from which the field of the value follows. */
const ATTRIBUTE_KINDS: Readonly<Record<number, AttributeValue["kind"]>> = {
  1: "float",
  2: "int",
  3: "string",
  4: "tensor",
  6: "floats",
  7: "ints",
};

function readAttribute(message: Uint8Array, limit: FieldLimit) {
  let name = "";
  let type = 0;
  let single: AttributeValue | undefined;
  const floats: number[] = [];
  const ints: Uint8Array[] = [];
  for (const field of fields(message, limit)) {
    if (field.number === 1) name = text(field);
    else if (field.number === 2) single = { kind: "float", value: float(field) };
    else if (field.number === 3) single = { kind: "int", value: integer(field) };
    else if (field.number === 4) single = { kind: "string", value: text(field) };
    else if (field.number === 5) {
      single = { kind: "tensor", value: readTensor(bytes(field), limit) };
    } else if (field.number === 7) { for (const value of packedFloats(field)) floats.push(value); }
    else if (field.number === 8) ints.push(field.value);
    else if (field.number === 20) type = integer(field);
    else if (field.number === 6 || field.number === 11) {
      single = { kind: "other", value: "a subgraph" };
    }
  }
  // Files older than the field `type` leave it out.
  const kind = type === 0
    ? single?.kind ?? (floats.length ? "floats" : "ints")
    : ATTRIBUTE_KINDS[type];
  return { name, value: valueOf(kind) };

  function valueOf(kind: AttributeValue["kind"] | undefined): AttributeValue {
    if (kind === "ints") return { kind, value: [...integers(ints)] };
    if (kind === "floats") return { kind, value: floats };
    if (single && (single.kind === kind || single.kind === "other")) return single;
    // What equals zero need not be written.
    if (kind === "int" || kind === "float") return { kind, value: 0 };
    if (kind === "string") return { kind, value: "" };
    return { kind: "other", value: `attribute type ${type}` };
  }
}

function packedFloats(field: Field): number[] {
  const { value } = field;
  const data = new DataView(value.buffer, value.byteOffset, value.byteLength);
  return Array.from({ length: value.length >> 2 }, (_, i) => data.getFloat32(4 * i, true));
}

function readValue(message: Uint8Array, limit: FieldLimit): FileValue {
  const value: FileValue = { name: "", type: "UNDEFINED" };
  for (const field of fields(message, limit)) {
    if (field.number === 1) value.name = text(field);
    else if (field.number === 2) {
      value.type = "not a tensor";
      for (const kind of fields(bytes(field), limit)) {
        if (kind.number === 1) readTensorType(bytes(kind), limit, value);
      }
    }
  }
  return value;
}

function readTensorType(message: Uint8Array, limit: FieldLimit, value: FileValue): void {
  value.type = typeName(0);
  for (const field of fields(message, limit)) {
    if (field.number === 1) value.type = typeName(integer(field));
    else if (field.number === 2) {
      value.dims = [];
      for (const dim of fields(bytes(field), limit)) {
        if (dim.number === 1) value.dims.push(readDimension(bytes(dim), limit));
      }
    }
  }
}

function readDimension(message: Uint8Array, limit: FieldLimit): number | string {
  let extent: number | string = "?";
  for (const field of fields(message, limit)) {
    if (field.number === 1) extent = integer(field);
    else if (field.number === 2) extent = text(field) || "?";
  }
  return extent;
}
