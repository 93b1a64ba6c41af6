import {
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertLessOrEqual,
} from "@std/assert";
import { Random } from "../../graph/random.ts";
import { type Shape, sizeOf } from "../../graph/tensor.ts";
import type { Matrix } from "../lowrank/matrix.ts";
import { cpAls } from "./als.ts";
import { columnNorms } from "./columns.ts";

/** The sum of components, straight from the definition. */
function rebuild(factors: readonly Matrix[]): Float64Array {
  const shape = factors.map(({ rows }) => rows);
  return Float64Array.from({ length: sizeOf(shape) }, (_, flat) => {
    const index: number[] = [];
    for (let axis = shape.length - 1, left = flat; axis >= 0; axis--) {
      index[axis] = left % shape[axis];
      left = Math.floor(left / shape[axis]);
    }
    let sum = 0;
    for (let r = 0; r < factors[0].columns; r++) {
      sum += factors.reduce((p, { columns, data }, axis) => p * data[index[axis] * columns + r], 1);
    }
    return sum;
  });
}

function randomFactors(shape: Shape, rank: number, seed: number): Matrix[] {
  const random = new Random(seed, "factors");
  return shape.map((rows) => ({
    rows,
    columns: rank,
    data: Float64Array.from({ length: rows * rank }, () => random.normal()),
  }));
}

function distance(a: Float64Array, b: Float64Array): number {
  const norm = (values: Float64Array) => Math.hypot(...values);
  return norm(a.map((value, i) => value - b[i])) / norm(b);
}

Deno.test("a kernel of a known rank is found again", async () => {
  const cases: [shape: Shape, rank: number][] = [
    [[10, 8, 3, 3], 6],
    [[16, 12, 3, 3], 10],
    [[12, 9, 3, 3, 3], 8],
    [[20, 16, 3], 5],
  ];
  for (const [shape, rank] of cases) {
    const kernel = rebuild(randomFactors(shape, rank, 2));
    const { factors, error, restarts } = await cpAls(kernel, shape, rank, 1, {
      tolerance: 1e-7,
      sweeps: 1000,
    });
    assertEquals(factors.map(({ rows, columns }) => [rows, columns]), shape.map((n) => [n, rank]));
    assertLess(error, 1e-3);
    assertEquals(restarts, 0);
    assertLess(distance(rebuild(factors), kernel), 1e-3);
  }
});

Deno.test("a kernel of rank 1 is found in the first sweeps whatever its size", async () => {
  for (const scale of [1e-12, 1, 1e12]) {
    const factors = randomFactors([7, 5, 3, 3], 1, 3);
    const kernel = rebuild(factors).map((value) => value * scale);
    const found = await cpAls(kernel, [7, 5, 3, 3], 1, 1, { sweeps: 3 });
    assertLess(distance(rebuild(found.factors), kernel), 1e-7);
  }
});

Deno.test("the error that norms give is that of the rebuilt kernel, and falls with the rank", async () => {
  const shape = [9, 7, 3, 2];
  const random = new Random(1, "kernel");
  const kernel = Float64Array.from({ length: sizeOf(shape) }, () => random.normal());
  let before = 1;
  for (const rank of [1, 4, 12, 24, 42]) {
    const { factors, error } = await cpAls(kernel, shape, rank, 1, { tolerance: 1e-6 });
    assertAlmostEquals(distance(rebuild(factors), kernel), error, 1e-7);
    assertLess(error, before);
    before = error;
  }
  // 7 x 3 x 2 is the most that any kernel of this shape can need.
  assertLess(before, 1e-3);
});

Deno.test("columns of all factors of a component have the same norm", async () => {
  const kernel = rebuild(randomFactors([6, 5, 3, 3], 4, 5));
  const { factors } = await cpAls(kernel, [6, 5, 3, 3], 3, 1);
  const [first, ...others] = factors.map(columnNorms);
  for (const norms of others) norms.forEach((norm, r) => assertAlmostEquals(norm, first[r], 1e-9));
});

Deno.test("components of a kernel without a best approximation stay below the cap", async () => {
  // a a b + a b a + b a a has rank 3, and approximations of rank 2 as good as one likes: the better,
  // the larger their two components, which cancel.
  const n = 6;
  const random = new Random(4, "degenerate");
  const a = Float64Array.from({ length: n }, () => random.normal());
  const b = Float64Array.from({ length: n }, () => random.normal());
  const kernel = Float64Array.from({ length: n ** 3 }, (_, flat) => {
    const [i, j, k] = [Math.floor(flat / n ** 2), Math.floor(flat / n) % n, flat % n];
    return a[i] * a[j] * b[k] + a[i] * b[j] * a[k] + b[i] * a[j] * a[k];
  });
  const size = ({ factors }: { factors: readonly Matrix[] }) => {
    const norms = factors.map(columnNorms);
    return Math.hypot(...norms[0].map((_, r) => norms.reduce((p, own) => p * own[r], 1))) /
      Math.hypot(...kernel);
  };
  const long = { sweeps: 2000, tolerance: 1e-9 };
  const free = await cpAls(kernel, [n, n, n], 2, 1, { ...long, cap: Infinity });
  assertEquals(free.restarts, 0);
  assertGreater(size(free), 2);
  const capped = await cpAls(kernel, [n, n, n], 2, 1, { ...long, cap: 1.5 });
  assertLessOrEqual(size(capped), 1.5);
  assertGreater(capped.restarts, 0);
  assertLess(capped.error, 0.05);
  // What no ridge can hold below a cap of nearly nothing is still an approximation.
  const least = await cpAls(kernel, [n, n, n], 2, 1, { ...long, cap: 1e-3 });
  assertEquals(least.restarts, 4);
  assertLess(least.error, 0.2);
});

Deno.test("a kernel of zeros, and one with equal slices, do no harm", async () => {
  const zero = await cpAls(new Float64Array(90), [5, 2, 3, 3], 4, 1);
  assertEquals([zero.error, zero.restarts], [0, 0]);
  const equal = await cpAls(new Float64Array(90).fill(2), [5, 2, 3, 3], 4, 1);
  assertLess(equal.error, 1e-6);
  for (const { data } of [...zero.factors, ...equal.factors]) {
    assertEquals(data.every(Number.isFinite), true);
  }
});

Deno.test("the same seed gives the same factors", async () => {
  const kernel = rebuild(randomFactors([8, 6, 3, 3], 9, 6));
  const [a, b] = [await cpAls(kernel, [8, 6, 3, 3], 7, 1), await cpAls(kernel, [8, 6, 3, 3], 7, 1)];
  assertEquals(a, b);
});
