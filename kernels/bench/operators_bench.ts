/**
 * Times the operators besides convolution alone, on activations of the sizes that networks have, as
 * gigabytes read and written in a second. The first line is a copy of dense floats, which is what
 * memory allows.
 *
 *     deno task bench-operators [--match TEXT] [--threads N] [--rounds N] [--isa NAME]
 *
 * All operators lie in one plan and take turns, round after round, so that what slows the machine
 * slows all.
 *
 * @module
 */

import { parseArgs } from "@std/cli";
import { sizeOf } from "../../graph/tensor.ts";
import { openKernels } from "../ffi.ts";
import type {
  ActivationKind,
  ElementwiseFunction,
  ReduceFunction,
  ResampleTable,
  Triple,
} from "../plan/plan.ts";
import { writePlan } from "../plan/write.ts";
import { HandmadePlan } from "../testing/plans.ts";

const flags = parseArgs(Deno.args, {
  string: ["match", "threads", "rounds", "isa"],
  default: { match: "", threads: "1", rounds: "30", isa: "" },
});
const p = new HandmadePlan();
/** Bytes that an operator reads and writes, by its name. */
const bytes = new Map<string, number>();

type Special = Parameters<HandmadePlan["add"]>[2];

function time(
  name: string,
  inputs: readonly number[],
  output: number,
  special: Special,
  kind: ActivationKind = "none",
): void {
  if (!name.includes(flags.match)) return;
  p.add(inputs, output, special, { name, activation: { kind, alpha: 0.1, beta: 6 } });
  const floats = [...inputs, output].map((index) => {
    const { extents, strides } = p.tensor(index);
    return sizeOf(extents.filter((_, axis) => strides[axis] !== 0));
  });
  bytes.set(name, 4 * floats.reduce((a, b) => a + b, 0));
}

const elementwise = (
  name: ElementwiseFunction,
) => ({ kind: "elementwise", function: name } as const);

const C = 64, SIDE = 112, extents = [C, 1, SIDE, SIDE];
const [a, b, y] = [p.activation(extents), p.activation(extents), p.activation(extents)];
const padded = p.volume(extents, 1), channel = p.activation([C]);
time("copy", [a], y, elementwise("copy"));
time("copy to a halo", [a], padded, elementwise("copy"));
time("add", [a, b], y, elementwise("add"));
time("add, relu", [a, b], y, elementwise("add"), "relu");
const broadcast = p.alias(channel, { extents, strides: [1, 0, 0, 0] });
time("multiply by channel", [a, broadcast], y, elementwise("mul"));
time("batch norm", [a, broadcast, broadcast], y, elementwise("multiply_add"));
for (const kind of ["leaky_relu", "sigmoid", "mish", "silu", "tanh", "gelu", "log"] as const) {
  time(kind, [a], y, elementwise("copy"), kind);
}
const half = [C, 1, SIDE / 2, SIDE / 2], small = p.activation(half);
const { strides, base } = p.tensor(a);
const phase = p.alias(a, {
  extents: half,
  strides: [strides[0], strides[1], 2 * SIDE, 2],
  base: base + SIDE + 1,
});
time("phase of stride 2", [phase], small, elementwise("copy"));
const last = p.alias(y, { extents, strides: [1, 1, C * SIDE, C] });
time("channels last", [a], last, elementwise("copy"));
time("channels first", [last], a, elementwise("copy"));

