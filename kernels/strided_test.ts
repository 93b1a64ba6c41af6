/**
 * Operators on views of any strides, against loops in double precision.
 *
 * @module
 */

import { Random } from "../graph/random.ts";
import { sizeOf } from "../graph/tensor.ts";
import type { ElementwiseFunction, PlanTensor, ReduceFunction } from "./plan/plan.ts";
import { HandmadePlan, someFloats } from "./testing/plans.ts";
import { assertClose, type PlanRunner, testPlans } from "./testing/run_plan.ts";

/** What strides a random view may have. */
interface Freedom {
  /** Whether axes may repeat: stride 0. */
  readonly repeats?: boolean;
  /** Whether axes may be in any order, with gaps, and backwards. */
  readonly scattered?: boolean;
}

class Views {
  constructor(readonly random: Random) {}

  integer(least: number, most: number): number {
    return least + this.random.integer(most - least + 1);
  }

  chance(p: number): boolean {
    return this.random.uniform() < p;
  }

  /** Extents of a random rank, of a few thousand positions at most. */
  extents(): number[] {
    const rank = this.integer(0, 6);
    const most = [1, 5000, 90, 20, 9, 6, 5][rank];
    return Array.from({ length: rank }, () => this.chance(0.2) ? 1 : this.integer(1, most));
  }

  /** Strides of a view whose least offset is 0 after `base` is added, and the floats it spans. */
  strides(extents: readonly number[], { repeats, scattered }: Freedom) {
    const order = extents.map((_, axis) => axis).reverse();
    if (scattered && this.chance(0.7)) order.sort(() => this.random.uniform() - 0.5);
    const strides = extents.map(() => 0);
    let step = scattered && this.chance(0.2) ? this.integer(1, 3) : 1, base = 0;
    for (const axis of order) {
      if (repeats && this.chance(0.25)) continue;
      const backwards = scattered && this.chance(0.15);
      strides[axis] = backwards ? -step : step;
      if (backwards) base += step * (extents[axis] - 1);
      step = step * extents[axis] + (scattered && this.chance(0.3) ? this.integer(0, 3) : 0);
    }
    return { strides, base, span: step };
  }
}

/** Adds a random view on floats of its own, which are an input. */
function input(p: HandmadePlan, v: Views, name: string, extents: readonly number[], free: Freedom) {
  const { strides, base, span } = v.strides(extents, free);
  const all = p.input(name, p.activation([span]));
  const start = p.tensor(all).base;
  const data = Float32Array.from(someFloats(span, v.integer(1, 1e6)));
  return { view: p.alias(all, { extents, strides, base: start + base }), data, base, strides };
}

/** Calls `visit` for all positions, with the offset of each of the views. */
function walk(
  extents: readonly number[],
  views: readonly { strides: readonly number[]; base: number }[],
  visit: (offsets: number[]) => void,
): void {
  const at = extents.map(() => 0);
  for (let left = sizeOf(extents); left > 0; left--) {
    visit(views.map(({ strides, base }) => strides.reduce((sum, s, i) => sum + s * at[i], base)));
    for (let axis = at.length - 1; axis >= 0 && ++at[axis] === extents[axis]; axis--) at[axis] = 0;
  }
}

const FUNCTIONS: {
  readonly [Name in ElementwiseFunction]: (a: number, b: number, c: number) => number;
} = {
  copy: (a) => a,
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  pow: (a, b) => a ** b,
  max: (a, b) => Math.max(a, b),
  min: (a, b) => Math.min(a, b),
  prelu: (a, b) => a < 0 ? a * b : a,
  multiply_add: (a, b, c) => a * b + c,
};

/** Runs until every way has given what is expected in all floats of the output, gaps included. */
async function holds(
  runner: PlanRunner,
  p: HandmadePlan,
  inputs: Map<string, Float32Array<ArrayBuffer>>,
  expected: ArrayLike<number>,
  message: string,
  scale = 1,
): Promise<void> {
  await runner.run(p.build(), inputs, (out, way) => {
    const options = { tolerance: 2e-6, scale };
    assertClose(out.get("y")!, expected, `${message} on ${way}`, options);
  });
}

