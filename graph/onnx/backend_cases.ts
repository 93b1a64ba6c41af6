/**
 * The backend test cases of the ONNX project, for tests: one small model each, with inputs and
 * expected outputs.
 *
 * @module
 */

import proto from "onnx-proto";
import { type Tensor, tensor } from "../tensor.ts";
import { readConstant } from "./constants.ts";
import { decodeTensor } from "./file_tensor.ts";

const { ModelProto, TensorProto } = proto.onnx;

/** One case: where it is, and what it tests. */
export interface BackendCase {
  /** Folder, e.g. `"node/test_relu"`. */
  readonly name: string;
  /** Operators of its model. */
  readonly ops: readonly string[];
  /** Version of the operators. */
  readonly opset: number;
}

/** A case with its data. */
export interface LoadedCase {
  /** The model; inputs that networks have as constants are initializers. */
  readonly bytes: Uint8Array;
  /** Values of what is left of the inputs, by name. */
  readonly inputs: ReadonlyMap<string, Tensor>;
  /** What is expected, by name; float outputs only. */
  readonly outputs: ReadonlyMap<string, Tensor>;
}

/** Operators all of whose inputs are values of the network; others have parameters behind one. */
const OPERATORS_OF_VALUES = new Set(
  ["Add", "Sub", "Mul", "Div", "Pow", "Max", "Min", "Sum", "Mean", "Concat", "MatMul"],
);

/** All cases in `folder`, by its `index.csv`. */
export function backendCases(folder: URL): BackendCase[] {
  const [, ...lines] = Deno.readTextFileSync(new URL("index.csv", folder)).trim().split("\n");
  return lines.map((line) => {
    const [suite, test, ops, opset] = line.split(",");
    return { name: `${suite}/${test}`, ops: ops.split("+"), opset: Number(opset) };
  });
}

/** Loads the model and the first data set of a case. */
export function loadCase(folder: URL, { name, ops }: BackendCase): LoadedCase {
  const base = new URL(`${name}/`, folder);
  const model = ModelProto.decode(Deno.readFileSync(new URL("model.onnx", base)));
  const graph = model.graph!;
  const own = new Set(graph.initializer?.map(({ name }) => name));
  const inputs = new Map<string, Tensor>();
  const values = ops.every((op) => OPERATORS_OF_VALUES.has(op));
  const asked = graph.input!.filter(({ name }) => !own.has(name));
  for (const [i, { name }] of asked.entries()) {
    const bytes = Deno.readFileSync(new URL(`test_data_set_0/input_${i}.pb`, base));
    const value = readTensor(bytes);
    if (value && (i === 0 || values)) inputs.set(name!, value);
    else graph.initializer!.push(TensorProto.fromObject({ ...TensorProto.decode(bytes), name }));
  }
  const outputs = new Map<string, Tensor>();
  for (const [i, { name }] of graph.output!.entries()) {
    const bytes = Deno.readFileSync(new URL(`test_data_set_0/output_${i}.pb`, base));
    const value = readTensor(bytes);
    if (value) outputs.set(name!, value);
  }
  return { bytes: ModelProto.encode(model).finish(), inputs, outputs };
}

/** The tensor in a file of test data, unless it holds something other than floats. */
export function readTensor(bytes: Uint8Array): Tensor | undefined {
  const { kind, data, shape } = readConstant(decodeTensor(bytes), {
    external: () => new Uint8Array(),
    note: () => {},
  });
  return kind === "float" ? tensor(data as Float32Array, shape) : undefined;
}
