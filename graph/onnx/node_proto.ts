/**
 * Parts of an ONNX file: nodes, attributes, inputs and outputs.
 *
 * @module
 */

import proto, { type onnx } from "onnx-proto";
import type { Node, ValueInfo } from "../model.ts";
import type { Names } from "./names.ts";
import { type ConstantInput, formOf, type WrittenAttribute } from "./node_forms.ts";

const { AttributeProto, TensorProto } = proto.onnx;

/** A graph input or output: float32, static. */
export function valueInfoProto({ name, shape }: ValueInfo): onnx.IValueInfoProto {
  return {
    name,
    type: {
      tensorType: {
        elemType: TensorProto.DataType.FLOAT,
        shape: { dim: shape.map((extent) => ({ dimValue: extent })) },
      },
    },
  };
}

/**
 * A node of the file; what it needs as constant inputs goes to `constants`, under names that are
 * not taken.
 */
export function nodeProto(
  node: Node,
  opset: number,
  taken: Names,
  constants: onnx.ITensorProto[],
): onnx.INodeProto {
  const form = formOf(node, opset);
  const input = [...node.inputs];
  for (const constant of form.constants) {
    if (!constant) input.push("");
    else {
      const free = taken.free(`${node.name}/${constant.what}`);
      constants.push(constantProto(free, constant));
      input.push(free);
    }
  }
  while (input.at(-1) === "") input.pop();
  return {
    name: node.name,
    opType: node.op,
    input,
    output: [...node.outputs],
    attribute: Object.entries(form.attributes).map(([name, value]) => attributeProto(name, value)),
  };
}

function constantProto(name: string, { kind, value }: ConstantInput): onnx.ITensorProto {
  const { FLOAT, INT64 } = TensorProto.DataType;
  const list = typeof value === "number" ? [value] : [...value];
  const dims = typeof value === "number" ? [] : [list.length];
  return kind === "float"
    ? { name, dims, dataType: FLOAT, floatData: list }
    : { name, dims, dataType: INT64, int64Data: list };
}

/** An attribute of the file. */
export function attributeProto(name: string, attribute: WrittenAttribute): onnx.IAttributeProto {
  const { INT, INTS, FLOAT, STRING } = AttributeProto.AttributeType;
  switch (attribute.kind) {
    case "int":
      return { name, type: INT, i: attribute.value };
    case "float":
      return { name, type: FLOAT, f: attribute.value };
    case "ints":
      return { name, type: INTS, ints: [...attribute.value] };
    case "string":
      return { name, type: STRING, s: new TextEncoder().encode(attribute.value) };
  }
}
