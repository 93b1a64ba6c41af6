import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { writeOnnx } from "../../graph/onnx/write.ts";
import { smallNet } from "../../graph/testing.ts";
import { type Convert, converted } from "./converted.ts";

Deno.test("a model is converted once, and again when its file is another or the first try failed", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "model.onnx");
    const made: string[] = [];
    const convert: Convert = async ({ model, folder }) => {
      made.push(model.name);
      await Deno.writeTextFile(join(folder, "made"), model.name);
      if (made.length === 1) throw new Error("half-way");
    };
    await writeOnnx(smallNet(2), path);
    await assertRejects(() => converted(path, "engine", convert), Error, "half-way");
    const place = await converted(path, "engine", convert);
    assertEquals([place, await converted(path, "engine", convert)], [`${path}.engine`, place]);
    assertEquals(made, ["small-2d", "small-2d"]);
    const { inputs, outputs } = JSON.parse(await Deno.readTextFile(join(place, "signature.json")));
    assertEquals({ inputs, outputs }, {
      inputs: smallNet(2).inputs,
      outputs: smallNet(2).outputs,
    } as unknown);
    await writeOnnx(smallNet(3), path);
    await converted(path, "engine", convert);
    assertEquals(await Deno.readTextFile(join(place, "made")), "small-3d");
    const stopped = AbortSignal.abort(new Error("stopped"));
    await assertRejects(() => converted(path, "engine", convert, stopped), Error, "stopped");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