testPlans("elementwise functions read and write any views, and nothing else", async (runner) => {
  const v = new Views(new Random(1, "elementwise"));
  const names = Object.keys(FUNCTIONS) as ElementwiseFunction[];
  for (let i = 0; i < 120; i++) {
    const name = i % 2 ? "copy" : names[(i >> 1) % names.length];
    const p = new HandmadePlan(), extents = v.extents();
    const count = name === "copy" ? 1 : name === "multiply_add" ? 3 : 2;
    const operands = ["a", "b", "c"].slice(0, count).map((letter) => ({
      letter,
      ...input(p, v, letter, extents, { repeats: true, scattered: v.chance(0.6) }),
    }));
    const to = v.strides(extents, { scattered: v.chance(0.5) });
    const y = p.output("y", p.activation([to.span]));
    const activation = { kind: v.chance(0.3) ? "tanh" : "none", alpha: 0, beta: 0 } as const;
    p.add(
      operands.map(({ view }) => view),
      p.alias(y, { extents, strides: to.strides, base: p.tensor(y).base + to.base }),
      { kind: "elementwise", function: name },
      { activation },
    );
    const expected = new Float64Array(to.span), f = FUNCTIONS[name];
    walk(extents, [to, ...operands], ([at, ...from]) => {
      const [a, b, c] = operands.map(({ data }, k) => data[from[k]]);
      const value = f(a, b, c);
      expected[at] = activation.kind === "tanh" ? Math.tanh(value) : value;
    });
    const inputs = new Map(operands.map(({ letter, data }) => [letter, data]));
    await holds(runner, p, inputs, expected, `${name} of [${extents}] (case ${i})`);
  }
});

testPlans("large transpositions are exact", async (runner) => {
  const p = new HandmadePlan(), extents = [3, 70, 131];
  const x = p.input("x", p.activation(extents));
  const turned = p.alias(x, { extents: [131, 3, 70], strides: [1, 9170, 131] });
  p.output(
    "y",
    p.add([turned], p.activation([131, 3, 70]), { kind: "elementwise", function: "copy" }),
  );
  const data = Float32Array.from(someFloats(sizeOf(extents), 5)), expected: number[] = [];
  walk([131, 3, 70], [{ strides: [1, 9170, 131], base: 0 }], ([at]) => expected.push(data[at]));
  await holds(runner, p, new Map([["x", data]]), expected, "transposition");
});

const JOIN: {
  readonly [Name in ReduceFunction]: readonly [
    start: number,
    join: (y: number, x: number) => number,
    end?: (y: number, count: number) => number,
  ];
} = {
  mean: [0, (y, x) => y + x, (y, count) => y / count],
  sum: [0, (y, x) => y + x],
  max: [-Infinity, Math.max],
  min: [Infinity, Math.min],
  prod: [1, (y, x) => y * x],
  sum_square: [0, (y, x) => y + x * x],
  l1: [0, (y, x) => y + Math.abs(x)],
  l2: [0, (y, x) => y + x * x, Math.sqrt],
};

testPlans("reductions read any views", async (runner) => {
  const v = new Views(new Random(2, "reduce"));
  for (let i = 0; i < 60; i++) {
    const name = Object.keys(JOIN)[i % 8] as ReduceFunction,
      [start, join, end = (y) => y] = JOIN[name];
    const p = new HandmadePlan(), extents = v.extents();
    const x = input(p, v, "x", extents, { scattered: v.chance(0.7) });
    const reduced = extents.map(() => v.chance(0.5));
    const kept = v.strides(extents.map((extent, k) => reduced[k] ? 1 : extent), {});
    const strides = kept.strides.map((stride, k) => reduced[k] ? 0 : stride);
    const y = p.output("y", p.activation([kept.span]));
    p.add([x.view], p.alias(y, { extents, strides }), { kind: "reduce", function: name });
    const expected = new Float64Array(kept.span).fill(start);
    walk(
      extents,
      [{ strides, base: 0 }, x],
      ([to, from]) => expected[to] = join(expected[to], x.data[from]),
    );
    const count = sizeOf(extents) / kept.span;
    const message = `${name} of [${extents}] (case ${i})`;
    await holds(runner, p, new Map([["x", x.data]]), expected.map((e) => end(e, count)), message);
  }
});

testPlans("the mean of many values does not drift", async (runner) => {
  for (const [rows, columns, kept] of [[1, 300_000, 1], [300_000, 1, 1], [20_000, 15, 15]]) {
    const p = new HandmadePlan(), extents = [rows, columns];
    const x = p.input("x", p.activation(extents)), y = p.output("y", p.activation([kept]));
    const strides = [0, kept === 1 ? 0 : 1];
    p.add([x], p.alias(y, { extents, strides }), { kind: "reduce", function: "mean" });
    const data = Float32Array.from({ length: 300_000 }, (_, i) => 1000 + (i % 2));
    const expected = new Float32Array(kept).fill(1000.5);
    await runner.run(p.build(), new Map([["x", data]]), (out, way) => {
      assertClose(out.get("y")!, expected, `mean of [${extents}] on ${way}`, { tolerance: 2e-7 });
    });
  }
});

