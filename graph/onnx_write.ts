/**
 * Writes models as ONNX files that any runtime reads.
 *
 * @module
 */

import proto, { type onnx } from "onnx-proto";
import type { Model, Node, ValueInfo } from "./model.ts";
import { encodeStructure, STRUCTURE_PREFIX } from "./onnx_structure.ts";
import { type Tensor, values } from "./tensor.ts";

const { AttributeProto, ModelProto, TensorProto } = proto.onnx;

/** Version of the file format; the one of ONNX 1.10 to 1.12, which carry opsets 15 to 17. */
const IR_VERSION = 8;

/**
 * Encodes a model as an ONNX file. Weights are stored as they are, zeros where they were pruned;
 * structures go to `metadata_props`, see `onnx_structure.ts`. The inverse is `decodeOnnx`.
 */
export function encodeOnnx(model: Model): Uint8Array<ArrayBuffer> {
  const metadata = Object.entries(model.metadata);
  for (const [name, structure] of model.structures) {
    metadata.push([STRUCTURE_PREFIX + name, encodeStructure(structure)]);
  }
  const encoded = ModelProto.encode({
    irVersion: IR_VERSION,
    producerName: "kerf",
    opsetImport: [{ domain: "", version: model.opset }],
    metadataProps: metadata.map(([key, value]) => ({ key, value })),
    graph: {
      name: model.name,
      input: model.inputs.map(valueInfo),
      output: model.outputs.map(valueInfo),
      node: model.nodes.map(nodeProto),
      initializer: [...model.weights].map(([name, weight]) => tensorProto(name, weight)),
    },
  }).finish();
  return encoded as Uint8Array<ArrayBuffer>;
}

/** Writes a model to an ONNX file at `path`: whole, or not at all when it fails half-way. */
export async function writeOnnx(model: Model, path: string): Promise<void> {
  const bytes = encodeOnnx(model);
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    // Not `writeFile`, which copies its hundreds of megabytes to another thread first.
    Deno.writeFileSync(temporary, bytes);
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error;
  }
}

function valueInfo({ name, shape }: ValueInfo): onnx.IValueInfoProto {
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

function nodeProto({ name, op, inputs, outputs, attributes }: Node): onnx.INodeProto {
  return {
    name,
    opType: op,
    input: [...inputs],
    output: [...outputs],
    attribute: Object.entries(attributes).map(([name, value]) => attributeProto(name, value)),
  };
}

function attributeProto(name: string, value: number | readonly number[]): onnx.IAttributeProto {
  const { INT, INTS } = AttributeProto.AttributeType;
  return typeof value === "number"
    ? { name, type: INT, i: value }
    : { name, type: INTS, ints: [...value] };
}

function tensorProto(name: string, weight: Tensor): onnx.ITensorProto {
  const data = values(weight);
  return {
    name,
    dims: [...weight.shape],
    dataType: TensorProto.DataType.FLOAT,
    // ONNX wants little-endian values, and every platform that Deno runs on is little-endian.
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  };
}
