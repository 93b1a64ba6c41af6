/**
 * ncnn, by its Python binding; `pnnx` converts for it.
 *
 * @module
 */

import { join } from "node:path";
import type { Conversion } from "./converted.ts";
import type { PeerEngine } from "./engine.ts";
import { pythonWith, scriptCommand } from "./python.ts";
import { convertBy, installedTool } from "./tool.ts";

/** ncnn on this machine's processor, in float32. */
export const NCNN: PeerEngine = {
  id: "ncnn",
  name: "ncnn",
  async find() {
    const python = await pythonWith("ncnn", "numpy");
    const missing = [
      ...python === undefined ? ["no Python with ncnn: pip install ncnn"] : [],
      ...await installedTool("pnnx") === undefined ? ["no converter: pip install pnnx"] : [],
    ];
    return python === undefined || missing.length ? { missing } : scriptCommand(python, "ncnn");
  },

  async convert({ path, model, folder, signal }: Conversion) {
    // Its files come to lie beside the model.
    const onnx = join(folder, "network.onnx");
    await Deno.symlink(path, onnx);
    const made = ["param", "bin"].map((kind) => join(folder, `network.ncnn.${kind}`));
    const shapes = model.inputs.map(({ shape }) => `[${shape}]`).join(",");
    const options = ["fp16=0", `ncnnparam=${made[0]}`, `ncnnbin=${made[1]}`];
    await convertBy("pnnx", [onnx, `inputshape=${shapes}`, ...options], {
      ...{ cwd: folder, made },
      ...(signal && { signal }),
    });
  },
};
