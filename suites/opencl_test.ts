/**
 * Every network of the suites by OpenCL, dense and pruned by each scheme, against ONNX Runtime.
 *
 * @module
 */

import { assertEquals, assertLess } from "@std/assert";
import { outputsError } from "../graph/compare.ts";
import { openReference } from "../graph/reference.ts";
import { values } from "../graph/tensor.ts";
import { randomInputs } from "../graph/testing.ts";
import { openKernels } from "../kernels/ffi.ts";
import { lower } from "../kernels/plan/lower.ts";
import { writePlan } from "../kernels/plan/write.ts";
import { openCl } from "../kernels/testing/opencl.ts";
import { prune, PRUNINGS } from "../kernels/testing/prunings.ts";
import { FLOAT_TOLERANCE, type Tensors } from "../devices/device.ts";
import { HostSession } from "../devices/host.ts";
import { openOpenCl } from "../devices/opencl.ts";
import { NETWORKS } from "./networks.ts";

const SEED = 2;
const MEMORY = { floats: "opencl:untuned", halves: "opencl:fp16:untuned" } as const;
/** As in a run: above it a row is invalid. */
const TOLERANCE = {
  floats: FLOAT_TOLERANCE,
  halves: (await openOpenCl({ argument: "0:fp16" })).tolerance!,
};
/** The largest half. */
const HALF_MAX = 65504;

function largestOf(outputs: Tensors): number {
  return [...outputs.values()].flatMap((output) => [...values(output)])
    .reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

for (const [n, { id, small, build }] of NETWORKS.entries()) {
  Deno.test({
    name: `${id} agrees with ONNX Runtime by OpenCL, dense and pruned (${openCl.needs})`,
    ignore: !openCl.device,
    async fn() {
      const dense = build({ ...small, classes: 5, seed: SEED });
      const schemes = PRUNINGS.filter((_, i) => i % NETWORKS.length === n);
      const path = await Deno.makeTempFile({ suffix: ".plan" });
      try {
        using kernels = await openKernels();
        for (const pruning of [PRUNINGS[0], ...schemes]) {
          const model = prune(dense, pruning, SEED), inputs = randomInputs(model, SEED);
          await writePlan(lower(model, { target: "gpu" }), path);
          await using reference = await openReference(model);
          const expected = await reference.run(inputs);
          for (const elements of ["floats", "halves"] as const) {
            const isa = MEMORY[elements];
            await using session = new HostSession(await kernels.open(path, { isa }));
            const error = outputsError(await session.run(inputs), expected);
            if (elements === "halves" && largestOf(expected) > HALF_MAX) {
              assertEquals(error, Infinity, `${pruning.name} is beyond halves`);
            } else assertLess(error, TOLERANCE[elements], `${pruning.name} of ${elements}`);
          }
        }
      } finally {
        await Deno.remove(path);
      }
    },
  });
}
