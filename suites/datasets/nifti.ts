/**
 * NIfTI-1 volumes, single files `.nii` and `.nii.gz`: scans in three dimensions. Follows the format's
 * header `nifti1.h`.
 *
 * @module
 */

import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { shortName } from "./frames.ts";

/** A scan. */
export interface NiftiVolume {
  /** Extents along x, y, z. */
  readonly shape: readonly [x: number, y: number, z: number];
  /** From one voxel to the next along x, y, z, in the unit of the file, mostly mm. */
  readonly spacing: readonly [x: number, y: number, z: number];
  /** Type of the voxels in the file, e.g. `"uint8"`. */
  readonly datatype: string;
  /**
   * Values with the file's slope and intercept, row-major `[x, y, z]`: the last index is z, although it
   * is x that runs fastest in the file.
   */
  readonly values: Float32Array;
}

/** Options of {@linkcode readNifti} and {@linkcode parseNifti}. */
export interface NiftiOptions {
  /** Most bytes of a file, and of what it unpacks to. @default {1073741824} 1 GiB */
  readonly mostBytes?: number;
}

/** How voxels of a type are read. */
interface Datatype {
  readonly name: string;
  readonly bytes: number;
  readonly read: (view: DataView, at: number, little: boolean) => number;
}

/** Types by their codes. */
const DATATYPES: ReadonlyMap<number, Datatype> = new Map([
  [2, { name: "uint8", bytes: 1, read: (view, at) => view.getUint8(at) }],
  [256, { name: "int8", bytes: 1, read: (view, at) => view.getInt8(at) }],
  [4, { name: "int16", bytes: 2, read: (view, at, little) => view.getInt16(at, little) }],
  [512, { name: "uint16", bytes: 2, read: (view, at, little) => view.getUint16(at, little) }],
  [8, { name: "int32", bytes: 4, read: (view, at, little) => view.getInt32(at, little) }],
  [768, { name: "uint32", bytes: 4, read: (view, at, little) => view.getUint32(at, little) }],
  [1024, {
    name: "int64",
    bytes: 8,
    read: (view, at, little) => Number(view.getBigInt64(at, little)),
  }],
  [1280, {
    name: "uint64",
    bytes: 8,
    read: (view, at, little) => Number(view.getBigUint64(at, little)),
  }],
  [16, { name: "float32", bytes: 4, read: (view, at, little) => view.getFloat32(at, little) }],
  [64, { name: "float64", bytes: 8, read: (view, at, little) => view.getFloat64(at, little) }],
]);

/** Types that are no single number, for messages. */
const OTHER_DATATYPES: Readonly<Record<number, string>> = {
  1: "binary",
  32: "complex64",
  128: "RGB24",
  1536: "float128",
  1792: "complex128",
  2048: "complex256",
  2304: "RGBA32",
};

const HEADER_BYTES = 348;
/** Header and the flags of extensions: no voxels come before. */
const LEAST_OFFSET = 352;
const NIFTI2_HEADER_BYTES = 540;
const MOST_BYTES = 2 ** 30;

/** Where fields of the header are, in bytes. */
const AT = {
  dim: 40,
  datatype: 70,
  bitpix: 72,
  pixdim: 76,
  offset: 108,
  slope: 112,
  intercept: 116,
  magic: 344,
} as const;

/**
 * Reads the volume at `path`.
 *
 * @throws {RangeError} when there is no such file, or its volume is none that can be read here.
 * @throws {SyntaxError} when it is no NIfTI file or a damaged one.
 */
export async function readNifti(
  path: string,
  { signal, ...options }: NiftiOptions & { readonly signal?: AbortSignal } = {},
): Promise<NiftiVolume> {
  const { mostBytes = MOST_BYTES } = options;
  const name = shortName(path);
  let bytes: Uint8Array;
  try {
    const { isFile, size } = await Deno.stat(path);
    if (!isFile) throw unreadable(name, "it must be a file", "a folder");
    if (size > mostBytes) throw tooLarge(name, mostBytes, `${size} bytes`);
    bytes = await Deno.readFile(path, { signal });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw unreadable(name, "it must exist", "no such file");
  }
  return await parseNifti(bytes, name, options);
}

/**
 * Parses a volume, packed with gzip or not.
 *
 * @param bytes The whole file.
 * @param name What errors call the file.
 * @throws {RangeError} when it is none that can be read here: a pair of files, NIfTI-2, several volumes,
 *   or voxels that are no single numbers.
 * @throws {SyntaxError} when it is no NIfTI file or a damaged one.
 */
export async function parseNifti(
  bytes: Uint8Array,
  name: string,
  { mostBytes = MOST_BYTES }: NiftiOptions = {},
): Promise<NiftiVolume> {
  const plain = bytes[0] === 0x1f && bytes[1] === 0x8b
    ? await unpacked(bytes, name, mostBytes)
    : bytes;
  const header = readHeader(plain, name);
  const { datatype: { bytes: width, read, name: datatype }, little, shape, slope, intercept } =
    header;
  const [X, Y, Z] = shape;
  const length = X * Y * Z * width;
  if (length > mostBytes) throw tooLarge(name, mostBytes, `${X}x${Y}x${Z} voxels of ${datatype}`);
  if (!(plain.length - header.offset >= length)) {
    throw damaged(
      name,
      `its ${X}x${Y}x${Z} voxels of ${datatype} from byte ${header.offset} must be ${length} bytes`,
      `${Math.max(plain.length - header.offset, 0)} bytes`,
    );
  }
  const view = new DataView(plain.buffer, plain.byteOffset + header.offset, length);
  const values = new Float32Array(X * Y * Z);
  for (let z = 0, at = 0; z < Z; z++) {
    for (let y = 0; y < Y; y++) {
      for (let x = 0, to = y * Z + z; x < X; x++, to += Y * Z, at += width) {
        values[to] = slope * read(view, at, little) + intercept;
      }
    }
  }
  return { shape, spacing: header.spacing, datatype, values };
}

