import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import proto, { type onnx } from "onnx-proto";
import type { Shape } from "../tensor.ts";
import { values } from "../tensor.ts";
import { decodeOnnx, readOnnx } from "./read.ts";
import { file, floats, int64s, node, shapeArithmetic, value } from "./testing.ts";

const { TensorProto } = proto.onnx;
const { FLOAT, FLOAT16, INT32, STRING } = TensorProto.DataType;

/** Operators of a model in order, each with what it is told. */
const summary = (bytes: Uint8Array) =>
  decodeOnnx(bytes).nodes.map(({ op, inputs, attributes }) => ({ op, inputs, attributes }));

Deno.test("defaults of the standard are filled in, and inputs of old files that are weights", () => {
  const model = decodeOnnx(file({
    input: [value("x", 1, 1, 4, 4), value("w", 2, 1, 1, 1)],
    output: [value("y", 1, 18)],
    initializer: [floats("w", [2, 1, 1, 1], [0.5, -2])],
    node: [
      node("Conv", ["x", "w", ""], ["a"]),
      node("MaxPool", ["a"], ["b"], { kernel_shape: [2, 2] }),
      { opType: "Flatten", name: "flat", input: ["b"], output: ["y"] },
    ],
  }));
  assertEquals(model.inputs, [{ name: "x", shape: [1, 1, 4, 4] }]);
  assertEquals(values(model.weights.get("w")!), Float32Array.of(0.5, -2));
  const window = { strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1] };
  assertEquals(model.nodes.map(({ name, inputs, attributes }) => ({ name, inputs, attributes })), [
    {
      name: "Conv_0",
      inputs: ["x", "w"],
      attributes: { kernel_shape: [1, 1], ...window, group: 1 },
    },
    {
      name: "MaxPool_1",
      inputs: ["a"],
      attributes: { kernel_shape: [2, 2], ...window, ceil_mode: 0 },
    },
    { name: "flat", inputs: ["b"], attributes: { axis: 1 } },
  ]);
});

Deno.test("everything that is not supported is listed in one error, by node", () => {
  const bytes = file({
    input: [value("x", 1, 1, 4, 4), value("late", 1, "length")],
    output: [value("y", 1, 2), { name: "n", type: { tensorType: { elemType: INT32 } } }],
    initializer: [
      floats("w", [2, 1, 1, 1], [0.5]),
      { name: "s", dims: [1], dataType: STRING },
    ],
    node: [
      { name: "same", opType: "Relu", input: ["x"], output: ["a"] },
      { ...node("Relu", ["a"], ["b"], { alpha: 1 }), name: "same" },
      node("NonZero", ["b"], ["c"]),
      { ...node("Relu", ["c"], ["d"]), name: "own", domain: "com.example" },
      node("MaxPool", ["d"], ["e", "where"], { kernel_shape: [2, 2], strides: 2 }),
      node("Conv", ["e", "d"], ["f"]),
      node("Conv", ["x", "w"], ["g"]),
      node("Add", ["g", "s"], ["h"]),
      node("Relu", ["nowhere"], ["i"]),
      node("Relu", ["where"], ["y"]),
      node("Relu", ["x"], ["x"]),
    ],
  });
  const { message } = assertThrows(() => decodeOnnx(bytes), RangeError);
  assertEquals(message.split("\n").map((line) => line.trim()), [
    'Cannot read ONNX model "g" as it needs what is not supported:',
    'input "late": shape [1, length] is not static; give a fixed one',
    'Relu "same": another node has the same name',
    'Relu "same": unknown attribute alpha=1',
    'NonZero "NonZero_2": operator NonZero',
    'Relu "own": operator com.example.Relu',
    'MaxPool "MaxPool_4": strides must be a list of integers',
    'MaxPool "MaxPool_4": indices "where"',
    'Conv "Conv_5": the weight "d" must be constant',
    'Conv "Conv_6": tensor "w": 1 values for shape [2,1,1,1]',
    'Add "Add_7": tensor "s": element type STRING',
    'Relu "Relu_8": "nowhere" must be defined before it is read',
    'Relu "Relu_10": "x" is defined already',
    'output "n": element type INT32 (supported: FLOAT)',
    'output "n": "n" must be defined before it is read',
  ]);
});

