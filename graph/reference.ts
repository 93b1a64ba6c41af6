/**
 * The oracle: runs a model through ONNX Runtime.
 *
 * @module
 */

import type { Model } from "./model.ts";
import { encodeOnnx } from "./onnx/write.ts";
import { loadFile, type RuntimeOptions } from "./runtime.ts";
import { type Tensor, tensor, values } from "./tensor.ts";

/** A model loaded by ONNX Runtime. */
export interface ReferenceSession extends AsyncDisposable {
  /** Runs the model: values of all graph inputs by name, to those of all graph outputs. */
  run(inputs: ReadonlyMap<string, Tensor>): Promise<Map<string, Tensor>>;
}

/**
 * Loads a model, or an ONNX file by its bytes or path, into ONNX Runtime on the CPU.
 *
 * The weights of a {@linkcode Model} are fed at each run like inputs: nothing is encoded, parsed or
 * repacked, which for a large network takes far longer than one run. A file is loaded as any user's
 * would be; one with external data by its path.
 *
 * @example
 * ```ts
 * import { openReference } from "./reference.ts";
 * import type { Model } from "./model.ts";
 * import { zeros } from "./tensor.ts";
 *
 * async function outputs(model: Model) {
 *   await using session = await openReference(model, { threads: 2 });
 *   return await session.run(new Map(model.inputs.map((i) => [i.name, zeros(i.shape)])));
 * }
 * ```
 *
 * @throws {Error} when ONNX Runtime refuses the model.
 */
export async function openReference(
  model: Model | Uint8Array | string,
  options: RuntimeOptions = {},
): Promise<ReferenceSession> {
  const isFile = typeof model === "string" || model instanceof Uint8Array;
  const weights = isFile ? [] : [...model.weights];
  const file = isFile ? model : encodeOnnx(weightsAsInputs(model));
  const { ort, session } = await loadFile(file, options);
  return {
    async run(inputs) {
      const feeds: Record<string, InstanceType<typeof ort.Tensor>> = {};
      for (const [name, t] of [...inputs, ...weights]) {
        feeds[name] = new ort.Tensor("float32", values(t), t.shape);
      }
      const fetches = await session.run(feeds);
      const outputs = new Map<string, Tensor>();
      for (const [name, { data, dims }] of Object.entries(fetches)) {
        if (!(data instanceof Float32Array)) {
          throw new TypeError(
            `Cannot read output "${name}" as values must be float32: ` +
              `current value is ${data.constructor.name}`,
          );
        }
        outputs.set(name, tensor(data, dims));
      }
      return outputs;
    },
    async [Symbol.asyncDispose]() {
      await session.release();
    },
  };
}

/** The same graph, its initializers turned into inputs. */
function weightsAsInputs(model: Model): Model {
  const inputs = [...model.weights].map(([name, { shape }]) => ({ name, shape }));
  return {
    ...model,
    inputs: [...model.inputs, ...inputs],
    weights: new Map(),
    structures: new Map(),
  };
}
