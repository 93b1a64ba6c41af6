/**
 * Builds ONNX files for tests, with an encoder that is not ours.
 *
 * @module
 */

import proto, { type onnx } from "onnx-proto";

const { AttributeProto, ModelProto, TensorProto } = proto.onnx;
const { FLOAT, INT64 } = TensorProto.DataType;

/** A float value of the graph; a string stands for a symbolic extent. */
export function value(name: string, ...shape: (number | string)[]): onnx.IValueInfoProto {
  const dim = shape.map((extent) =>
    typeof extent === "number" ? { dimValue: extent } : { dimParam: extent }
  );
  return { name, type: { tensorType: { elemType: FLOAT, shape: { dim } } } };
}

/** A float tensor as typed data. */
export function floats(name: string, dims: number[], floatData: number[]): onnx.ITensorProto {
  return { name, dims, dataType: FLOAT, floatData };
}

/** A list of 64-bit integers as typed data. */
export function int64s(name: string, ...int64Data: number[]): onnx.ITensorProto {
  return { name, dims: [int64Data.length], dataType: INT64, int64Data };
}

/** Attributes of a node: integers, lists of them, strings and tensors. */
export function attributes(
  values: Readonly<Record<string, number | number[] | string | onnx.ITensorProto>>,
): onnx.IAttributeProto[] {
  const { INT, INTS, STRING, TENSOR } = AttributeProto.AttributeType;
  return Object.entries(values).map(([name, value]) => {
    if (typeof value === "number") return { name, type: INT, i: value };
    if (typeof value === "string") {
      return { name, type: STRING, s: new TextEncoder().encode(value) };
    }
    if (Array.isArray(value)) return { name, type: INTS, ints: value };
    return { name, type: TENSOR, t: value };
  });
}

/** A node without a name. */
export function node(
  opType: string,
  input: string[],
  output: string[],
  given: Parameters<typeof attributes>[0] = {},
): onnx.INodeProto {
  return { opType, input, output, attribute: attributes(given) };
}

/** The bytes of a file with one graph. */
export function file(graph: onnx.IGraphProto, version = 13): Uint8Array {
  const opsetImport = [{ domain: "com.example", version: 1 }, { domain: "", version }];
  return ModelProto.encode({ irVersion: 7, opsetImport, graph: { name: "g", ...graph } }).finish();
}

/** A file whose shapes are computed, as exporters write a view of all but the batch. */
export function shapeArithmetic(): Uint8Array {
  return file({
    input: [value("x", "N", 2, 4, 6)],
    output: [value("y", "N", 48)],
    initializer: [int64s("zero", 0), int64s("rest", -1), int64s("w.shape", 2, 2, 3, 3)],
    node: [
      node("ConstantOfShape", ["w.shape"], ["w"], { value: floats("", [1], [0.25]) }),
      node("Conv", ["x", "w"], ["c"], { pads: [1, 1, 1, 1] }),
      node("Shape", ["c"], ["shape"]),
      node("Gather", ["shape", "zero"], ["batch"]),
      node("Concat", ["batch", "rest"], ["to"], { axis: 0 }),
      node("Reshape", ["c", "to"], ["y"]),
    ],
  });
}
