/**
 * TensorFlow Lite, now LiteRT, by one of its Python packages; `onnx2tf` converts for it.
 *
 * @module
 */

import { join } from "node:path";
import type { Conversion } from "./converted.ts";
import type { PeerEngine } from "./engine.ts";
import { pythonWith, scriptCommand } from "./python.ts";
import { convertBy, installedTool } from "./tool.ts";

/** Packages that have the interpreter, in the order in which the script tries them. */
const MODULES = ["ai_edge_litert.interpreter", "tflite_runtime.interpreter", "tensorflow"];

/** TensorFlow Lite on this machine's processor. */
export const TFLITE: PeerEngine = {
  id: "tflite",
  name: "TensorFlow Lite",
  async find() {
    let python: string | undefined;
    for (const module of MODULES) python ??= await pythonWith(module, "numpy");
    const missing = [
      ...python === undefined ? ["no Python with TensorFlow Lite: pip install ai-edge-litert"] : [],
      ...await installedTool("onnx2tf") === undefined
        ? ["no converter: pip install onnx2tf tensorflow"]
        : [],
    ];
    return python === undefined || missing.length ? { missing } : scriptCommand(python, "tflite");
  },

  async convert({ path, model, folder, signal }: Conversion) {
    // Its files are called after the model.
    const onnx = join(folder, "network.onnx");
    await Deno.symlink(path, onnx);
    // Inputs keep the order of axes that ONNX has; a transposition in the network turns them.
    const inputs = model.inputs.map(({ name }) => name);
    await convertBy("onnx2tf", ["-i", onnx, "-o", folder, "-n", "-k", ...inputs], {
      ...{ cwd: folder, made: [join(folder, "network_float32.tflite")] },
      ...(signal && { signal }),
    });
  },
};