testPlans("matrix products read any views", async (runner) => {
  const v = new Views(new Random(3, "product"));
  for (let i = 0; i < 40; i++) {
    const [batches, depth] = [v.integer(1, 3), v.integer(1, i % 4 ? 40 : 700)];
    const [rows, columns] = [v.integer(1, i % 3 ? 20 : 100), v.integer(1, i % 5 ? 60 : 300)];
    const p = new HandmadePlan(), free = { scattered: v.chance(0.5) };
    const whole = (j: number) => ({ repeats: v.chance(0.3), ...(j ? free : {}) });
    const a = input(p, v, "a", [batches, rows, depth], whole(i & 1));
    const b = input(p, v, "b", [batches, depth, columns], whole(i & 2));
    const extents = [batches, rows, columns];
    const c = input(p, v, "c", extents, { repeats: true });
    const added = v.chance(0.5), y = p.output("y", p.activation(extents));
    const relu = { kind: "relu", alpha: 0, beta: 0 } as const;
    p.add([a.view, b.view, ...(added ? [c.view] : [])], y, { kind: "matrix_product" }, {
      activation: relu,
    });
    const expected: number[] = [];
    walk(extents, [
      c,
      ...[0, 1, 2].map((k) => ({ strides: [0, 1, 2].map((j) => +(j === k)), base: 0 })),
    ], ([from, batch, row, column]) => {
      let sum = added ? c.data[from] : 0;
      for (let k = 0; k < depth; k++) {
        sum += a.data[a.base + batch * a.strides[0] + row * a.strides[1] + k * a.strides[2]] *
          b.data[b.base + batch * b.strides[0] + k * b.strides[1] + column * b.strides[2]];
      }
      expected.push(Math.max(sum, 0));
    });
    const inputs = new Map([["a", a.data], ["b", b.data], ["c", c.data]]);
    const message = `[${batches}, ${rows}, ${depth}] x [${depth}, ${columns}] (case ${i})`;
    await holds(runner, p, inputs, expected, message, Math.sqrt(depth));
  }
});

testPlans("a matrix of constants ends where the constants end", async (runner) => {
  const p = new HandmadePlan(), values = Array.from(someFloats(35, 1));
  const a = p.input("a", p.activation([1, 3, 5])), b = p.constant([1, 5, 7], values);
  p.output("y", p.add([a, b], p.activation([1, 3, 7]), { kind: "matrix_product" }));
  const data = Float32Array.from(someFloats(15, 2)), expected: number[] = [];
  for (let row = 0; row < 3; row++) {
    for (let column = 0; column < 7; column++) {
      expected.push(
        [0, 1, 2, 3, 4].reduce((y, k) => y + data[row * 5 + k] * values[k * 7 + column], 0),
      );
    }
  }
  await holds(runner, p, new Map([["a", data]]), expected, "product with constants");
});

testPlans("clearing zeroes the gaps of an image, and nothing else", async (runner) => {
  for (const extents of [[3, 2, 4, 5], [1, 1, 1, 7], [40, 1, 13, 13], [2, 3, 1, 4]]) {
    const p = new HandmadePlan(), size = 40_000;
    const all = p.output("y", p.input("x", p.activation([size])));
    const row = extents[3] + 2, plane = row * (extents[2] + 1), channel = plane * (extents[1] + 1);
    const image: PlanTensor = {
      extents,
      strides: [channel, plane, row, 1],
      base: 50,
      space: "arena",
    };
    p.add([], p.view(image), { kind: "clear", lead: 20, trail: 30 });
    const data = Float32Array.from(someFloats(size, 4)), expected = Float32Array.from(data);
    let end = 0;
    walk(extents, [image], ([at]) => end = Math.max(end, at + 1));
    expected.fill(0, 50 - 20, end + 30);
    walk(extents, [image], ([at]) => expected[at] = data[at]);
    await holds(
      runner,
      p,
      new Map([["x", data]]),
      expected,
      `clearing [${extents}] in ${p.tensor(all).extents}`,
    );
  }
});