Deno.test("what is not an ONNX model, or too new, is refused", () => {
  assertThrows(() => decodeOnnx(new Uint8Array()), SyntaxError, "no graph");
  assertThrows(() => decodeOnnx(Uint8Array.of(0xff, 0xff)), SyntaxError, "corrupt");
  assertThrows(() => decodeOnnx(file({}, 23)), RangeError, "opset must be 6 to 22");
  assertThrows(() => decodeOnnx(file({})), RangeError, "no output");
});

Deno.test("arithmetic on shapes disappears, and a batch without extent is 1", () => {
  const notes: string[] = [];
  const model = decodeOnnx(shapeArithmetic(), { onNote: (text) => notes.push(text) });
  assertEquals(notes, ['input "x": batch N fixed to 1']);
  assertEquals(model.nodes.map(({ op }) => op), ["Conv", "Reshape"]);
  assertEquals(model.outputs, [{ name: "y", shape: [1, 48] }]);
  assertEquals(values(model.weights.get("w")!), new Float32Array(36).fill(0.25));
  const four = decodeOnnx(shapeArithmetic(), { shapes: { x: [4, 2, 4, 6] } });
  assertEquals(four.outputs[0].shape, [4, 48]);
  assertThrows(() => decodeOnnx(shapeArithmetic(), { shapes: { z: [1] } }), RangeError, '"z"');
});

Deno.test("a product with a constant and a sum of a row become a fully connected layer", () => {
  const bytes = file({
    input: [value("x", 1, 3)],
    output: [value("y", 1, 2)],
    initializer: [floats("w", [3, 2], [1, 2, 3, 4, 5, 6]), floats("b", [1, 2], [7, 8])],
    node: [node("MatMul", ["x", "w"], ["p"]), node("Add", ["b", "p"], ["y"])],
  });
  const model = decodeOnnx(bytes);
  assertEquals(model.nodes.map(({ op, outputs }) => [op, outputs]), [["Gemm", ["y"]]]);
  const [, weight, bias] = model.nodes[0].inputs.map((name) => model.weights.get(name));
  assertEquals(values(weight!), Float32Array.of(1, 3, 5, 2, 4, 6));
  assertEquals(bias!.shape, [2]);
});

Deno.test("an operator without effect is left out, except between an input and an output", () => {
  const graph: onnx.IGraphProto = {
    input: [value("x", 1, 3)],
    output: [value("y", 1, 3), value("z", 1, 3), value("v", 1, 3), value("c", 2)],
    initializer: [floats("k", [2], [1, 2])],
    node: [
      node("Identity", ["x"], ["y"]),
      node("Relu", ["x"], ["a"]),
      node("Identity", ["a"], ["z"]),
      node("Identity", ["a"], ["v"]),
      node("Identity", ["k"], ["c"]),
    ],
  };
  assertEquals(
    decodeOnnx(file(graph)).nodes.map(({ op, inputs, outputs }) => [op, ...inputs, ...outputs]),
    [
      ["Relu", "x", "z"],
      ["Identity", "x", "y"],
      ["Identity", "z", "v"],
      ["Identity", "k", "c"],
    ],
  );
});

Deno.test("pads of auto_pad follow from the extents; a softmax of opset 12 spans all axes behind", () => {
  const graph = {
    input: [value("x", 1, 2, 5, 4)],
    output: [value("y")],
    node: [
      node("MaxPool", ["x"], ["a"], {
        kernel_shape: [2, 3],
        strides: [2, 2],
        auto_pad: "SAME_LOWER",
      }),
      node("Softmax", ["a"], ["y"]),
    ],
  };
  const [pool, ...rest] = summary(file(graph, 12));
  assertEquals((pool.attributes as { pads: number[] }).pads, [1, 1, 0, 0]);
  assertEquals(rest.map(({ op, attributes }) => [op, attributes]), [
    ["Reshape", { shape: [1, 12] }],
    ["Softmax", { axis: 1 }],
    ["Reshape", { shape: [1, 2, 3, 2] }],
  ]);
});

