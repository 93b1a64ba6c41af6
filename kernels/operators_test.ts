/**
 * The operators besides convolution, in plans made by hand, against ONNX Runtime.
 *
 * @module
 */

import { GraphBuilder, type UnaryFunction } from "../graph/builder.ts";
import type { Reduction } from "../graph/model.ts";
import { openReference } from "../graph/reference.ts";
import { type Shape, sizeOf, tensor } from "../graph/tensor.ts";
import type {
  ActivationKind,
  PoolOperator,
  ReduceFunction,
  ResampleTable,
  Triple,
} from "./plan/plan.ts";
import { HandmadePlan, someFloats } from "./testing/plans.ts";
import { assertClose, type PlanRunner, testPlans } from "./testing/run_plan.ts";

type Build = (g: GraphBuilder, x: string) => string;

/** What ONNX Runtime makes of one input. */
async function oracle(x: Float32Array<ArrayBuffer>, shape: Shape, build: Build) {
  const g = new GraphBuilder("oracle");
  g.output(build(g, g.input("x", shape)));
  const model = g.build();
  await using session = await openReference(model);
  const [y] = (await session.run(new Map([["x", tensor(x, shape)]]))).values();
  return { y: Float32Array.from(y.data), shape: y.shape };
}

/** Some values of each scale, all the way to the ends, and a dense line in between. */
function grid(): Float32Array<ArrayBuffer> {
  const x = [0, -0, Infinity, -Infinity, NaN, 88, -88, 88.7228, -87.3366, 3.4e38, -3.4e38, 104];
  for (let i = -20000; i <= 20000; i++) x.push(i * 0.0051);
  for (let e = -149; e < 128; e++) for (const m of [1, 1.37, 1.9]) x.push(m * 2 ** e, -m * 2 ** e);
  return Float32Array.from(x);
}

const silu: Build = (g, x) => g.mul(x, g.unary(x, "Sigmoid"));

/** Kinds, their parameters and what ONNX calls them; whether values cancel, so that results are
 * only as exact as what went in. */
const ACTIVATIONS: readonly (readonly [
  kind: ActivationKind,
  alpha: number,
  beta: number,
  onnx: Build,
  cancels?: true,
])[] = [
  ["none", 0, 0, (g, x) => g.identity(x)],
  ["relu", 0, 0, unary("Relu")],
  ["leaky_relu", 0.1, 0, unary("LeakyRelu", { alpha: 0.1 })],
  ["clip", -0.5, 6, unary("Clip", { min: -0.5, max: 6 })],
  ["sigmoid", 0, 0, unary("Sigmoid")],
  ["hard_sigmoid", 0.2, 0.5, unary("HardSigmoid", { alpha: 0.2, beta: 0.5 })],
  ["hard_swish", 0, 0, unary("HardSwish"), true],
  ["silu", 0, 0, silu],
  ["mish", 0, 0, unary("Mish")],
  ["tanh", 0, 0, unary("Tanh")],
  ["elu", 1.5, 0, unary("Elu", { alpha: 1.5 })],
  ["celu", 0.7, 0, unary("Celu", { alpha: 0.7 })],
  ["selu", 1.6, 1.05, unary("Selu", { alpha: 1.6, gamma: 1.05 })],
  ["gelu", 0, 0, unary("Gelu", { approximate: "none" }), true],
  ["gelu_tanh", 0, 0, unary("Gelu", { approximate: "tanh" }), true],
  ["softplus", 0, 0, unary("Softplus")],
  ["softsign", 0, 0, unary("Softsign")],
  ["erf", 0, 0, unary("Erf")],
  ["exp", 0, 0, unary("Exp")],
  ["log", 0, 0, unary("Log")],
  ["sqrt", 0, 0, unary("Sqrt")],
  ["abs", 0, 0, unary("Abs")],
  ["neg", 0, 0, unary("Neg")],
  ["reciprocal", 0, 0, unary("Reciprocal")],
  ["floor", 0, 0, unary("Floor")],
  ["ceil", 0, 0, unary("Ceil")],
];

function unary(op: UnaryFunction, parameters: Record<string, number | string> = {}): Build {
  return (g, x) => g.unary(x, op, parameters);
}

const COPY = { kind: "elementwise", function: "copy" } as const;

