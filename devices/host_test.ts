import { assertEquals, assertRejects } from "@std/assert";
import { dense } from "../compressors/baselines.ts";
import { smallC3d } from "../compressors/testing.ts";
import { tensor } from "../graph/tensor.ts";
import { randomInputs } from "../graph/testing.ts";
import { lower } from "../kernels/plan/lower.ts";
import { writePlan } from "../kernels/plan/write.ts";
import { openHost } from "./host.ts";

Deno.test("the host takes one input of the network's size, and goes on after a wrong one", async () => {
  const model = smallC3d();
  const path = await Deno.makeTempFile();
  try {
    await writePlan(lower(await dense.compress(model, { macs: 1 }, {}, { seed: 1 })), path);
    await using device = await openHost();
    await using session = await device.load({ kind: "plan", path }, { threads: 1 });
    const short = new Map([["clip", tensor(new Float32Array(3), [3])]]);
    await assertRejects(() => session.run(short), RangeError, "must have 1728 values");
    await assertRejects(() => session.run(new Map()), RangeError, "it takes one input");
    const [output] = (await session.run(randomInputs(model))).values();
    assertEquals(output.shape, [1, 10]);
  } finally {
    await Deno.remove(path);
  }
});
