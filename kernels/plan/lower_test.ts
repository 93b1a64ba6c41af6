import { assert, assertEquals, assertLess, assertMatch, assertThrows } from "@std/assert";
import { GraphBuilder } from "../../graph/builder.ts";
import type { Model } from "../../graph/model.ts";
import { zeros } from "../../graph/tensor.ts";
import { randomBatchNorm, randomWeights, smallNet } from "../../graph/testing.ts";
import { allNets } from "../../graph/testing/nets.ts";
import { NETS } from "../testing/nets.ts";
import { prune, PRUNINGS } from "../testing/prunings.ts";
import { lower } from "./lower.ts";
import { checkPlan } from "./check.ts";
import { storedBytes } from "./stored_bytes.ts";

type Build = (g: GraphBuilder, x: string) => string | readonly string[];

/** A model of one input, and of what `build` makes of it. */
function modelOf(shape: readonly number[], build: Build): Model {
  const g = new GraphBuilder("test");
  const outputs = build(g, g.input("x", shape));
  for (const name of [outputs].flat()) g.output(name);
  return g.build();
}

function conv(g: GraphBuilder, x: string, name: string, kernel = 1, stride = 1): string {
  const pad = kernel >> 1, filters = g.shapeOf(x)[1];
  return g.conv(x, { name, filters, kernel, stride, pad, weights: randomWeights() });
}

/** What the operators of a model's plan do, in short. */
function operatorsOf(model: Model): string[] {
  return lower(model, { winograd: false }).operators.map((op) =>
    [
      op.kind === "elementwise" || op.kind === "pool" ? op.function : op.kind,
      op.activation.kind !== "none" && op.activation.kind,
      op.kind === "convolution" && op.inputs.length > 1 && op.function,
      op.kind === "convolution" && op.pool && "pool",
    ].filter(Boolean).join("+")
  );
}

const IMAGE = [1, 4, 6, 6];

Deno.test("a function of one value is computed as what it reads is stored", () => {
  const chain = (build: Build) => operatorsOf(modelOf(IMAGE, build));
  assertEquals(chain((g, x) => g.relu(conv(g, x, "c"))), ["convolution+relu"]);
  assertEquals(chain((g, x) => g.clip(conv(g, x, "c"), 0, 6)), ["convolution+clip"]);
  assertEquals(chain((g, x) => g.leakyRelu(g.add(x, conv(g, x, "c")))), [
    "convolution+leaky_relu+add_then_activate",
  ]);
  assertEquals(chain((g, x) => g.unary(g.mul(x, x), "Mish")), ["mul+mish"]);
  assertEquals(
    chain((g, x) => g.relu(g.gemm(g.flatten(x), { name: "f", outputs: 3, weights: zeros }))),
    ["fully_connected+relu"],
  );
  assertEquals(
    chain((g, x) => g.unary(g.maxPool(x, { name: "p", kernel: 3 }), "Sigmoid")),
    ["max+sigmoid"],
  );
});

Deno.test("the patterns that exporters write for one function are that function", () => {
  const gated = (gate: (g: GraphBuilder, x: string) => string) =>
    operatorsOf(modelOf(IMAGE, (g, x) => {
      const y = conv(g, x, "c");
      return g.mul(y, gate(g, y));
    }));
  const mish = (g: GraphBuilder, x: string) => g.unary(g.unary(x, "Softplus"), "Tanh");
  assertEquals(gated((g, x) => g.unary(x, "Sigmoid")), ["convolution+silu"]);
  assertEquals(gated(mish), ["convolution+mish"]);
  assertEquals(
    gated((g, x) => g.unary(x, "HardSigmoid", { alpha: 1 / 6, beta: 0.5 })),
    ["convolution+hard_swish"],
  );
  assertEquals(gated((g, x) => g.unary(x, "HardSigmoid", { alpha: 0.2 })), [
    "convolution",
    "copy+hard_sigmoid",
    "mul",
  ]);
  assertEquals(
    operatorsOf(modelOf(IMAGE, (g, x) => {
      const y = conv(g, x, "c"), gate = g.unary(y, "Sigmoid");
      return [g.mul(y, gate), g.identity(gate)];
    })),
    ["convolution", "copy+sigmoid", "mul"],
  );
});