/**
 * Values brought to 0..1: the least becomes 0, the largest 1. What is not finite, as some programs write
 * outside of what was scanned, becomes 0; so does everything where all values are the same.
 */
export function toUnitRange(values: Float32Array): Float32Array {
  let least = Infinity, most = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const scale = most > least ? 1 / (most - least) : 0;
  return values.map((value) => Number.isFinite(value) ? (value - least) * scale : 0);
}

/** What is needed of a header. */
interface Header extends Pick<NiftiVolume, "shape" | "spacing"> {
  readonly little: boolean;
  readonly datatype: Datatype;
  /** Where the voxels begin, in bytes. */
  readonly offset: number;
  readonly slope: number;
  readonly intercept: number;
}

function readHeader(bytes: Uint8Array, name: string): Header {
  if (bytes.length < HEADER_BYTES) {
    throw damaged(name, `its header must have ${HEADER_BYTES} bytes`, `${bytes.length} bytes`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = view.getInt32(0, true) === HEADER_BYTES;
  if (!little && view.getInt32(0, false) !== HEADER_BYTES) {
    const first = view.getInt32(0, true);
    const isNifti2 = first === NIFTI2_HEADER_BYTES ||
      view.getInt32(0, false) === NIFTI2_HEADER_BYTES;
    if (isNifti2) throw unreadable(name, "it must be NIfTI-1", "NIfTI-2");
    throw damaged(name, `it must begin with the size of its header, ${HEADER_BYTES}`, `${first}`);
  }
  const magic = new TextDecoder().decode(bytes.subarray(AT.magic, AT.magic + 4));
  if (magic === "ni1\0") {
    throw unreadable(name, "header and voxels must be in one file", "the header of a pair");
  }
  if (magic !== "n+1\0") throw damaged(name, 'its magic must be "n+1"', JSON.stringify(magic));
  const { datatype, offset } = readLayout(view, name, little);
  const number = (at: number) => view.getFloat32(at, little);
  // Without a slope values are as they are.
  const scaled = number(AT.slope) !== 0 && Number.isFinite(number(AT.slope)) &&
    Number.isFinite(number(AT.intercept));
  return {
    little,
    datatype,
    offset,
    shape: readShape(view, name, little),
    spacing: [1, 2, 3].map((i) => Math.abs(number(AT.pixdim + 4 * i))) as [number, number, number],
    slope: scaled ? number(AT.slope) : 1,
    intercept: scaled ? number(AT.intercept) : 0,
  };
}

function readShape(view: DataView, name: string, little: boolean): NiftiVolume["shape"] {
  const dim = Array.from({ length: 8 }, (_, i) => view.getInt16(AT.dim + 2 * i, little));
  const [dimensions, ...extents] = dim;
  if (!(dimensions >= 1 && dimensions <= 7)) {
    throw damaged(name, "it must have 1 to 7 dimensions", `${dimensions}`);
  }
  const used = extents.slice(0, dimensions);
  if (used.some((extent) => extent < 1)) {
    throw damaged(name, "its extents must be positive", `[${used}]`);
  }
  if (dimensions < 3 || used.slice(3).some((extent) => extent !== 1)) {
    throw unreadable(name, "it must be one volume of three dimensions", `[${used}]`);
  }
  return [used[0], used[1], used[2]];
}

function readLayout(
  view: DataView,
  name: string,
  little: boolean,
): Pick<Header, "datatype" | "offset"> {
  const code = view.getInt16(AT.datatype, little);
  const datatype = DATATYPES.get(code);
  if (!datatype) {
    const names = [...DATATYPES.values()].map(({ name }) => name).join(", ");
    const other = OTHER_DATATYPES[code] ?? "unknown";
    throw unreadable(name, `its voxels must be ${names}`, `${other} (code ${code})`);
  }
  const bits = view.getInt16(AT.bitpix, little);
  if (bits !== 8 * datatype.bytes) {
    const rule = `voxels of ${datatype.name} must have ${8 * datatype.bytes} bits`;
    throw damaged(name, rule, `${bits}`);
  }
  // Some programs leave it open where there are no extensions.
  const stored = view.getFloat32(AT.offset, little);
  const offset = stored === 0 ? LEAST_OFFSET : stored;
  if (!(Number.isInteger(offset) && offset >= LEAST_OFFSET)) {
    throw damaged(name, `its voxels must begin at byte ${LEAST_OFFSET} or later`, `${offset}`);
  }
  return { datatype, offset };
}

const inflate = promisify(gunzip);

async function unpacked(bytes: Uint8Array, name: string, mostBytes: number): Promise<Uint8Array> {
  try {
    return await inflate(bytes, { maxOutputLength: mostBytes });
  } catch (error) {
    if (error instanceof RangeError) {
      throw tooLarge(name, mostBytes, "more when unpacked");
    }
    throw damaged(
      name,
      "it must be sound gzip",
      error instanceof Error ? error.message : `${error}`,
    );
  }
}

function damaged(name: string, rule: string, value: string): SyntaxError {
  return new SyntaxError(`Cannot read volume "${name}" as ${rule}: current value is ${value}`);
}

function unreadable(name: string, rule: string, value: string): RangeError {
  return new RangeError(`Cannot read volume "${name}" as ${rule}: current value is ${value}`);
}

function tooLarge(name: string, mostBytes: number, value: string): RangeError {
  return unreadable(name, `it must have ${mostBytes} bytes or less`, value);
}
