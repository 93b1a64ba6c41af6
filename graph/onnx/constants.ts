/**
 * Constants: what a file's tensors become while it is read. Those that a network's operators read
 * end as weights; those that only say how (shapes, axes, bounds) are folded into attributes.
 *
 * @module
 */

import type { Shape } from "../tensor.ts";
import { sizeOf } from "../tensor.ts";
import type { FileTensor } from "./file_tensor.ts";
import { UnsupportedError } from "./unsupported.ts";
import { integers, joined } from "./wire.ts";

/** Kinds of elements that are told apart; all floats are float32, all integers are one type. */
export type ElementKind = "float" | "int" | "bool";

/** A tensor whose values are known when the file is read. */
export interface Constant {
  /** Kind of the elements; booleans are 0 or 1. */
  readonly kind: ElementKind;
  /** Extents; empty for a scalar. */
  readonly shape: Shape;
  /** Elements in row-major order: float32 of kind `"float"`, else integers. */
  readonly data: Float32Array | Float64Array;
}

/** A constant over new memory for `shape`; float32 or, for integers and booleans, doubles. */
export function newConstant(kind: ElementKind, shape: Shape): Constant {
  const size = sizeOf(shape);
  return { kind, shape, data: kind === "float" ? new Float32Array(size) : new Float64Array(size) };
}

/** What reading a tensor needs from around it. */
export interface TensorSource {
  /** Bytes of a tensor that lies outside the file. */
  external(tensor: FileTensor): Uint8Array;
  /** Called with what was changed, e.g. that values were converted. */
  note(text: string): void;
}

/** Tensors of more axes than this are refused. */
const MOST_AXES = 16;

/** @throws {RangeError} when a shape has more axes than any network needs. */
export function checkRank(shape: Shape): void {
  if (shape.length <= MOST_AXES) return;
  throw new RangeError(
    `a shape must have at most ${MOST_AXES} axes: current value is ${shape.length} axes`,
  );
}

/**
 * The values of a tensor, copied, so that a model does not keep the whole file alive.
 *
 * @throws {UnsupportedError} when its type is not supported, or its values do not fill its shape.
 */
export function readConstant(tensor: FileTensor, source: TensorSource): Constant {
  const { name, dims: shape, type, unsupported } = tensor;
  const fail = (text: string): never => {
    throw new UnsupportedError(`tensor "${name}": ${text}`);
  };
  if (unsupported) fail(`${unsupported} tensors`);
  checkRank(shape);
  const size = sizeOf(shape);
  if (
    !Number.isSafeInteger(size) ||
    !shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0)
  ) {
    fail(`shape [${shape}]`);
  }
  const format = FORMATS[type] ?? fail(`element type ${type}`);
  const raw = tensor.external ? source.external(tensor) : tensor.raw;
  const fixed = raw?.length ? raw : format.typed === "fixed" ? joined(tensor.chunks) : undefined;
  if (fixed) {
    const found = fixed.length / format.bytes;
    if (found !== size) fail(`${found} values for shape [${shape}]`);
  }
  const data = fixed ? format.fromBytes(fixed) : format.fromIntegers(integers(tensor.chunks));
  if (data.length !== size) fail(`${data.length} values for shape [${shape}]`);
  if (format.converted) source.note(`tensor "${name}": converted from ${type} to FLOAT`);
  return { kind: format.kind, shape, data };
}

interface Format {
  readonly kind: ElementKind;
  /** Bytes of one element in raw data. */
  readonly bytes: number;
  /** How typed data holds the elements. */
  readonly typed: "fixed" | "varint";
  /** Whether values are converted to float32. */
  readonly converted?: boolean;
  readonly fromBytes: (bytes: Uint8Array) => Float32Array | Float64Array;
  readonly fromIntegers: (values: Float64Array) => Float32Array | Float64Array;
}

const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function integerFormat(
  bytes: number,
  read: (data: DataView, at: number) => number,
  kind: ElementKind = "int",
): Format {
  return {
    kind,
    bytes,
    typed: "varint",
    fromBytes(raw) {
      const data = view(raw);
      return Float64Array.from(
        { length: raw.length / bytes },
        (_, i) => read(data, i * bytes),
      );
    },
    fromIntegers: (values) => values,
  };
}

/** 16-bit floats, by a table of all their values. */
function halfFormat(value: (bits: number) => number): Format {
  const convert = (count: number, bitsOf: (i: number) => number) => {
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++) values[i] = value(bitsOf(i) & 0xffff);
    return values;
  };
  return {
    kind: "float",
    bytes: 2,
    typed: "varint",
    converted: true,
    fromBytes(raw) {
      const data = view(raw);
      return convert(raw.length >> 1, (i) => data.getUint16(2 * i, true));
    },
    fromIntegers: (values) => convert(values.length, (i) => values[i]),
  };
}

const scratch = new DataView(new ArrayBuffer(4));

/** By element type. */
const FORMATS: Readonly<Record<string, Format | undefined>> = {
  FLOAT: {
    kind: "float",
    bytes: 4,
    typed: "fixed",
    // ONNX holds little-endian values, and every platform that Deno runs on is little-endian.
    fromBytes: (raw) => new Float32Array(new Uint8Array(raw).buffer),
    fromIntegers: (values) => new Float32Array(values),
  },
  DOUBLE: {
    kind: "float",
    bytes: 8,
    typed: "fixed",
    converted: true,
    fromBytes: (raw) => new Float32Array(new Float64Array(new Uint8Array(raw).buffer)),
    fromIntegers: (values) => new Float32Array(values),
  },
  FLOAT16: halfFormat((bits) => {
    scratch.setUint16(0, bits);
    return scratch.getFloat16(0);
  }),
  BFLOAT16: halfFormat((bits) => {
    scratch.setUint32(0, bits << 16);
    return scratch.getFloat32(0);
  }),
  BOOL: integerFormat(1, (data, at) => data.getUint8(at), "bool"),
  INT8: integerFormat(1, (data, at) => data.getInt8(at)),
  UINT8: integerFormat(1, (data, at) => data.getUint8(at)),
  INT16: integerFormat(2, (data, at) => data.getInt16(at, true)),
  UINT16: integerFormat(2, (data, at) => data.getUint16(at, true)),
  INT32: integerFormat(4, (data, at) => data.getInt32(at, true)),
  UINT32: integerFormat(4, (data, at) => data.getUint32(at, true)),
  INT64: integerFormat(8, (data, at) => Number(data.getBigInt64(at, true))),
  UINT64: integerFormat(8, (data, at) => Number(data.getBigUint64(at, true))),
};
