import {
  assert,
  assertEquals,
  assertGreater,
  assertLess,
  assertMatch,
  assertRejects,
} from "@std/assert";
import { outputsError } from "../graph/compare.ts";
import { openReference } from "../graph/reference.ts";
import { randomInputs } from "../graph/testing.ts";
import { lower } from "../kernels/plan/lower.ts";
import { writePlan } from "../kernels/plan/write.ts";
import { conv, net } from "../kernels/testing/nets.ts";
import { openCl } from "../kernels/testing/opencl.ts";
import { DeviceUnavailableError } from "./device.ts";
import { openOpenCl } from "./opencl.ts";

Deno.test("an OpenCL device that is not there says so, whether or not there is another", async () => {
  await using device = await openOpenCl({ argument: "99" });
  const { available, missing } = await device.probe();
  assertEquals([device.id, available], ["opencl:99", false]);
  assertMatch(missing.join(), /there is no OpenCL device 99|no OpenCL: .* apt-get install/);
  const error = await assertRejects(
    () => device.load({ kind: "plan", path: "none" }, { threads: 1 }),
    DeviceUnavailableError,
  );
  assertEquals(error.missing, missing);
});

Deno.test({
  name: `an OpenCL device keeps what it compiles and tries in its folder (${openCl.needs})`,
  ignore: !openCl.device,
  async fn() {
    const cache = await Deno.makeTempDir(), path = `${cache}/plan`;
    const model = net("small", [3, 4, 4], conv(8, 1)).build(1);
    try {
      await using device = await openOpenCl({ argument: "0:fp16", cache: `${cache}/made/here` });
      const { name, facts } = await device.probe();
      assertEquals(facts.elements, "fp16");
      assertEquals(/\(a CPU, by OpenCL\)$/.test(name), facts.type === "CPU");
      await writePlan(lower(model, { target: device.lowering }), path);
      await using session = await device.load({ kind: "plan", path }, { threads: 1 });
      const kept = [...Deno.readDirSync(`${cache}/made/here`)].map(({ name }) => name.slice(16));
      assertEquals(new Set(kept), new Set([".program", ".group"]));
      await using reference = await openReference(model);
      const inputs = randomInputs(model, 1);
      const error = outputsError(await session.run(inputs), await reference.run(inputs));
      assertLess(error, 4 * 2 ** -11);
      assertGreater(error, 1e-6);
      assert(device.supports({ kind: "plan", path }).ok);
    } finally {
      await Deno.remove(cache, { recursive: true });
    }
  },
});
