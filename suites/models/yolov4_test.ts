import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { type LayerCosts, modelCosts } from "../../graph/costs.ts";
import type { Model, Node } from "../../graph/model.ts";
import { type Tensor, values } from "../../graph/tensor.ts";
import { assertSeeded, type LayerRow, readLayerTable, runWatched, sharedFile } from "./testing.ts";
import { buildYolov4, type Yolov4Options } from "./yolov4.ts";
import { HEADS } from "./yolov4/heads.ts";

const table = await sharedFile("methods/fixtures/yolov4_csp_layers_320.tsv");

/** How the configuration calls the operators that it has. */
const TYPES = {
  conv: "convolutional",
  add: "shortcut",
  concat: "route",
  pool: "maxpool",
  up: "upsample",
};

/** Nodes whose names are a type and an index. */
function isLayer({ name }: { readonly name: string }): boolean {
  return /^(conv|add|concat|pool|up)\d+$/.test(name);
}

/** One row of the fixture, as the model has it; parameters include the batch normalisation's. */
function row(model: Model, layer: LayerCosts, normParams = 0): LayerRow {
  const { name, input, output, weights, params, macs } = layer;
  const [, type, idx] = /^([a-z]+)(\d+)$/.exec(name)!;
  const node = model.nodes.find((node) => node.name === name)!;
  const follow = (x: string) => model.nodes.find(({ inputs }) => inputs[0] === x);
  const conv = node.op === "Conv";
  const norm = conv && follow(name)?.op === "BatchNormalization" ? follow(name) : undefined;
  const activation = norm && follow(norm.outputs[0]);
  const window = conv || node.op === "MaxPool" ? node.attributes : undefined;
  return {
    idx,
    type: TYPES[type as keyof typeof TYPES],
    in: conv ? `${input[1]}` : "",
    out: `${output[1]}`,
    k: window ? `${window.kernel_shape[0]}` : "",
    stride: window ? `${window.strides[0]}` : type === "up" ? `${output[2] / input[2]}` : "",
    bn: conv ? `${Number(norm !== undefined)}` : "",
    act: activation?.op === "LeakyRelu" && Math.abs(activation.attributes.alpha - 0.1) < 1e-9
      ? "leaky"
      : conv || type === "add"
      ? "linear"
      : "",
    h: `${output[2]}`,
    w: `${output[3]}`,
    weights: `${weights}`,
    params: `${params + normParams}`,
    macs: `${macs}`,
    note: node.op === "Resize"
      ? node.attributes.mode
      // What is joined, in its order.
      : node.op === "Concat" || node.op === "Add"
      ? node.inputs.map((x) => layerIndex(model, x)).join()
      : "",
  };
}

/** Index of the layer that made a value. */
function layerIndex(model: Model, value: string): string {
  return model.nodes.find(({ outputs }) => outputs.includes(value))!.name.match(/\d+/)![0];
}

Deno.test({
  name: "every layer of YOLOv4 is as in the table of layers (needs ../shared)",
  ignore: !table,
  async fn() {
    const expected = await readLayerTable(table!);
    const routes = new Map(expected.map(({ idx, note }) => [idx, /^from (\d+)$/.exec(note)?.[1]]));
    // Routes from one layer are references; what is left names the layers themselves.
    const resolved = (note: string) =>
      note.replace("from ", "").split(/[,+]/).map((idx) => routes.get(idx) ?? idx).join();
    const layersOnly = expected
      .filter(({ idx, type }) => type !== "yolo" && routes.get(idx) === undefined)
      .map((layer) => {
        const columns = Object.entries(layer).filter(([name]) => !name.startsWith("ratio"));
        return { ...Object.fromEntries(columns), note: resolved(layer.note) };
      });
    const model = buildYolov4();
    const { layers } = modelCosts(model);
    const norms = new Map(layers.map(({ name, params }) => [name, params]));
    const rows = layers.filter(isLayer)
      .map((layer) => row(model, layer, norms.get(`${layer.name}/bn`)));
    assertEquals(rows, layersOnly);
  },
});

