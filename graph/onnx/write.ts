/**
 * Writes models as ONNX files that any runtime reads.
 *
 * @module
 */

import { basename } from "node:path";
import proto, { type onnx } from "onnx-proto";
import type { Model } from "../model.ts";
import { type Tensor, values } from "../tensor.ts";
import { Names } from "./names.ts";
import { opsetOf } from "./node_forms.ts";
import { nodeProto, valueInfoProto } from "./node_proto.ts";
import { encodeStructure, STRUCTURE_PREFIX } from "./structure.ts";

const { GraphProto, ModelProto, TensorProto } = proto.onnx;

/** A protobuf message cannot be longer. */
const MOST_BYTES = 2 ** 31 - 1;

/** Where tensors may begin in a file of external data, so that it can be mapped. */
const ALIGNMENT = 4096;

/** Options of {@linkcode writeOnnx}. */
export interface WriteOptions {
  /**
   * Files with more bytes than this keep their weights in `NAME.data` beside them.
   *
   * @default {2147483647} what protobuf allows
   */
  readonly externalAbove?: number;
}

/**
 * Encodes a model as an ONNX file of the lowest opset, 17 to 20, that has all of its operators.
 * Weights are stored as they are, zeros where they were pruned; structures go to `metadata_props`,
 * see `structure.ts`. The inverse is `decodeOnnx`.
 *
 * @throws {RangeError} when the file would be longer than 2 GiB; {@linkcode writeOnnx} can write it.
 */
