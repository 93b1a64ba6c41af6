import { assertEquals, assertRejects } from "@std/assert";
import { tensor } from "../graph/tensor.ts";
import { writePlan } from "../kernels/plan/write.ts";
import { everyKind } from "../kernels/testing/plans.ts";
import { openHost } from "./host.ts";

Deno.test("the host takes inputs by name, and goes on after wrong ones", async () => {
  const path = await Deno.makeTempFile();
  try {
    await writePlan(everyKind(1), path);
    await using device = await openHost();
    await using session = await device.load({ kind: "plan", path }, { threads: 1 });
    const inputs = (shape: number[], name = "scale") =>
      new Map([
        ["x", tensor(new Float32Array(288).fill(1), [2, 3, 6, 8])],
        [name, tensor(new Float32Array(shape[0]), shape)],
      ]);
    await assertRejects(
      () => session.run(inputs([3])),
      RangeError,
      'Cannot set input "scale" of shape [4] as it must have 4 values: current value is 3',
    );
    const named = "its inputs must be [x,scale]: current value is";
    await assertRejects(() => session.run(new Map()), RangeError, `${named} []`);
    await assertRejects(() => session.run(inputs([4], "z")), RangeError, `${named} [x,z]`);
    const outputs = await session.run(inputs([4]));
    const shapes = [...outputs].map(([name, { shape }]) => [name, shape]);
    assertEquals(shapes, [["probabilities", [4, 60]], ["scores", [7]]]);
  } finally {
    await Deno.remove(path);
  }
});