Deno.test("YOLOv4 has the parameters, MACs and boxes of YOLObile's network at each size", () => {
  const published = [[320, 17.258, 6300], [416, 29.166, 10647], [608, 62.302, 22743]];
  for (const [size, gmacs, boxes] of published) {
    const model = buildYolov4({ size });
    const { params, macs, layers } = modelCosts(model);
    assertEquals([params, (macs / 1e9).toFixed(3)], [64_342_109, `${gmacs}`]);
    assertEquals(layers.filter(({ op }) => op === "Conv").length, 106);
    assertEquals(model.outputs, [
      { name: "boxes", shape: [1, boxes, 4] },
      { name: "scores", shape: [1, boxes, 80] },
    ]);
  }
});

/** Small enough to run in a moment. */
const NARROW: Yolov4Options = { size: 64, width: 1 / 8, classes: 7 };

function counts(model: Model): Partial<Record<Node["op"], number>> {
  const result: Partial<Record<Node["op"], number>> = {};
  for (const { op } of model.nodes) result[op] = (result[op] ?? 0) + 1;
  return result;
}

Deno.test("variants have the operators that YOLObile replaced", () => {
  const leaky = counts(buildYolov4(NARROW));
  assertEquals([leaky.LeakyRelu, leaky.Mish, leaky.HardSigmoid], [103, undefined, undefined]);
  const mish = counts(buildYolov4({ ...NARROW, activation: "mish" }));
  assertEquals([mish.LeakyRelu, mish.Mish, mish.Conv], [undefined, 103, leaky.Conv]);
  const sam = counts(buildYolov4({ ...NARROW, attention: "sigmoid" }));
  assertEquals([sam.Conv! - leaky.Conv!, sam.Sigmoid! - leaky.Sigmoid!, sam.Mul! - leaky.Mul!], [
    3,
    3,
    3,
  ]);
  const hard = counts(buildYolov4({ ...NARROW, attention: "hard-sigmoid" }));
  assertEquals([hard.HardSigmoid, hard.Sigmoid, hard.Mul], [3, leaky.Sigmoid, sam.Mul]);
});

Deno.test("attention stands between the two convolutions of a head", () => {
  const model = buildYolov4({ ...NARROW, attention: "hard-sigmoid", decode: false });
  for (const { index } of HEADS) {
    const node = (name: string) => model.nodes.find((node) => node.name === name)!;
    assertEquals(node(`sam${index}`).inputs[0], `conv${index}/leaky`);
    assertEquals(node(`sam${index}/mul`).inputs, [`conv${index}/leaky`, `sam${index}/hardsigmoid`]);
    assertEquals(node(`conv${index + 1}`).inputs[0], `sam${index}/mul`);
  }
});

/** The decode of one head as the paper writes it, box by box. */
function decodeHead(raw: Tensor, { stride, anchors }: typeof HEADS[number], classes: number) {
  const sigmoid = (t: number) => 1 / (1 + Math.exp(-t));
  const [, , height, width] = raw.shape;
  const boxes: number[] = [], scores: number[] = [];
  for (const [a, [aw, ah]] of anchors.entries()) {
    for (let j = 0; j < height; j++) {
      for (let i = 0; i < width; i++) {
        const at = (k: number) => raw.get(0, a * (5 + classes) + k, j, i);
        const [x, y] = [(sigmoid(at(0)) + i) * stride, (sigmoid(at(1)) + j) * stride];
        const [w, h] = [Math.exp(at(2)) * aw, Math.exp(at(3)) * ah];
        boxes.push(x - w / 2, y - h / 2, x + w / 2, y + h / 2);
        for (let k = 0; k < classes; k++) scores.push(sigmoid(at(4)) * sigmoid(at(5 + k)));
      }
    }
  }
  return { boxes, scores };
}