export function encodeOnnx(model: Model): Uint8Array<ArrayBuffer> {
  const parts = encodeParts(model);
  const length = lengthOf(parts);
  if (length > MOST_BYTES) {
    throw new RangeError(
      `Cannot encode model "${model.name}" as an ONNX file must have at most ${MOST_BYTES} bytes: ` +
        `current value is ${length}`,
    );
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/**
 * Writes a model to an ONNX file at `path`, its weights to `NAME.data` beside it when the file would
 * be longer than 2 GiB: whole, or not at all when it fails half-way. Weights are written from where
 * they lie in memory.
 */
export async function writeOnnx(
  model: Model,
  path: string,
  { externalAbove = MOST_BYTES }: WriteOptions = {},
): Promise<void> {
  const inside = encodeParts(model);
  if (lengthOf(inside) <= externalAbove) return await writeWhole([[path, inside]]);
  const data = `${path}.data`;
  const { parts, places } = layOut(model.weights);
  const outside = encodeParts(model, { location: basename(data), places });
  // The data comes first, as a model without it would be broken.
  await writeWhole([[data, parts], [path, outside]]);
}

/** Where weights are in another file. */
interface External {
  readonly location: string;
  readonly places: ReadonlyMap<string, { readonly offset: number; readonly length: number }>;
}

function layOut(weights: ReadonlyMap<string, Tensor>) {
  const parts: Uint8Array[] = [];
  const places = new Map<string, { offset: number; length: number }>();
  let offset = 0;
  for (const [name, weight] of weights) {
    const bytes = bytesOf(weight);
    places.set(name, { offset, length: bytes.length });
    const gap = -bytes.length & (ALIGNMENT - 1);
    parts.push(bytes, new Uint8Array(gap));
    offset += bytes.length + gap;
  }
  return { parts, places };
}

/** Writes files under other names first, so that none is there by halves. */
async function writeWhole(
  files: readonly (readonly [path: string, parts: readonly Uint8Array[]])[],
): Promise<void> {
  const temporaries = files.map(([path]) => `${path}.${crypto.randomUUID()}.tmp`);
  try {
    for (const [i, [, parts]] of files.entries()) {
      using file = Deno.openSync(temporaries[i], { write: true, createNew: true });
      // Not asynchronously, which copies hundreds of megabytes to another thread first.
      for (const part of parts) {
        for (let at = 0; at < part.length;) at += file.writeSync(part.subarray(at));
      }
    }
    // What cannot be replaced is found before anything is.
    for (const [path] of files) await expectFileOrNothing(path);
    for (const [i, [path]] of files.entries()) await Deno.rename(temporaries[i], path);
  } catch (error) {
    for (const temporary of temporaries) await Deno.remove(temporary).catch(() => {});
    throw error;
  }
}

async function expectFileOrNothing(path: string): Promise<void> {
  const isDirectory = await Deno.stat(path).then((stat) => stat.isDirectory, () => false);
  if (isDirectory) {
    throw new TypeError(
      `Cannot write a model as its path must not be a folder: current value is ${path}`,
    );
  }
}

/**
 * The file as a list of byte ranges, weights among them as they lie in memory: `ModelProto` without
 * the graph, then the graph, whose initializers come last.
 */
function encodeParts(model: Model, external?: External): Uint8Array[] {
  const opset = model.nodes.reduce((opset, node) => Math.max(opset, opsetOf(node)), 17);
  const metadata = Object.entries(model.metadata);
  for (const [name, structure] of model.structures) {
    metadata.push([STRUCTURE_PREFIX + name, encodeStructure(structure)]);
  }
  const header = ModelProto.encode({
    // The version of the file format that came with the opset.
    irVersion: opset < 19 ? 8 : 9,
    producerName: "kerf",
    opsetImport: [{ domain: "", version: opset }],
    metadataProps: metadata.map(([key, value]) => ({ key, value })),
  }).finish();
  const constants: onnx.ITensorProto[] = [];
  const taken = new Names([
    ...model.inputs.map(({ name }) => name),
    ...model.weights.keys(),
    ...model.nodes.flatMap(({ outputs }) => outputs),
  ]);
  const node = model.nodes.map((node) => nodeProto(node, opset, taken, constants));
  const graph = [
    GraphProto.encode({
      name: model.name,
      input: model.inputs.map(valueInfoProto),
      output: model.outputs.map(valueInfoProto),
      node,
      initializer: constants,
    }).finish(),
  ];
  for (const [name, weight] of model.weights) graph.push(...tensorParts(name, weight, external));
  return [header, lengthPrefix(MODEL_GRAPH, lengthOf(graph)), ...graph];
}

const MODEL_GRAPH = 7, GRAPH_INITIALIZER = 5, TENSOR_RAW_DATA = 9;

/** A weight as one field of the graph, its data at the end. */
function tensorParts(name: string, weight: Tensor, external?: External): Uint8Array[] {
  const { FLOAT } = TensorProto.DataType;
  const head: onnx.ITensorProto = { name, dims: [...weight.shape], dataType: FLOAT };
  if (external) {
    const { offset, length } = external.places.get(name)!;
    const place = { location: external.location, offset: `${offset}`, length: `${length}` };
    const encoded = TensorProto.encode({
      ...head,
      dataLocation: TensorProto.DataLocation.EXTERNAL,
      externalData: Object.entries(place).map(([key, value]) => ({ key, value })),
    }).finish();
    return [lengthPrefix(GRAPH_INITIALIZER, encoded.length), encoded];
  }
  const raw = bytesOf(weight);
  const encoded = TensorProto.encode(head).finish();
  const parts = [encoded, lengthPrefix(TENSOR_RAW_DATA, raw.length), raw];
  return [lengthPrefix(GRAPH_INITIALIZER, lengthOf(parts)), ...parts];
}

/** ONNX wants little-endian values, and every platform that Deno runs on is little-endian. */
function bytesOf(weight: Tensor): Uint8Array {
  const data = values(weight);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((length, part) => length + part.length, 0);
}

/** What stands before a field of bytes: number, wire type and length. */
function lengthPrefix(field: number, length: number): Uint8Array {
  const bytes = [field << 3 | 2];
  for (; length >= 128; length = Math.floor(length / 128)) bytes.push(length % 128 | 128);
  return Uint8Array.of(...bytes, length);
}
