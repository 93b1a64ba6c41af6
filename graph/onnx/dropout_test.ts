import { assertEquals, assertThrows } from "@std/assert";
import proto, { type onnx } from "onnx-proto";
import { GraphBuilder } from "../builder.ts";
import { openReference } from "../reference.ts";
import { values } from "../tensor.ts";
import { randomInputs } from "../testing.ts";
import { decodeOnnx } from "./read.ts";
import { file, floats, node, value } from "./testing.ts";
import { encodeOnnx } from "./write.ts";

/** Operator and attributes of the only node of a file with one dropout. */
function readDropout(opset: number, ratio: { attribute?: number; input?: string } = {}) {
  const { FLOAT } = proto.onnx.AttributeProto.AttributeType;
  const inputs = ratio.input === undefined ? ["x"] : ["x", ratio.input];
  const attribute = ratio.attribute === undefined
    ? []
    : [{ name: "ratio", type: FLOAT, f: ratio.attribute }];
  const graph: onnx.IGraphProto = {
    input: [value("x", 1, 3), value("given")],
    output: [value("y", 1, 3)],
    initializer: [floats("quarter", [], [0.25])],
    node: [{ ...node("Dropout", inputs, ["y", "mask"]), attribute }],
  };
  const [{ op, attributes }] = decodeOnnx(file(graph, opset)).nodes;
  return { op, attributes };
}

Deno.test("a dropout is read with its ratio: an attribute before opset 12, an input since", () => {
  const dropout = (ratio: number) => ({ op: "Dropout" as const, attributes: { ratio } });
  assertEquals(readDropout(10, { attribute: 0.75 }), dropout(0.75));
  assertEquals(readDropout(11), dropout(0.5));
  assertEquals(readDropout(12, { input: "quarter" }), dropout(0.25));
  assertEquals(readDropout(22), dropout(0.5));
});

Deno.test("a dropout whose ratio is an input of the graph is left out", () => {
  assertEquals(readDropout(13, { input: "given" }).op, "Identity");
});

Deno.test("a dropout in training mode, or with a mask that is read, is refused", () => {
  const graph: onnx.IGraphProto = {
    input: [value("x", 1, 3)],
    output: [value("y", 1, 3), value("mask", 1, 3)],
    initializer: [floats("ratio", [], [0.25]), floats("training", [], [1])],
    node: [node("Dropout", ["x", "ratio", "training"], ["y", "mask"])],
  };
  for (const message of ["training_mode", 'mask "mask"']) {
    assertThrows(() => decodeOnnx(file(graph)), Error, message);
  }
});

Deno.test("a dropout survives the file, and changes nothing at inference", async () => {
  const g = new GraphBuilder("net");
  const x = g.input("x", [2, 5]);
  const model = g.output(g.relu(g.dropout(x, 0.25, "drop"))).build();
  const bytes = encodeOnnx(model);
  assertEquals(decodeOnnx(bytes).nodes, model.nodes);
  await using session = await openReference(bytes);
  const inputs = randomInputs(model);
  const outputs = await session.run(inputs);
  const expected = values(inputs.get("x")!).map((v) => Math.max(v, 0));
  assertEquals(values(outputs.get("drop/relu")!), expected);
});