testPlans(
  "activations are accurate to 1e-6 from end to end, and those of ONNX Runtime",
  async (runner) => {
    const x = grid(), inputs = new Map([["x", x]]);
    const magnitudes = x.map((v) => Number.isFinite(v) ? Math.abs(v) : 0);
    const roughly = magnitudes.map((v) => Math.max(v, 0.05));
    for (const [kind, alpha, beta, onnx, cancels] of ACTIVATIONS) {
      const p = new HandmadePlan(),
        y = p.activation([x.length]),
        activation = { kind, alpha, beta };
      p.output("y", p.add([p.input("x", p.activation([x.length]))], y, COPY, { activation }));
      const results = new Map<string, Float32Array>();
      await runner.run(p.build(), inputs, (out, way) => results.set(way, out.get("y")!));
      const exact = results.get("reference with 2 threads")!;
      const theirs = (await oracle(x, [x.length], onnx)).y;
      // Near the ends ONNX Runtime's own formulas give way.
      for (let i = 0; i < x.length; i++) if (magnitudes[i] > 100) theirs[i] = exact[i];
      for (const [way, values] of results) {
        const scale = cancels ? magnitudes : 1e-37;
        assertClose(values, exact, `${kind} on ${way}, exactly`, { scale });
        assertClose(values, theirs, `${kind} on ${way}`, { tolerance: 4e-6, scale: roughly });
      }
    }
  },
);

/** One operator on a volume with gaps, to one without, against ONNX Runtime on `[1, C, D, H, W]`. */
async function holdsVolumes(
  runner: PlanRunner,
  message: string,
  from: Shape,
  special: Parameters<HandmadePlan["add"]>[2],
  build: Build,
  change: (x: Float32Array) => void = () => {},
): Promise<void> {
  const p = new HandmadePlan(), data = Float32Array.from(someFloats(sizeOf(from), 3));
  change(data);
  const { y, shape } = await oracle(data, [1, ...from], build);
  const x = p.input("x", p.volume(from, 1));
  for (const halo of [0, 2]) {
    p.output(`y${halo}`, p.add([x], p.volume(shape.slice(1), halo), special));
  }
  await runner.run(p.build(), new Map([["x", data]]), (out, way) => {
    assertClose(out.get("y0")!, y, `${message} on ${way}`, { tolerance: 2e-6, scale: 0.5 });
    assertClose(out.get("y2")!, y, `${message} with a halo on ${way}`, {
      tolerance: 2e-6,
      scale: 0.5,
    });
  });
}

type Window = Omit<PoolOperator, "name" | "inputs" | "output" | "activation">;

/** Pools to be tested: those of the networks, and odd ones. */
const POOLS: readonly (Partial<Window> & { readonly of: Shape; readonly ceil?: boolean })[] = [
  { of: [5, 1, 24, 26], kernel: [1, 2, 2], stride: [1, 2, 2] },
  { of: [3, 1, 112, 110], kernel: [1, 3, 3], stride: [1, 2, 2], pad: [0, 1, 1], padEnd: [0, 1, 1] },
  { of: [3, 1, 13, 13], kernel: [1, 13, 13], pad: [0, 6, 6], padEnd: [0, 6, 6] },
  { of: [2, 4, 9, 9], kernel: [3, 3, 3], pad: [1, 1, 1], padEnd: [1, 1, 1] },
  { of: [2, 5, 8, 11], kernel: [2, 3, 4], stride: [2, 3, 5], pad: [1, 1, 2], padEnd: [0, 2, 1] },
  { of: [2, 1, 9, 40], kernel: [1, 3, 2], stride: [1, 2, 3], dilation: [1, 2, 4] },
  { of: [2, 1, 15, 14], kernel: [1, 3, 3], stride: [1, 2, 2], ceil: true },
  {
    of: [2, 1, 8, 8],
    kernel: [1, 3, 3],
    stride: [1, 3, 3],
    pad: [0, 1, 1],
    padEnd: [0, 1, 1],
    ceil: true,
  },
];

testPlans("pools are those of ONNX Runtime", async (runner) => {
  const one: Triple = [1, 1, 1], none: Triple = [0, 0, 0];
  for (const { of, ceil = false, ...given } of POOLS) {
    const window = { kernel: one, stride: one, dilation: one, pad: none, padEnd: none, ...given };
    for (const name of ["max", "average", "padded", "norm1", "norm2", "norm3"] as const) {
      const special: Window = {
        kind: "pool",
        ...window,
        function: name === "padded" ? "average" : name.startsWith("norm") ? "norm" : name as "max",
        countPadding: name === "padded",
        p: name.startsWith("norm") ? Number(name.at(-1)) : 0,
      };
      const options = {
        name,
        kernel: window.kernel,
        stride: window.stride,
        dilation: window.dilation,
        pads: [...window.pad, ...window.padEnd],
        ceil,
      };
      const message = `${name} pool ${JSON.stringify(given)}`;
      await holdsVolumes(
        runner,
        message,
        of,
        special,
        (g, x) =>
          name === "max"
            ? g.maxPool(x, options)
            : special.p
            ? g.lpPool(x, { ...options, p: special.p })
            : g.averagePool(x, { ...options, countPadding: special.countPadding }),
      );
    }
  }
});

