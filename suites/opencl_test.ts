/**
 * Every network of the suites by OpenCL, dense and pruned by each scheme, against ONNX Runtime.
 *
 * @module
 */

import { assertLess } from "@std/assert";
import { outputsError } from "../graph/compare.ts";
import { openReference } from "../graph/reference.ts";
import { randomInputs } from "../graph/testing.ts";
import { openKernels } from "../kernels/ffi.ts";
import { lower } from "../kernels/plan/lower.ts";
import { writePlan } from "../kernels/plan/write.ts";
import { openCl } from "../kernels/testing/opencl.ts";
import { prune, PRUNINGS } from "../kernels/testing/prunings.ts";
import { HostSession } from "../devices/host.ts";
import { NETWORKS } from "./networks.ts";

const SEED = 2;
/** As in a run: above it a row is invalid. */
const TOLERANCE = 1e-4;

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
          await using session = new HostSession(
            await kernels.open(path, { isa: "opencl:untuned" }),
          );
          const error = outputsError(await session.run(inputs), await reference.run(inputs));
          assertLess(error, TOLERANCE, pruning.name);
        }
      } finally {
        await Deno.remove(path);
      }
    },
  });
}
