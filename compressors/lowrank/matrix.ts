/**
 * Matrices and their products, computed by ONNX Runtime.
 *
 * @module
 */

import type { InferenceSession } from "onnxruntime-node";
import proto from "onnx-proto";

/** A row-major matrix in single or double precision. */
export interface Matrix<Data extends Float32Array | Float64Array = Float64Array> {
  /** Number of rows. */
  readonly rows: number;
  /** Number of columns. */
  readonly columns: number;
  /** `rows * columns` values, row by row. */
  readonly data: Data;
}

/** Options of {@link matmul}. */
export interface MatmulOptions {
  /**
   * Whether `aᵀ` takes the place of `a`.
   *
   * @default {false}
   */
  readonly transposeA?: boolean;
  /**
   * Whether `bᵀ` takes the place of `b`.
   *
   * @default {false}
   */
  readonly transposeB?: boolean;
}

/**
 * The product `a * b`, in the precision of its operands. It runs as a one-node ONNX model, so a
 * product of millions of elements takes milliseconds and needs no transposed copies.
 *
 * @throws {RangeError} when the inner extents differ.
 */
export async function matmul<Data extends Float32Array | Float64Array>(
  a: Matrix<Data>,
  b: Matrix<Data>,
  { transposeA = false, transposeB = false }: MatmulOptions = {},
): Promise<Matrix<Data>> {
  const inner = transposeA ? a.rows : a.columns;
  const innerOfB = transposeB ? b.columns : b.rows;
  if (inner !== innerOfB) {
    throw new RangeError(
      `Cannot multiply matrices as inner extents must be equal: current values are ${inner} and ${innerOfB}`,
    );
  }
  const { Tensor } = await import("onnxruntime-node");
  const type = a.data instanceof Float64Array ? "float64" : "float32";
  const run = await gemm(type, transposeA, transposeB);
  const feed = ({ data, rows, columns }: Matrix<Data>) => new Tensor(type, data, [rows, columns]);
  const { y } = await run.run({ a: feed(a), b: feed(b) });
  return { rows: y.dims[0], columns: y.dims[1], data: y.data as Data };
}

/**
 * The Gram matrix of the rows, `a * aᵀ`, or of the columns, `aᵀ * a`: its eigenvalues are the squared
 * singular values of `a`.
 */
export function gram(a: Matrix, of: "rows" | "columns"): Promise<Matrix> {
  return matmul(a, a, of === "rows" ? { transposeB: true } : { transposeA: true });
}

/** Elements above which a matrix is not copied in double precision as a whole. */
export const HUGE = 2 ** 24;

/** {@link gram} of a matrix in single precision, computed in double; of a huge one, part by part. */
export async function gramInDouble(
  a: Matrix<Float32Array>,
  of: "rows" | "columns",
): Promise<Matrix> {
  if (a.data.length <= HUGE) return await gram(toDouble(a), of);
  const [side, length] = of === "rows" ? [a.rows, a.columns] : [a.columns, a.rows];
  const sum = new Float64Array(side * side);
  const most = Math.floor(HUGE / side);
  for (let from = 0; from < length; from += most) {
    const to = Math.min(length, from + most);
    const { data } = await gram(of === "rows" ? columnsOf(a, from, to) : rowsOf(a, from, to), of);
    for (let i = 0; i < sum.length; i++) sum[i] += data[i];
  }
  return { rows: side, columns: side, data: sum };
}

function rowsOf({ columns, data }: Matrix<Float32Array>, from: number, to: number): Matrix {
  const part = data.subarray(from * columns, to * columns);
  return { rows: to - from, columns, data: Float64Array.from(part) };
}

function columnsOf(
  { rows, columns, data }: Matrix<Float32Array>,
  from: number,
  to: number,
): Matrix {
  const part = new Float64Array(rows * (to - from));
  for (let i = 0; i < rows; i++) {
    part.set(data.subarray(i * columns + from, i * columns + to), i * (to - from));
  }
  return { rows, columns: to - from, data: part };
}

/** The matrix in double precision; itself when it is that already. */
export function toDouble(matrix: Matrix<Float32Array | Float64Array>): Matrix {
  const { rows, columns, data } = matrix;
  return { rows, columns, data: data instanceof Float64Array ? data : Float64Array.from(data) };
}

/** The matrix in single precision; itself when it is that already. */
export function toSingle(matrix: Matrix<Float32Array | Float64Array>): Matrix<Float32Array> {
  const { rows, columns, data } = matrix;
  return { rows, columns, data: data instanceof Float32Array ? data : Float32Array.from(data) };
}

/** Squared Frobenius norm. */
export function sumOfSquares(data: Float32Array | Float64Array): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i] * data[i];
  return sum;
}

/** The transposed matrix. */
export function transpose<Data extends Float32Array | Float64Array>(
  { rows, columns, data }: Matrix<Data>,
): Matrix<Data> {
  const to = data.slice() as Data;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) to[j * rows + i] = data[i * columns + j];
  }
  return { rows: columns, columns: rows, data: to };
}

/** The first `count` columns. */
export function leadingColumns({ rows, columns, data }: Matrix, count: number): Matrix {
  const to = new Float64Array(rows * count);
  for (let i = 0; i < rows; i++) {
    to.set(data.subarray(i * columns, i * columns + count), i * count);
  }
  return { rows, columns: count, data: to };
}

const sessions = new Map<string, Promise<InferenceSession>>();

/** The model of one product; at most eight exist, each loaded when first needed. */
function gemm(
  type: "float32" | "float64",
  transA: boolean,
  transB: boolean,
): Promise<InferenceSession> {
  const key = `${type} ${transA} ${transB}`;
  let session = sessions.get(key);
  if (!session) {
    session = load(type, transA, transB);
    sessions.set(key, session);
  }
  return session;
}

async function load(
  type: "float32" | "float64",
  transA: boolean,
  transB: boolean,
): Promise<InferenceSession> {
  const { InferenceSession } = await import("onnxruntime-node");
  const { onnx } = proto;
  const elemType = type === "float32"
    ? onnx.TensorProto.DataType.FLOAT
    : onnx.TensorProto.DataType.DOUBLE;
  const value = (name: string) => ({
    name,
    type: {
      tensorType: {
        elemType,
        shape: { dim: [{ dimParam: `${name}0` }, { dimParam: `${name}1` }] },
      },
    },
  });
  const flag = (name: string, set: boolean) => ({
    name,
    type: onnx.AttributeProto.AttributeType.INT,
    i: Number(set),
  });
  const bytes = onnx.ModelProto.encode({
    irVersion: 8,
    opsetImport: [{ domain: "", version: 13 }],
    graph: {
      name: "gemm",
      node: [{
        opType: "Gemm",
        input: ["a", "b"],
        output: ["y"],
        attribute: [flag("transA", transA), flag("transB", transB)],
      }],
      input: [value("a"), value("b")],
      output: [value("y")],
    },
  }).finish();
  return await InferenceSession.create(bytes);
}
