import { assertEquals, assertThrows } from "@std/assert";
import { tensor, values } from "../graph/tensor.ts";
import { everyKind } from "../kernels/testing/plans.ts";
import { namesOf, requireInputs, splitOutputs } from "./plan_values.ts";

const names = namesOf(everyKind(1));

Deno.test("a plan's names and shapes are those of its network", () => {
  assertEquals(names.inputs, [
    { name: "x", shape: [2, 3, 6, 8] },
    { name: "scale", shape: [4] },
  ]);
  assertEquals(names.outputs, [
    { name: "probabilities", shape: [4, 60] },
    { name: "scores", shape: [7] },
  ]);
  assertEquals(names.operators.length, everyKind(1).operators.length);
});

Deno.test("inputs are refused that are missing, unknown or of another size", () => {
  const x = tensor(new Float32Array(288), [2, 3, 6, 8]), four = tensor(new Float32Array(4), [4]);
  requireInputs(names.inputs, new Map([["scale", four], ["x", x]]));
  const refused = (inputs: [string, typeof x][], message: string) =>
    assertThrows(() => requireInputs(names.inputs, new Map(inputs)), RangeError, message);
  refused([], "its inputs must be [x,scale]: current value is []");
  refused([["x", x], ["z", four]], "current value is [x,z]");
  refused([["x", x], ["scale", four], ["z", four]], "current value is [x,scale,z]");
  refused([["x", x], ["scale", x]], 'input "scale" of shape [4] as it must have 4 values');
});

Deno.test("outputs stand one behind the other, and no byte is missing or left", () => {
  const floats = Float32Array.from({ length: 247 }, (_, i) => i);
  const outputs = splitOutputs(names.outputs, new Uint8Array(floats.buffer));
  assertEquals(values(outputs.get("probabilities")!), floats.slice(0, 240));
  assertEquals(values(outputs.get("scores")!), floats.slice(240));
  for (const length of [0, 984, 992]) {
    assertThrows(
      () => splitOutputs(names.outputs, new Uint8Array(length)),
      RangeError,
      `they must have 988 bytes: current value is ${length}`,
    );
  }
});