Deno.test("weights of other float types are converted, with a note", () => {
  const half = { name: "w", dims: [2], dataType: FLOAT16, int32Data: [0x3c00, 0xc000] };
  const raw = { ...half, int32Data: [], rawData: Uint8Array.of(0x00, 0x3c, 0x00, 0xc0) };
  for (const w of [half, raw]) {
    const notes: string[] = [];
    const bytes = file({
      input: [value("x", 2)],
      output: [value("y", 2)],
      initializer: [w],
      node: [node("Mul", ["x", "w"], ["y"])],
    });
    const model = decodeOnnx(bytes, { onNote: (text) => notes.push(text) });
    assertEquals(values(model.weights.get("w")!), Float32Array.of(1, -2));
    assertEquals(notes, ['tensor "w": converted from FLOAT16 to FLOAT']);
  }
});

Deno.test("absurd sizes are refused before memory is taken", () => {
  const build = (op: string, shape: Shape) =>
    file({
      input: [value("x", 1)],
      output: [value("y")],
      initializer: [int64s("shape", ...shape), floats("w", [1], [1])],
      node: op === "Expand"
        ? [node("Expand", ["w", "shape"], ["big"]), node("Add", ["x", "big"], ["y"])]
        : [node(op, ["shape"], ["big"]), node("Add", ["x", "big"], ["y"])],
    });
  for (const shape of [[2 ** 40], [2 ** 30, 2 ** 30], [-5], [2 ** 52, 2 ** 52, 2 ** 52]]) {
    for (const op of ["Expand", "ConstantOfShape"]) {
      assertThrows(() => decodeOnnx(build(op, shape)), RangeError, "Cannot read ONNX model");
    }
  }
  const declared = (dims: number[]) =>
    file({
      input: [value("x", 1)],
      output: [value("y")],
      initializer: [{ name: "w", dims, dataType: FLOAT }],
      node: [node("Add", ["x", "w"], ["y"])],
    });
  assertThrows(() => decodeOnnx(declared([2 ** 40])), RangeError, "0 values for shape");
  assertThrows(() => decodeOnnx(declared([-1, -1])), RangeError, "shape [-1,-1]");
  assertThrows(() => decodeOnnx(declared(new Array(1000).fill(1))), RangeError, "at most 16 axes");
});

Deno.test("external data is read inside the model's folder, and nowhere else", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const model = `${folder}/in/model.onnx`;
    await Deno.mkdir(`${folder}/in/sub`, { recursive: true });
    const weights = new Uint8Array(Float32Array.of(0, 1, 2).buffer);
    for (const path of ["in/w.bin", "in/sub/w.bin", "w.bin"]) {
      await Deno.writeFile(`${folder}/${path}`, weights);
    }
    await Deno.symlink("../w.bin", `${folder}/in/out`);
    await Deno.symlink("w.bin", `${folder}/in/inside`);
    await Deno.symlink("loop", `${folder}/in/loop`);
    const write = (location: string, offset = "4", length = "8") => {
      const external = Object.entries({ location, offset, length });
      const w: onnx.ITensorProto = {
        name: "w",
        dims: [2],
        dataType: FLOAT,
        dataLocation: TensorProto.DataLocation.EXTERNAL,
        externalData: external.map(([key, value]) => ({ key, value })),
      };
      Deno.writeFileSync(
        model,
        file({
          input: [value("x", 2)],
          output: [value("y", 2)],
          initializer: [w],
          node: [node("Mul", ["x", "w"], ["y"])],
        }),
      );
    };
    for (const location of ["w.bin", "sub/w.bin", "inside"]) {
      write(location);
      const { weights } = await readOnnx(model);
      assertEquals(values(weights.get("w")!), Float32Array.of(1, 2), location);
    }
    const outside = [
      "../w.bin",
      `${folder}/in/w.bin`,
      "out",
      "sub/../w.bin",
      "",
      "none",
      "loop",
      "sub",
    ];
    for (const location of outside) {
      write(location);
      await assertRejects(() => readOnnx(model), RangeError, "inside the model's folder");
    }
    for (const [offset, length] of [["8", "8"], ["-4", "8"], ["1e1", "8"], ["4", "99999999999"]]) {
      write("w.bin", offset, length);
      await assertRejects(() => readOnnx(model), RangeError, "has 12 bytes");
    }
    write("w.bin", "0", "12");
    await assertRejects(() => readOnnx(model), RangeError, "3 values for shape [2]");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