Deno.test("a sum rides behind the convolution that is the last to be ready", () => {
  const block: Build = (g, x) => {
    const y = g.relu(conv(g, x, "a", 3));
    return g.relu(g.add(conv(g, y, "b", 3), x));
  };
  assertEquals(operatorsOf(modelOf(IMAGE, block)), [
    "convolution+relu",
    "convolution+relu+add_then_activate",
  ]);
  const behind: Build = (g, x) => g.add(x, g.unary(conv(g, x, "a"), "Mish"));
  assertEquals(operatorsOf(modelOf(IMAGE, behind)), ["convolution+mish+activate_then_add"]);
  const both: Build = (g, x) => g.add(conv(g, x, "a"), conv(g, x, "b"));
  assertEquals(operatorsOf(modelOf(IMAGE, both)), ["convolution", "convolution+add_then_activate"]);
  const broadcast: Build = (g, x) => g.add(conv(g, x, "a"), g.globalAveragePool(x));
  assertEquals(operatorsOf(modelOf(IMAGE, broadcast)).sort(), ["add", "convolution", "reduce"]);
});

Deno.test("windows that tile are fused behind a direct convolution; others are not", () => {
  const net = (name: string) => operatorsOf(NETS.find((net) => net.name === name)!.build(1));
  assertEquals(net("3x3x3, fused pool"), ["convolution+relu+pool"]);
  assertEquals(net("fused pool without ReLU"), ["convolution+pool"]);
  assertEquals(net("overlapping pool"), ["convolution+relu", "max"]);
  assertEquals(net("padded pool"), ["convolution+relu", "max"]);
  assertEquals(net("pool too wide to fuse"), ["convolution", "max"]);
  assertEquals(net("ReLU behind a pool"), ["convolution+pool", "copy+relu", "convolution"]);
});

Deno.test("a value that somebody else reads is kept, not fused away", () => {
  const twice: Build = (g, x) => {
    const y = conv(g, x, "c");
    return [g.relu(y), g.unary(y, "Tanh")];
  };
  assertEquals(operatorsOf(modelOf(IMAGE, twice)), ["convolution", "copy+relu", "copy+tanh"]);
  const output: Build = (g, x) => {
    const y = conv(g, x, "c");
    return [y, g.relu(y)];
  };
  assertEquals(operatorsOf(modelOf(IMAGE, output)), ["convolution", "copy+relu"]);
});

Deno.test("what is joined is written to its place at once, also through several joins", () => {
  const join: Build = (g, x) => {
    const [a, b, c] = ["a", "b", "c"].map((name) => g.relu(conv(g, x, name, 3)));
    return conv(g, g.concat([a, g.concat([b, c], 1, "inner")], 1, "outer"), "last", 3);
  };
  const plan = lower(modelOf(IMAGE, join), { winograd: false });
  assertEquals(plan.operators.map(({ name }) => name), ["a", "b", "c", "last"]);
  // Only one of the joins of one value can have it; the other gets a copy.
  const two: Build = (g, x) => {
    const a = conv(g, x, "a"), b = conv(g, x, "b");
    return [g.concat([a, b], 1, "ab"), g.concat([b, a], 1, "ba")];
  };
  assertEquals(operatorsOf(modelOf(IMAGE, two)), ["convolution", "convolution", "copy", "copy"]);
});

Deno.test("splits, slices, transpositions and reshapes of packed values move nothing", () => {
  const parts: Build = (g, x) => {
    const [a, b] = g.split(conv(g, x, "c", 3), 1, 2);
    return g.add(conv(g, a, "a", 3), conv(g, b, "b", 3));
  };
  assertEquals(operatorsOf(modelOf(IMAGE, parts)), [
    "convolution",
    "convolution",
    "convolution+add_then_activate",
  ]);
  const views: Build = (g, x) => {
    const y = g.transpose(g.reshape(conv(g, x, "c"), [1, 2, 2, 36]), [0, 2, 1, 3]);
    return g.relu(g.slice(y, { 3: { begin: 4, step: -2 } }));
  };
  assertEquals(operatorsOf(modelOf(IMAGE, views)), ["convolution", "copy+relu"]);
});

