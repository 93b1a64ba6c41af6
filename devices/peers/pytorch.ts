/**
 * PyTorch, which runs a program that is written out from the ONNX graph.
 *
 * @module
 */

import { join } from "node:path";
import { values } from "../../graph/tensor.ts";
import type { Conversion } from "./converted.ts";
import type { PeerEngine } from "./engine.ts";
import { pythonWith, scriptCommand } from "./python.ts";
import { torchProgram } from "./pytorch/program.ts";

/** PyTorch on this machine's processor. */
export const PYTORCH: PeerEngine = {
  id: "pytorch",
  name: "PyTorch",
  async find() {
    const python = await pythonWith("torch", "numpy");
    return python === undefined
      ? { missing: ["no Python with PyTorch: apt-get install python3-torch"] }
      : scriptCommand(python, "pytorch");
  },
  convert: writeProgram,
};

async function writeProgram({ model, folder, signal }: Conversion): Promise<void> {
  const { source, weights } = torchProgram(model);
  using file = await Deno.open(join(folder, "weights.f32"), { write: true, createNew: true });
  const writer = file.writable.getWriter();
  for (const weight of weights) {
    signal?.throwIfAborted();
    const { buffer, byteOffset, byteLength } = values(weight);
    await writer.write(new Uint8Array(buffer, byteOffset, byteLength));
  }
  await writer.close();
  await Deno.writeTextFile(join(folder, "program.py"), source);
}
