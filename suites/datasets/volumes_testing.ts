/**
 * Scans and networks for tests of volumes.
 *
 * @module
 */

import { GraphBuilder } from "../../graph/builder.ts";
import type { Model } from "../../graph/model.ts";
import type { Shape } from "../../graph/tensor.ts";
import { randomWeights } from "../../graph/testing.ts";

/** Writes a number of a type of voxels. */
type Write = (view: DataView, at: number, value: number, little: boolean) => void;

/** A type of voxels: code and bits as `nifti1.h` has them, and values that it holds exactly. */
export interface VoxelType {
  readonly name: string;
  readonly code: number;
  readonly bits: number;
  readonly range: readonly [low: number, high: number];
  readonly write: Write;
}

/** All types that are read. */
export const VOXEL_TYPES: readonly VoxelType[] = [
  type("uint8", 2, 8, [0, 255], (view, at, value) => view.setUint8(at, value)),
  type("int8", 256, 8, [-128, 127], (view, at, value) => view.setInt8(at, value)),
  type("int16", 4, 16, [-32768, 32767], (view, at, value, le) => view.setInt16(at, value, le)),
  type("uint16", 512, 16, [0, 65535], (view, at, value, le) => view.setUint16(at, value, le)),
  type("int32", 8, 32, [-(2 ** 31), 2 ** 31 - 1], (view, at, value, le) => {
    view.setInt32(at, value, le);
  }),
  type("uint32", 768, 32, [0, 2 ** 32 - 1], (view, at, value, le) => {
    view.setUint32(at, value, le);
  }),
  type("int64", 1024, 64, [-(2 ** 40), 2 ** 40], (view, at, value, le) => {
    view.setBigInt64(at, BigInt(value), le);
  }),
  type("uint64", 1280, 64, [0, 2 ** 40], (view, at, value, le) => {
    view.setBigUint64(at, BigInt(value), le);
  }),
  type("float32", 16, 32, [-1e6, 1e6], (view, at, value, le) => view.setFloat32(at, value, le)),
  type("float64", 64, 64, [-1e6, 1e6], (view, at, value, le) => view.setFloat64(at, value, le)),
];

function type(
  name: string,
  code: number,
  bits: number,
  range: VoxelType["range"],
  write: Write,
): VoxelType {
  return { name, code, bits, range, write };
}

/** What {@linkcode writtenNifti} writes. */
export interface WrittenNifti {
  /** `dim[1..]`. */
  readonly extents: readonly number[];
  readonly type?: VoxelType;
  /** Values in the order of the file, x fastest. */
  readonly values: ArrayLike<number>;
  readonly little?: boolean;
  readonly slope?: number;
  readonly intercept?: number;
  /** Where the voxels begin. */
  readonly offset?: number;
}

/** The bytes of a NIfTI-1 file. */
export function writtenNifti(
  { extents, type = VOXEL_TYPES[0], values, little = true, ...scaling }: WrittenNifti,
): Uint8Array {
  const { slope = 0, intercept = 0, offset = 352 } = scaling;
  const bytes = new Uint8Array(offset + values.length * type.bits / 8);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, 348, little);
  [extents.length, ...extents].forEach((one, i) => view.setInt16(40 + 2 * i, one, little));
  view.setInt16(70, type.code, little);
  view.setInt16(72, type.bits, little);
  [1, 0.5, 2, 3].forEach((one, i) => view.setFloat32(76 + 4 * i, one, little));
  view.setFloat32(108, offset, little);
  view.setFloat32(112, slope, little);
  view.setFloat32(116, intercept, little);
  bytes.set(new TextEncoder().encode("n+1"), 344);
  for (let i = 0; i < values.length; i++) {
    type.write(view, offset + i * type.bits / 8, values[i], little);
  }
  return bytes;
}

/**
 * A network of dilated convolutions that sees 3 voxels far, with random weights: three classes, each of
 * which it finds in noise with the seeds 9 and 27.
 */
export function voxelNet(patch: readonly number[], seed = 9): Model {
  const g = new GraphBuilder("voxels");
  const weights = randomWeights(seed);
  let x = g.input("scan", [1, 1, ...patch]);
  for (const dilation of [1, 2]) {
    const name = `conv${dilation}`;
    x = g.conv(x, { name, filters: 4, kernel: 3, pad: dilation, dilation, weights, bias: weights });
    x = g.relu(x);
  }
  // Sure of its answers, as a trained one is, so that they can be learnt back.
  const sure = (shape: Shape, name: string) => {
    const head = weights(shape, name);
    for (let i = 0; i < head.data.length; i++) head.data[i] *= 100;
    return head;
  };
  return g.output(g.conv(x, { name: "head", filters: 3, kernel: 1, weights: sure })).build();
}