Deno.test("a strided convolution copies its input into the phases that it reads", () => {
  const strided = (kernel: number) =>
    lower(modelOf(IMAGE, (g, x) => conv(g, x, "c", kernel, 2))).operators.map(({ name }) => name);
  assertEquals(strided(1), ["c/phase 0 0 0", "c"]);
  assertEquals(strided(3).sort(), [
    "c",
    ...["0 0", "0 1", "1 0", "1 1"].map((phase) => `c/phase 0 ${phase}`),
  ]);
});

Deno.test("groups and images are operators of their own on the same weights; depthwise is one", () => {
  const grouped = (group: number, batch = 1) =>
    lower(
      modelOf([batch, 4, 5, 5], (g, x) => {
        const weights = randomWeights();
        return g.conv(x, { name: "c", filters: 8, kernel: 3, pad: 1, group, weights });
      }),
      { winograd: false },
    ).operators;
  assertEquals(grouped(2).map(({ name }) => name), ["c/group 0", "c/group 1"]);
  assertEquals(grouped(4).map(({ kind }) => kind), ["depthwise"]);
  const [first, second] = grouped(1, 2);
  assertEquals([first.name, second.name], ["c/image 0", "c/image 1"]);
  assert("matrix" in first && "matrix" in second && first.matrix === second.matrix);
});

Deno.test("groups of a pruned convolution take what is kept of their own filters", () => {
  const model = modelOf([1, 8, 5, 5], (g, x) => {
    const weights = randomWeights();
    return g.conv(x, { name: "c", filters: 16, kernel: 3, group: 2, weights });
  });
  // Weights [16, 4, 3, 3], of each group how many are computed.
  const computed = (filters: number, keeps: (position: number, block: number) => boolean) => {
    const layout = { filters, channels: 4, positions: "each" } as const;
    const kept = Uint8Array.from(
      { length: 16 / filters * 9 },
      (_, g) => Number(keeps(g % 9, Math.floor(g / 9))),
    );
    const structures = new Map([["c.weight", { scheme: "kgs", layout, kept }]]);
    const notes: string[] = [];
    const { operators } = lower({ ...model, structures }, { onNote: (note) => notes.push(note) });
    return [operators.map((op) => "matrix" in op && op.matrix.weights.length), notes.length];
  };
  assertEquals(computed(8, (position, block) => position <= block), [[8 * 4, 8 * 8], 0]);
  assertEquals(computed(8, (_, block) => block === 1), [[0, 8 * 36], 0]);
  // Single rows that keep nearly all are slower than whole blocks.
  assertEquals(computed(1, (position, row) => position !== row % 9), [[8 * 36, 8 * 36], 1]);
});

Deno.test("batch normalization is folded into the layer before it", () => {
  const model = modelOf(
    IMAGE,
    (g, x) => g.relu(g.batchNorm(conv(g, x, "c"), randomBatchNorm("bn"))),
  );
  assertEquals(operatorsOf(model), ["convolution+relu"]);
  const alone = modelOf(IMAGE, (g, x) => g.relu(g.batchNorm(x, randomBatchNorm("bn"))));
  assertEquals(operatorsOf(alone), ["multiply_add+relu"]);
});

Deno.test("an output is a place of its own, even if it is an input or a constant", () => {
  const model = modelOf(IMAGE, (g, x) => [g.identity(x), g.identity(g.weight("w", zeros([3])))]);
  const { outputs, inputs, tensors, operators } = lower(model);
  assertEquals(operators.map(({ kind }) => kind), ["elementwise", "elementwise"]);
  const places = [...inputs, ...outputs].map(({ tensor }) => tensors[tensor].base);
  assertEquals(new Set(places).size, 3);
});

