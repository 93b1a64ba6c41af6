/**
 * Tensors of ONNX files as they are. Their data stays in place until it is asked for.
 *
 * @module
 */

import { bytes, type FieldLimit, fields, integer, integers, text } from "./wire.ts";

/** Element types of tensors, as `TensorProto.DataType` numbers them. */
export const ELEMENT_TYPES: readonly string[] = [
  "UNDEFINED FLOAT UINT8 INT8 UINT16 INT16 INT32 INT64 STRING BOOL FLOAT16 DOUBLE UINT32 UINT64",
  "COMPLEX64 COMPLEX128 BFLOAT16 FLOAT8E4M3FN FLOAT8E4M3FNUZ FLOAT8E5M2 FLOAT8E5M2FNUZ UINT4 INT4",
  "FLOAT4E2M1",
].join(" ").split(" ");

/** A tensor of the file; its data is in one of the fields, or in another file. */
export interface FileTensor {
  /** Name of an initializer; else empty. */
  name: string;
  /** Extents, as written. */
  dims: number[];
  /** Element type, a name of {@linkcode ELEMENT_TYPES} or a number that is not known. */
  type: string;
  /** Little-endian elements. */
  raw?: Uint8Array;
  /** Packed floats, doubles, or varints (`int32_data`, `int64_data`, `uint64_data`). */
  chunks: Uint8Array[];
  /** Where the data is in another file: `location`, `offset`, `length`. */
  external?: Map<string, string>;
  /** What of it nothing here reads: `"segment"` or `"sparse"`. */
  unsupported?: string;
}

/** More fields than any network has: a large one has about half a million. */
export const MOST_FIELDS = 2 ** 22;

/**
 * Decodes a file that holds one tensor, as test data does.
 *
 * @throws {SyntaxError} when the bytes are not a tensor.
 */
export function decodeTensor(file: Uint8Array): FileTensor {
  return readTensor(file, { left: MOST_FIELDS });
}

/** Decodes a tensor inside a message. */
export function readTensor(message: Uint8Array, limit: FieldLimit): FileTensor {
  const tensor: FileTensor = { name: "", dims: [], type: typeName(0), chunks: [] };
  const dims: Uint8Array[] = [];
  const external = new Map<string, string>();
  let isExternal = false;
  for (const field of fields(message, limit)) {
    if (field.number === 1) dims.push(field.value);
    else if (field.number === 2) tensor.type = typeName(integer(field));
    else if (field.number === 3) tensor.unsupported = "segment";
    else if ([4, 5, 7, 10, 11].includes(field.number)) tensor.chunks.push(field.value);
    else if (field.number === 8) tensor.name = text(field);
    else if (field.number === 9) tensor.raw = bytes(field);
    else if (field.number === 13) {
      const { key, value } = readEntry(bytes(field), limit);
      external.set(key, value);
    } else if (field.number === 14) isExternal = integer(field) === 1;
  }
  tensor.dims = [...integers(dims)];
  if (isExternal) tensor.external = external;
  return tensor;
}

/** A sparse tensor: only its name, so that it can be refused where it is used. */
export function readSparse(message: Uint8Array, limit: FieldLimit): FileTensor {
  for (const field of fields(message, limit)) {
    if (field.number === 1) {
      return { ...readTensor(bytes(field), limit), unsupported: "sparse" };
    }
  }
  return { name: "", dims: [], type: typeName(0), chunks: [], unsupported: "sparse" };
}

/** Decodes a pair of strings. */
export function readEntry(message: Uint8Array, limit: FieldLimit) {
  let key = "";
  let value = "";
  for (const field of fields(message, limit)) {
    if (field.number === 1) key = text(field);
    else if (field.number === 2) value = text(field);
  }
  return { key, value };
}

/** Name of an element type. */
export function typeName(type: number): string {
  return ELEMENT_TYPES[type] ?? `${type}`;
}
