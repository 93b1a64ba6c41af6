import { assertRejects } from "@std/assert";
import { writeOnnx } from "../graph/onnx/write.ts";
import { smallNet } from "../graph/testing.ts";
import { openOnnxRuntime } from "./onnxruntime.ts";

Deno.test("the peer engine must have run before it is measured", async () => {
  const path = await Deno.makeTempFile();
  try {
    await writeOnnx(smallNet(2), path);
    await using device = await openOnnxRuntime();
    await using session = await device.load({ kind: "onnx", path }, { threads: 1 });
    const request = { warmupCalls: 0, warmupMs: 0, samples: 1 };
    await assertRejects(() => session.measure(request), TypeError, "run must have been called");
  } finally {
    await Deno.remove(path);
  }
});
