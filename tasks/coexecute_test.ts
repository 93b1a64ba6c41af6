import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { cspStage } from "../devices/coexecution/testing.ts";
import { writeOnnx } from "../graph/onnx/write.ts";
import { openCl } from "../kernels/testing/opencl.ts";
import { withFolder } from "../suites/datasets/testing.ts";
import { coexecuteTask } from "./coexecute.ts";
import { captured, runTask } from "./testing.ts";

Deno.test({
  name: `coexecute divides a model file and writes its page (${openCl.needs})`,
  ignore: !openCl.device,
  async fn() {
    await withFolder(async (folder) => {
      const path = join(folder, "stage.onnx"), out = join(folder, "page");
      await writeOnnx(cspStage(1), path);
      const args = [path, "--device", "0:untuned", "--calls", "1", "--out", out];
      const { code, stdout, stderr } = await runTask("coexecute", ...args);
      assertEquals(code, 0, stderr);
      assertMatch(stdout, /^fork to join +long to last /m);
      assertMatch(stdout, /^both +[\d.]+ +[\d.]+$/m);
      const [, page, index] = /^page +(.+)\nindex +(.+)$/m.exec(stdout)!;
      assertMatch(page, /coexecution\/[\dT-]+-csp-1\/index.html$/);
      const command = "deno task coexecute .*stage.onnx --device 0:untuned --calls 1<";
      assertMatch(await Deno.readTextFile(page), new RegExp(command));
      assertStringIncludes(await Deno.readTextFile(index), "csp-1 on both processors of ");
    });
  },
});

Deno.test("coexecute refuses what it cannot understand before it does anything", async () => {
  const told = async (...args: string[]) => (await captured(() => coexecuteTask(args))).stderr;
  assertStringIncludes(await told(), "one model or suite must be named");
  assertStringIncludes(await told("yolov4", "--threads", "0"), "--threads must be an integer");
  assertStringIncludes(await told("yolov4", "--device", "0:fp16"), "must be fp32");
  assertStringIncludes(await told("yolov9"), "yolov4");
});