Deno.test("memory is shared by values that are not needed together, and padding cleared then", () => {
  const deep = modelOf([1, 8, 12, 12], (g, x) => {
    for (let i = 0; i < 12; i++) x = g.relu(conv(g, x, `conv${i}`, 3));
    return x;
  });
  const plan = lower(deep, { winograd: false });
  assertLess(plan.arenaFloats, 6 * 8 * 12 * 12);
  const cleared = plan.operators.filter(({ kind }) => kind === "clear").map(({ name }) => name);
  assert(
    cleared.length > 0 && cleared.every((name) => /^conv\d+\/padding$/.test(name)),
    `${cleared}`,
  );
  const shallow = modelOf(IMAGE, (g, x) => conv(g, conv(g, x, "a", 3), "b", 3));
  assert(!operatorsOf(shallow).includes("clear"));
});

Deno.test("Winograd's algorithm is taken where it is faster, and not if it may not be", () => {
  const model = modelOf([1, 64, 28, 28], (g, x) => conv(g, x, "c", 3));
  const kinds = (winograd?: boolean) => lower(model, { winograd }).operators.map((op) => op.kind);
  assertEquals([kinds(), kinds(true), kinds(false)], [["winograd"], ["winograd"], ["convolution"]]);
});

Deno.test("a pruned layer that would be slower takes its dense form, and says so", () => {
  const dense = modelOf([1, 64, 28, 28], (g, x) => conv(g, x, "c", 3));
  const pruned = (name: string) => {
    const notes: string[] = [];
    const model = prune(dense, PRUNINGS.find((pruning) => pruning.name === name)!, 1);
    const [op] =
      lower(model, { onNote: (note, layer) => notes.push(`${layer}: ${note}`) }).operators;
    return { kind: op.kind, notes, bytes: storedBytes(op).values };
  };
  const sparse = pruned("unstructured 0.05"), column = pruned("unstructured 0.6");
  assertEquals([sparse.kind, sparse.notes], ["convolution", []]);
  assertLess(sparse.bytes, 0.1 * 64 * 64 * 9 * 4);
  assertEquals(column.kind, "winograd");
  assertMatch(column.notes[0], /^c: dense form \(winograd\): sparse it would take/);
});

Deno.test("lowering is deterministic", () => {
  assertEquals(lower(smallNet(3)), lower(smallNet(3)));
  for (const model of allNets()) assertEquals(lower(model), lower(model));
});

Deno.test("what the runtime lacks is refused by name", () => {
  const refuses = (model: Model, message: string) =>
    assertThrows(() => lower(model), RangeError, message);
  const computed = new GraphBuilder("computed");
  const [x, w] = [computed.input("x", [1, 2, 4, 4]), computed.input("w", [3, 2, 1, 1])];
  const attributes = {
    kernel_shape: [1, 1],
    strides: [1, 1],
    pads: [0, 0, 0, 0],
    dilations: [1, 1],
    group: 1,
  };
  computed.append({ name: "c", op: "Conv", inputs: [x, w], outputs: ["y"], attributes });
  refuses(
    computed.output("y").build(),
    'Cannot lower Conv "c" as its weights must be constants of the model: current value is "w"',
  );
  refuses(
    modelOf([1, 1, 1, 1, 1, 1, 2], (g, x) => g.relu(x)),
    'Cannot lower model "test" as "x" must have at most 6 axes',
  );
  refuses(
    modelOf([2, 3, 4], (g, x) =>
      g.append({
        name: "r",
        op: "Resize",
        inputs: [x],
        outputs: ["y"],
        attributes: {
          mode: "nearest",
          coordinate_transformation_mode: "asymmetric",
          nearest_mode: "floor",
          cubic_coeff_a: -0.75,
          exclude_outside: 0,
          antialias: 0,
          scales: [1, 2, 1],
          sizes: [2, 6, 4],
          given: "scales",
        },
      })),
    'Cannot lower Resize "r" as only axes behind the first two can change',
  );
});

Deno.test("no axis of a plan is longer than its checks allow", () => {
  const g = new GraphBuilder("segmentation");
  const x = g.input("x", [1, 2, 1025, 1024]);
  const model = g.output(g.softmax(g.unary(x, "Sigmoid"), 1)).build();
  const plan = lower(model);
  assertEquals(plan.operators.map(({ kind }) => kind), ["elementwise", "softmax"]);
  checkPlan(plan);
});