Deno.test("the decode in the graph is the decode of the raw heads, box by box", async () => {
  const model = buildYolov4(NARROW);
  const raw = ["conv132", "conv143", "conv154"];
  const outputs = await runWatched(model, [...raw, "boxes", "scores"]);
  const heads = HEADS.map((head, i) => decodeHead(outputs.get(raw[i])!, head, 7));
  for (const name of ["boxes", "scores"] as const) {
    const expected = heads.flatMap((head) => head[name]);
    const actual = values(outputs.get(name)!);
    assertEquals(actual.length, expected.length);
    expected.forEach((value, i) =>
      assertAlmostEquals(actual[i], value, 1e-3 + 1e-5 * Math.abs(value))
    );
  }
});

Deno.test("without decode the outputs are the raw heads", () => {
  assertEquals(buildYolov4({ ...NARROW, decode: false }).outputs, [
    { name: "conv132", shape: [1, 36, 8, 8] },
    { name: "conv143", shape: [1, 36, 4, 4] },
    { name: "conv154", shape: [1, 36, 2, 2] },
  ]);
});

for (const activation of ["leaky", "mish"] as const) {
  for (const attention of ["none", "sigmoid", "hard-sigmoid"] as const) {
    Deno.test(`activations keep their scale in ONNX Runtime with ${activation}, SAM ${attention}`, async () => {
      const model = buildYolov4({ ...NARROW, activation, attention });
      const end = new RegExp(`^(conv\\d+/${activation}|add\\d+|concat\\d+|sam\\d+/mul)$`);
      const watched = model.nodes.map(({ name }) => name).filter((name) => end.test(name));
      for (const [name, output] of await runWatched(model, watched)) {
        const squares = values(output).reduce((sum, v) => sum + v * v, 0);
        const rms = Math.sqrt(squares / values(output).length);
        assert(rms > 0.05 && rms < 20, `${name}: root mean square ${rms}`);
      }
    });
  }
}

Deno.test("weights depend on the seed and their own names only", () => {
  const weights = (options: Yolov4Options) => buildYolov4({ ...NARROW, ...options }).weights;
  const [plain, attentive] = [weights({}), weights({ attention: "sigmoid" })];
  for (const [name, weight] of plain) {
    assertEquals(values(attentive.get(name)!), values(weight), name);
  }
  // The decode has constants, which no seed changes.
  assertSeeded((seed) => buildYolov4({ ...NARROW, decode: false, seed }));
});

Deno.test("a network may have other anchors, as many as it likes", async () => {
  const anchors = [[[4, 5]], [[20, 30], [40, 25]], [[50, 60]]] as const;
  const model = buildYolov4({ ...NARROW, anchors });
  const raw = ["conv132", "conv143", "conv154"];
  const outputs = await runWatched(model, [...raw, "boxes", "scores"]);
  const heads = HEADS.map((head, i) =>
    decodeHead(outputs.get(raw[i])!, { ...head, anchors: anchors[i] }, 7)
  );
  const expected = heads.flatMap(({ boxes }) => boxes);
  const actual = values(outputs.get("boxes")!);
  assertEquals(actual.length, 4 * (64 + 2 * 16 + 4));
  expected.forEach((value, i) =>
    assertAlmostEquals(actual[i], value, 1e-3 + 1e-5 * Math.abs(value))
  );
});

Deno.test("anchors that are not three lists of sides are refused", () => {
  for (const anchors of [[], [[[1, 1]], [], [[2, 2]]], [[[1, 1]], [[0, 1]], [[2, 2]]]]) {
    assertThrows(
      () => buildYolov4({ anchors: anchors as unknown as Yolov4Options["anchors"] }),
      RangeError,
      `"anchors" must be three lists of sides above 0: current value is ${JSON.stringify(anchors)}`,
    );
  }
});

Deno.test("a size that the strides do not divide is refused", () => {
  for (const size of [0, 100, -32, NaN]) {
    assertThrows(
      () => buildYolov4({ size }),
      RangeError,
      `"size" must be a positive multiple of 32: current value is ${size}`,
    );
  }
});
