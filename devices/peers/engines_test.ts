/**
 * The scripts that run engines, on packages that stand for the real ones: this holds them to the
 * protocol, not to the engines.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { values } from "../../graph/tensor.ts";
import { randomTensor } from "../../graph/testing.ts";
import { openPeer } from "./engine.ts";
import { UnsupportedModelError } from "./protocol.ts";
import { pythonWith } from "./python.ts";

const python = await pythonWith("numpy");
const PACKAGES = fileURLToPath(new URL("testdata/", import.meta.url));

/** A model as one of the scripts loads it. */
interface Engine {
  readonly id: string;
  readonly name: string;
  /** What the converter makes. */
  readonly files: Readonly<Record<string, string>>;
  /** Times of the same with a model that the engine cannot run. */
  readonly refused?: string;
}

const ENGINES: readonly Engine[] = [
  {
    id: "ncnn",
    name: "ncnn 1.0",
    files: { "network.ncnn.param": "param", "network.ncnn.bin": "bin" },
    refused: "it has a layer that ncnn has not",
  },
  {
    id: "mnn",
    name: "MNN 1.0",
    files: { "network.mnn": "network" },
    refused: "it made no session of it",
  },
  {
    id: "tflite",
    name: "TensorFlow Lite 1.0",
    files: { "network_float32.tflite": "network" },
  },
];

const SHAPE = [1, 3, 4, 5];

for (const { id, name, files, refused } of ENGINES) {
  Deno.test({
    name: `the script of ${id} speaks the protocol (needs python3-numpy)`,
    ignore: python === undefined,
    async fn() {
      const folder = await Deno.makeTempDir();
      const signature = {
        inputs: [{ name: "x", shape: SHAPE }],
        outputs: [{ name: "y", shape: SHAPE }],
      };
      const script = fileURLToPath(new URL(`engines/run_${id}.py`, import.meta.url));
      const environment = [`PYTHONPATH=${PACKAGES}`, "PYTHONDONTWRITEBYTECODE=1"];
      const command = { command: "env", args: [...environment, python!, script] };
      await using device = await openPeer({ id, name: id, find: () => Promise.resolve(command) });
      const load = () => device.load({ kind: "onnx", path: folder }, { threads: 2 });
      try {
        await Deno.writeTextFile(join(folder, "signature.json"), JSON.stringify(signature));
        for (const [file, text] of Object.entries(files)) {
          await Deno.writeTextFile(join(folder, file), text);
        }
        assertEquals((await device.probe()).name, name);
        const x = randomTensor(SHAPE);
        {
          await using session = await load();
          const y = (await session.run(new Map([["x", x]]))).get("y")!;
          assertEquals([y.shape, values(y)], [SHAPE, values(x).map((value) => 2 * value)]);
          const request = { warmupCalls: 1, warmupMs: 0, samples: 3 };
          assertEquals((await session.measure(request)).samples.length, 3);
        }
        if (refused === undefined) return;
        await Deno.writeTextFile(join(folder, Object.keys(files)[0]), "another");
        await assertRejects(load, UnsupportedModelError, refused);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}
