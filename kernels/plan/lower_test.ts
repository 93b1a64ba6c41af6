import { assertEquals, assertThrows } from "@std/assert";
import { GraphBuilder } from "../../graph/builder.ts";
import type { Model } from "../../graph/model.ts";
import { smallNet } from "../../graph/testing.ts";
import { zeros } from "../../graph/tensor.ts";
import { NETS } from "../testing/nets.ts";
import { lower } from "./lower.ts";

/** What each operator of the named network's plan does. */
function operatorsOf(name: string): string[] {
  const model = NETS.find((net) => net.name === name)!.build(1);
  return lower(model).operators.map((op) => {
    const fused = op.kind === "convolution" || op.kind === "fully_connected"
      ? [op.relu && "relu", op.kind === "convolution" && op.pool && "pool"]
      : [];
    return [op.kind, ...fused].filter(Boolean).join("+");
  });
}

Deno.test("ReLU and windows that tile are fused behind what makes their input", () => {
  assertEquals(operatorsOf("3x3x3, fused pool"), ["convolution+relu+pool"]);
  assertEquals(operatorsOf("fused pool without ReLU"), ["convolution+pool"]);
  assertEquals(operatorsOf("fully connected, long"), ["fully_connected+relu"]);
});

Deno.test("windows that overlap, are padded or too wide are not fused", () => {
  assertEquals(operatorsOf("overlapping pool"), ["convolution+relu", "max_pool"]);
  assertEquals(operatorsOf("padded pool"), ["convolution+relu", "max_pool"]);
  assertEquals(operatorsOf("pool too wide to fuse"), ["convolution", "max_pool"]);
  assertEquals(
    operatorsOf("ReLU behind a pool"),
    ["convolution+pool", "relu", "convolution"],
  );
});

Deno.test("a value that somebody else reads is kept, not fused away", () => {
  const kinds = operatorsOf("value read twice, which prevents fusion");
  assertEquals(kinds, ["convolution", "max_pool", "relu"]);
  const g = new GraphBuilder("output in the middle");
  const x = g.conv(g.input("x", [1, 1, 3, 3]), {
    name: "c",
    filters: 2,
    kernel: 1,
    weights: zeros,
  });
  g.relu(x);
  assertEquals(lower(g.output(x).build()).operators.map(({ kind }) => kind), [
    "convolution",
    "relu",
  ]);
});

Deno.test("only a strided convolution copies its input, only a padded value is copied to be flat", () => {
  assertEquals(operatorsOf("1x1, stride 2"), ["phases", "convolution"]);
  assertEquals(operatorsOf("flatten of the input"), ["fully_connected"]);
  assertEquals(
    operatorsOf("value read twice, with padding, then flattened"),
    ["convolution+relu", "convolution", "phases", "fully_connected"],
  );
});

Deno.test("lowering is deterministic", () => {
  assertEquals(lower(smallNet(3)), lower(smallNet(3)));
});

Deno.test("what the runtime lacks is refused by name", () => {
  const grouped = new GraphBuilder("grouped");
  const x = grouped.input("x", [1, 4, 5, 5]);
  const y = grouped.conv(x, { name: "dw", filters: 4, kernel: 3, group: 4, weights: zeros });
  assertThrows(
    () => lower(grouped.output(y).build()),
    RangeError,
    'Cannot lower layer "dw" as group must be 1: current value is 4',
  );
  const batch = new GraphBuilder("batch");
  const model = batch.output(batch.relu(batch.input("x", [2, 3, 4, 4]), "r")).build();
  assertThrows(() => lower(model), RangeError, "current value is [2,3,4,4]");
  const two: Model = { ...model, inputs: [...model.inputs, { name: "y", shape: [1, 2] }] };
  assertThrows(() => lower(two), RangeError, "must have one input and one output");
});