const one: Triple = [1, 1, 1], none: Triple = [0, 0, 0];
function pool(name: string, from: number, to: readonly number[], size: number, stride: number) {
  const pad: Triple = size > 2 ? [0, size >> 1, size >> 1] : none;
  const window = { kernel: [1, size, size], stride: [1, stride, stride] } as const;
  time(name, [from], p.activation(to), {
    kind: "pool",
    ...window,
    dilation: one,
    pad,
    padEnd: pad,
    function: name.includes("average") ? "average" : "max",
    countPadding: false,
    p: 0,
  });
}
pool("max pool 2x2", a, half, 2, 2);
pool("max pool 3x3/2", a, half, 3, 2);
pool("max pool 3x3", a, extents, 3, 1);
pool("average pool 3x3", a, extents, 3, 1);
const deep = [512, 1, 19, 19], spp = p.activation(deep);
for (const size of [5, 9, 13]) pool(`max pool ${size}x${size} of 19x19`, spp, deep, size, 1);
const video = p.activation([64, 8, 28, 28]);
time("max pool 3x3x3", [video], p.activation([64, 8, 28, 28]), {
  kind: "pool",
  kernel: [3, 3, 3],
  stride: one,
  dilation: one,
  pad: one,
  padEnd: one,
  function: "max",
  countPadding: false,
  p: 0,
});
function reduce(name: string, from: number, kept: readonly number[], fn: ReduceFunction) {
  const of = p.tensor(from).extents, floats = kept.reduce((n, axis) => n * of[axis], 1);
  const { base } = p.tensor(p.activation([floats]));
  let step = floats;
  const strides = of.map((extent, axis) => kept.includes(axis) ? (step /= extent) : 0);
  const to = p.view({ extents: of, strides, base, space: "arena" });
  time(name, [from], to, { kind: "reduce", function: fn });
}
reduce("global average", a, [0], "mean");
reduce("global average of a halo", padded, [0], "mean");
reduce("global average of 7x7", p.volume([2048, 1, 7, 7], 1), [0], "mean");
reduce("mean of channels", a, [2, 3], "mean");
reduce("maximum of channels", a, [2, 3], "max");
time("softmax of channels", [a], y, { kind: "softmax", axis: 0, log: false });
time("softmax of rows", [a], y, { kind: "softmax", axis: 3, log: false });
time("lrn", [a], y, { kind: "lrn", size: 5, alpha: 1e-4, beta: 0.75, bias: 1 });

function table(extent: number, factor: number, taps: number): ResampleTable {
  const at = Array.from({ length: extent * factor }, (_, i) => Math.floor(i / factor));
  const next = (i: number) => Math.min(i, extent - 1);
  return {
    taps,
    positions: Uint32Array.from(at.flatMap((i) => taps === 1 ? [i] : [i, next(i + 1)])),
    weights: new Float32Array(at.length * taps).fill(1 / taps),
  };
}
const same = table(1, 1, 1);
for (const [name, taps] of [["nearest", 1], ["linear", 2]] as const) {
  const tables = [same, table(56, 2, taps), table(56, 2, taps)] as const;
  time(`resample ${name} 2x`, [small], y, { kind: "resample", tables });
}
time("clear a halo", [], padded, { kind: "clear", lead: 0, trail: 0 });
const square = (rows: number, columns: number) => p.activation([1, rows, columns]);
const [left, right] = [square(256, 512), square(512, 784)];
time("matrix product", [left, right], square(256, 784), { kind: "matrix_product" });
p.input("a", a);
p.output("y", y);

using kernels = await openKernels((message) => console.error(message));
const path = await Deno.makeTempFile();
await writePlan(p.build(), path);
using network = await kernels.open(path, { threads: Number(flags.threads), isa: flags.isa });
const times = new Map<string, number[]>();
for (let round = 0; round < Number(flags.rounds); round++) {
  for (const { name, ns } of await network.profile()) {
    times.set(name, [...times.get(name) ?? [], ns]);
  }
}
await Deno.remove(path);
console.log(`${flags.isa || kernels.bestIsa}, ${flags.threads} thread(s)`);
console.log(["operator", "median us", "least us", "median GB/s", "best GB/s"].join("\t"));
for (const [name, all] of times) {
  const sorted = all.sort((x, y) => x - y), median = sorted[sorted.length >> 1], least = sorted[0];
  const rate = (ns: number) => (bytes.get(name)! / ns).toFixed(1);
  const us = (ns: number) => (ns / 1000).toFixed(0);
  console.log([name.padEnd(26), us(median), us(least), rate(median), rate(least)].join("\t"));
}
