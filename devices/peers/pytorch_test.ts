import { assert, assertEquals, assertLess, assertStringIncludes } from "@std/assert";
import { outputsError } from "../../graph/compare.ts";
import { backendCases, loadCase } from "../../graph/onnx/backend_cases.ts";
import { decodeOnnx } from "../../graph/onnx/read.ts";
import { DIFFERENT_CASES, REFUSED_CASES } from "../../graph/onnx/refused_cases.ts";
import { openReference } from "../../graph/reference.ts";
import { randomNet } from "../../graph/rewrites/random_net.ts";
import { randomInputs, smallNet } from "../../graph/testing.ts";
import { allNets, depthwiseNet } from "../../graph/testing/nets.ts";
import { type Tensor, values } from "../../graph/tensor.ts";
import { torchProgram } from "./pytorch/program.ts";
import { PYTORCH } from "./pytorch.ts";
import { isInstalled, PeerRunner } from "./testing.ts";

const ignore = !await isInstalled(PYTORCH);

Deno.test({
  name:
    "PyTorch gives the outputs that ONNX Runtime gives, on nets with every operator (needs python3-torch)",
  ignore,
  async fn() {
    await using torch = await PeerRunner.open(PYTORCH);
    const random = [1, 2, 3, 4, 5, 6].map((seed) => randomNet(seed));
    for (const model of [smallNet(2), smallNet(3), ...allNets(), ...random]) {
      const inputs = randomInputs(model);
      await using reference = await openReference(model);
      const { outputs } = await torch.run(model, inputs);
      assertLess(outputsError(outputs, await reference.run(inputs)), 1e-5, model.name);
    }
  },
});

Deno.test({
  name:
    "a form of a network that PyTorch gets wrong is not used, and the one used is told (needs python3-torch)",
  ignore,
  async fn() {
    await using torch = await PeerRunner.open(PYTORCH);
    for (const model of [smallNet(2), depthwiseNet()]) {
      const { notes } = await torch.run(model, randomInputs(model));
      assertEquals(notes.length, 1);
      assertStringIncludes(notes[0], "PyTorch ran it in TorchScript, ");
    }
  },
});

const CASES = new URL("../../../shared/data/onnx-node-tests/", import.meta.url);
const casesExist = await Deno.stat(CASES).then(() => true, () => false);

/** Largest difference, relative where values are large; equal infinities and NaNs differ by 0. */
function difference(actual: Tensor | undefined, expected: Tensor): number {
  assertEquals(actual?.shape, expected.shape);
  const [a, b] = [values(actual!), values(expected)];
  return b.reduce((worst, value, i) => {
    if (Object.is(a[i], value)) return worst;
    const apart = Math.abs(a[i] - value) / (1 + Math.abs(value));
    return Math.max(worst, Number.isNaN(apart) ? Infinity : apart);
  }, 0);
}

Deno.test({
  name: "PyTorch gives what each ONNX backend case expects (needs python3-torch and ../shared)",
  ignore: ignore || !casesExist,
  async fn() {
    const refused = new Set(REFUSED_CASES.flatMap(({ cases }) => cases));
    await using torch = await PeerRunner.open(PYTORCH);
    let same = 0;
    for (const test of backendCases(CASES)) {
      if (refused.has(test.name) || DIFFERENT_CASES.has(test.name)) continue;
      const { bytes, inputs, outputs: expected } = loadCase(CASES, test);
      const { outputs } = await torch.run(decodeOnnx(bytes), inputs);
      for (const [name, output] of expected) {
        const wrong = difference(outputs.get(name), output);
        assert(wrong < 1e-4, `${test.name}: output "${name}" differs by ${wrong}`);
      }
      same++;
    }
    assert(same > 300, `${same} cases`);
  },
});

Deno.test("a program has one line for each operator, under its name", () => {
  const model = smallNet(3);
  const { source, weights } = torchProgram(model);
  for (const { name } of model.nodes) assertStringIncludes(source, `  # "${name}"\n`);
  assertStringIncludes(source, "v0 = torch.conv3d(x0, self.c0, self.c1, [1, 1, 1], [1, 1, 1]");
  assertEquals(weights.length, model.weights.size);
});

Deno.test("a name cannot break out of its line", () => {
  const model = smallNet(2);
  const [first, ...rest] = model.nodes;
  const { source } = torchProgram({
    ...model,
    nodes: [{ ...first, name: "a\nimport os" }, ...rest],
  });
  assertStringIncludes(source, '# "a\\nimport os"\n');
});
