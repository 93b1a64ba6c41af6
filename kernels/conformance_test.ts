/**
 * The backend test cases of the ONNX project on the native runtime: each gives what is expected, on
 * every instruction set and by OpenCL, or is listed with a reason in `graph/onnx/refused_cases.ts`.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { type BackendCase, backendCases, loadCase } from "../graph/onnx/backend_cases.ts";
import { decodeOnnx } from "../graph/onnx/read.ts";
import { DIFFERENT_CASES, REFUSED_CASES } from "../graph/onnx/refused_cases.ts";
import { openReference } from "../graph/reference.ts";
import { type Tensor, values } from "../graph/tensor.ts";
import { lower } from "./plan/lower.ts";
import { assertClose, type PlanRunner, testPlans } from "./testing/run_plan.ts";

const FOLDER = new URL("../../shared/data/onnx-node-tests/", import.meta.url);
const available = await Deno.stat(FOLDER).then(() => true, () => false);
const cases = available ? backendCases(FOLDER) : [];

/** Operators that only say where values go: not a bit may change. */
const EXACT = new Set([
  ...["Concat", "Split", "Slice", "Gather", "Pad", "Tile", "Expand", "Transpose"],
  ...["Reshape", "Flatten", "Squeeze", "Unsqueeze", "DepthToSpace", "SpaceToDepth"],
  ...["Identity", "Dropout", "Constant", "Where", "Max", "Min", "Relu", "Abs", "Neg"],
]);

const refused = new Set(REFUSED_CASES.flatMap(({ cases }) => cases));
const run = cases.filter(({ name }) => !refused.has(name));

Deno.test({
  name: "every ONNX backend case but those listed runs natively (needs ../shared)",
  ignore: !available,
  fn: () => assertEquals([cases.length, run.length], [399, 347]),
});

for (const [operators, group] of Map.groupBy(run, ({ ops }) => ops.join(", "))) {
  testPlans(`the ONNX backend cases of ${operators} give what is expected`, async (runner) => {
    for (const one of group) await holds(runner, one);
  });
}

async function holds(runner: PlanRunner, one: BackendCase): Promise<void> {
  const { bytes, inputs, outputs } = loadCase(FOLDER, one);
  const different = DIFFERENT_CASES.has(one.name);
  const expected = different ? await reference(bytes, inputs) : outputs;
  const floats = (t: Tensor) => Float32Array.from(values(t));
  const feeds = new Map([...inputs].map(([name, t]) => [name, floats(t)]));
  const exact = one.ops.every((op) => EXACT.has(op));
  await runner.run(lower(decodeOnnx(bytes), { target: runner.target }), feeds, (actual, way) => {
    const compare = (wanted: ReadonlyMap<string, Tensor>) => {
      for (const [name, t] of wanted) {
        const data = floats(t), message = `${one.name}, ${name} on ${way}`;
        const scale = data.reduce((m, x) => Number.isFinite(x) ? Math.max(m, Math.abs(x)) : m, 0);
        assertClose(actual.get(name)!, data, message, { tolerance: exact ? 0 : 1e-5, scale });
      }
    };
    compare(expected);
    if (different) assertThrows(() => compare(outputs), Error, one.name);
  });
}

async function reference(bytes: Uint8Array, inputs: ReadonlyMap<string, Tensor>) {
  await using session = await openReference(bytes);
  return await session.run(inputs);
}
