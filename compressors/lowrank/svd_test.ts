import {
  assertAlmostEquals,
  assertEquals,
  assertGreaterOrEqual,
  assertLess,
  assertRejects,
} from "@std/assert";
import { Random } from "../../graph/random.ts";
import { matmul, transpose } from "./matrix.ts";
import type { Matrix } from "./matrix.ts";
import { svd } from "./svd.ts";
import type { LowRank } from "./svd.ts";
import { withLapack } from "./testing.ts";

/** Without LAPACK, with which large matrices are decomposed exactly. */
const sketch = (w: Single, seed: number) => withLapack("off", () => svd(w, seed));

type Single = Matrix<Float32Array>;

const random = (rows: number, columns: number, label: string): Single => ({
  rows,
  columns,
  data: new Random(1, label).fillNormal(new Float32Array(rows * columns)),
});

/** `rows x columns` with the given singular values and cosines (DCT-II) as singular vectors. */
function withSpectrum(rows: number, columns: number, singular: readonly number[]): Single {
  const cosine = (n: number, k: number, i: number) =>
    Math.sqrt(2 / n) * Math.cos(Math.PI * (i + 0.5) * (k + 1) / n);
  const data = new Float32Array(rows * columns);
  for (let k = 0; k < singular.length; k++) {
    const right = Float64Array.from({ length: columns }, (_, j) => cosine(columns, k, j));
    for (let i = 0; i < rows; i++) {
      const left = singular[k] * cosine(rows, k, i);
      for (let j = 0; j < columns; j++) data[i * columns + j] += left * right[j];
    }
  }
  return { rows, columns, data };
}

async function squaredError(
  w: Single,
  { left, right }: Pick<LowRank, "left" | "right">,
): Promise<number> {
  const rebuilt = await matmul(left, right);
  return w.data.reduce((sum, value, i) => sum + (value - rebuilt.data[i]) ** 2, 0);
}

Deno.test("matmul agrees with a plain triple loop in both precisions and all transpositions", async () => {
  const a = random(5, 7, "a"), b = random(7, 3, "b");
  const expected = new Float64Array(15);
  for (let i = 0; i < 5; i++) {
    for (let j = 0; j < 3; j++) {
      for (let k = 0; k < 7; k++) expected[i * 3 + j] += a.data[i * 7 + k] * b.data[k * 3 + j];
    }
  }
  for (const transposeA of [false, true]) {
    for (const transposeB of [false, true]) {
      const product = await matmul(
        transposeA ? transpose(a) : a,
        transposeB ? transpose(b) : b,
        { transposeA, transposeB },
      );
      assertEquals([product.rows, product.columns], [5, 3]);
      product.data.forEach((value, i) => assertAlmostEquals(value, expected[i], 1e-5));
    }
  }
  const double = (m: Single) => ({ ...m, data: Float64Array.from(m.data) });
  const product = await matmul(double(a), double(b));
  product.data.forEach((value, i) => assertAlmostEquals(value, expected[i], 1e-14));
  await assertRejects(() => matmul(a, a), RangeError, "inner extents");
});

Deno.test("the error of a truncation is the energy of the singular values cut off", async () => {
  for (const [rows, columns] of [[12, 30], [30, 12]]) {
    const w = random(rows, columns, "w");
    const { singular, residual, factors } = await svd(w, 1);
    assertEquals([singular.length, residual], [12, 0]);
    for (const rank of [1, 5, 12]) {
      const { left, right, missed } = await factors(rank);
      assertEquals([left.columns, right.rows], [rank, rank]);
      assertAlmostEquals(missed, await squaredError(w, { left, right }), 1e-3);
      const cut = singular.subarray(rank).reduce((sum, g) => sum + g * g, 0);
      assertAlmostEquals(await squaredError(w, { left, right }), cut, 1e-3);
    }
  }
});

Deno.test("a large matrix: the sketch finds a decaying spectrum and its best truncations", async () => {
  const exact = Array.from({ length: 40 }, (_, i) => 0.8 ** i);
  const w = withSpectrum(1100, 1030, exact);
  const { singular, residual, factors } = await sketch(w, 1);
  exact.slice(0, 30).forEach((g, i) => assertAlmostEquals(singular[i] / g, 1, 1e-3));
  assertLess(residual, 1e-5);
  const cut = exact.slice(10).reduce((sum, g) => sum + g * g, 0);
  assertAlmostEquals(await squaredError(w, await factors(10)) / cut, 1, 1e-2);
});

Deno.test("a large matrix of noise: a truncation keeps at least 84 % of the best energy", async () => {
  const w = random(1100, 1030, "noise");
  const { factors } = await sketch(w, 1);
  const total = w.data.reduce((sum, value) => sum + value * value, 0);
  // The best possible keeps 0.672: LAPACK on Gaussian matrices of this shape.
  const kept = 1 - await squaredError(w, await factors(300)) / total;
  assertGreaterOrEqual(kept, 0.84 * 0.672);
});

Deno.test("a large matrix: the same seed gives the same factors", async () => {
  const w = random(1030, 1040, "w");
  const [a, b] = [await (await sketch(w, 3)).factors(4), await (await sketch(w, 3)).factors(4)];
  assertEquals(a.left.data, b.left.data);
  assertEquals(a.right.data, b.right.data);
  assertGreaterOrEqual((await sketch(w, 3)).residual, 0);
});