testPlans("local response normalization is that of ONNX Runtime", async (runner) => {
  for (const [channels, size, beta] of [[96, 5, 0.75], [7, 3, 0.5], [3, 9, 1], [33, 1, 0.6]]) {
    const options = { size, alpha: 0.4, beta, bias: 1.5 };
    const from = [channels, 2, 5, 7];
    await holdsVolumes(
      runner,
      `lrn of ${size}`,
      from,
      { kind: "lrn", ...options },
      (g, x) => g.reshape(g.lrn(g.reshape(x, [1, channels, 10, 7]), options), [1, ...from]),
    );
  }
});

/** Tables of linear interpolation with half-pixel centres. */
function linear(extent: number, to: number): ResampleTable {
  const at = Array.from(
    { length: to },
    (_, i) => Math.min(Math.max((i + 0.5) * extent / to - 0.5, 0), extent - 1),
  );
  return {
    taps: 2,
    positions: Uint32Array.from(at.flatMap((x) => [Math.floor(x), Math.ceil(x)])),
    weights: Float32Array.from(at.flatMap((x) => [1 - x % 1, x % 1])),
  };
}

/** Tables of nearest neighbours, rounded down. */
function nearest(extent: number, to: number): ResampleTable {
  const positions = Uint32Array.from({ length: to }, (_, i) => Math.floor(i * extent / to));
  return { taps: 1, positions, weights: new Float32Array(to).fill(1) };
}

testPlans("resampling is that of ONNX Runtime", async (runner) => {
  const from = [3, 1, 9, 13];
  for (const [height, width] of [[18, 26], [27, 13], [9, 39], [5, 30], [18, 52]]) {
    for (const [mode, make] of [["nearest", nearest], ["linear", linear]] as const) {
      const tables = [nearest(1, 1), make(9, height), make(13, width)] as const;
      const coordinate = mode === "nearest" ? "asymmetric" : "half_pixel";
      await holdsVolumes(runner, `${mode} to ${height} x ${width}`, from, {
        kind: "resample",
        tables,
      }, (g, x) => {
        const options = {
          mode,
          sizes: [height, width],
          coordinate_transformation_mode: coordinate,
        };
        const y = g.resize(g.reshape(x, [1, 3, 9, 13]), options as never);
        return g.reshape(y, [1, 3, 1, height, width]);
      });
    }
  }
});

testPlans("softmax is that of ONNX Runtime on every axis", async (runner) => {
  for (const from of [[3, 2, 5, 21], [1000, 1, 1, 1], [6, 1, 33, 35], [2, 1, 1, 1500]]) {
    for (const axis of [0, 1, 2, 3]) {
      for (const log of [false, true]) {
        await holdsVolumes(runner, `softmax of [${from}], axis ${axis}, log ${log}`, from, {
          kind: "softmax",
          axis,
          log,
        }, (g, x) => {
          const y = g.softmax(x, axis + 1);
          return log ? g.unary(y, "Log") : y;
        }, (data) => data.forEach((v, i) => data[i] = 8 * v));
      }
    }
  }
});

const REDUCTIONS: readonly (readonly [ReduceFunction, Reduction])[] = [
  ["mean", "ReduceMean"],
  ["sum", "ReduceSum"],
  ["max", "ReduceMax"],
  ["min", "ReduceMin"],
  ["prod", "ReduceProd"],
  ["sum_square", "ReduceSumSquare"],
  ["l1", "ReduceL1"],
  ["l2", "ReduceL2"],
];

testPlans("reductions are those of ONNX Runtime over every choice of axes", async (runner) => {
  const from = [5, 3, 9, 70], data = Float32Array.from(someFloats(sizeOf(from), 8));
  for (let choice = 1; choice < 16; choice++) {
    const axes = [0, 1, 2, 3].filter((axis) => choice >> axis & 1);
    const [name, onnx] = REDUCTIONS[choice % REDUCTIONS.length];
    for (const [fn, op] of [[name, onnx], REDUCTIONS[0]] as const) {
      const p = new HandmadePlan(), x = p.input("x", p.volume(from, 1));
      const kept = from.map((extent, axis) => axes.includes(axis) ? 1 : extent);
      const y = p.output("y", p.activation(kept));
      const { strides } = p.tensor(y);
      const repeated = strides.map((stride, axis) => axes.includes(axis) ? 0 : stride);
      p.add([x], p.alias(y, { extents: from, strides: repeated }), {
        kind: "reduce",
        function: fn,
      });
      const expected = (await oracle(data, from, (g, x) => g.reduce(op, x, axes))).y;
      await runner.run(p.build(), new Map([["x", data]]), (out, way) => {
        const message = `${fn} over axes ${axes} on ${way}`;
        assertClose(out.get("y")!, expected, message, { tolerance: 4e-6, scale: 0.05 });
      });
    }
  }
});
