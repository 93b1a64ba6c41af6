/**
 * MNN, by its Python package, which brings a converter along.
 *
 * @module
 */

import { join } from "node:path";
import type { Conversion } from "./converted.ts";
import type { PeerEngine } from "./engine.ts";
import { pythonWith, scriptCommand } from "./python.ts";
import { convertBy, installedTool } from "./tool.ts";

/** As the Python package installs it, and as it is called when MNN is built from source. */
const CONVERTERS = ["mnnconvert", "MNNConvert"];

/** MNN on this machine's processor, in float32. */
export const MNN: PeerEngine = {
  id: "mnn",
  name: "MNN",
  async find() {
    const python = await pythonWith("MNN", "numpy");
    const converter = await installedTool(...CONVERTERS);
    return python === undefined || converter === undefined
      ? { missing: ["no Python with MNN and its converter: pip install MNN"] }
      : scriptCommand(python, "mnn");
  },

  async convert({ path, folder, signal }: Conversion) {
    const tool = await installedTool(...CONVERTERS) ?? CONVERTERS[0];
    const made = join(folder, "network.mnn");
    const options = ["-f", "ONNX", "--modelFile", path, "--MNNModel", made, "--bizCode", "kerf"];
    await convertBy(tool, options, { cwd: folder, made: [made], ...(signal && { signal }) });
  },
};
