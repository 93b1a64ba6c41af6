import { assert, assertAlmostEquals, assertEquals, assertLess, assertThrows } from "@std/assert";
import { Random } from "../../graph/random.ts";
import { LARGE, rankByEnergy, symmetricEigen } from "./eigen.ts";
import { LAPACK_PACKAGES, lapackName, openLapack } from "./lapack.ts";
import { gram, gramInDouble, HUGE, matmul, toDouble, transpose } from "./matrix.ts";
import type { Matrix } from "./matrix.ts";
import { svd, svdNote } from "./svd.ts";
import { withLapack } from "./testing.ts";

const name = lapackName();
const needs = `(needs LAPACK: ${LAPACK_PACKAGES})`;

function random(rows: number, columns: number): Matrix<Float32Array> {
  const stream = new Random(1, `${rows}x${columns}`);
  return { rows, columns, data: stream.fillNormal(new Float32Array(rows * columns)) };
}

const near = (actual: Float64Array, expected: Float64Array, tolerance: number) =>
  actual.forEach((value, i) => assertAlmostEquals(value, expected[i], tolerance));

Deno.test({
  name: `LAPACK finds the spectrum of a small matrix of the textbook ${needs}`,
  ignore: !name,
  async fn() {
    using lapack = openLapack()!;
    const matrix = Float64Array.of(2, 1, 0, 1, 2, 1, 0, 1, 2);
    const values = await lapack.symmetricEigen(matrix, 3);
    near(values, Float64Array.of(2 - Math.SQRT2, 2, 2 + Math.SQRT2), 1e-14);
    // The vector of the largest is (1, sqrt 2, 1) / 2, up to its sign.
    [0.5, Math.SQRT1_2, 0.5].forEach((v, i) =>
      assertAlmostEquals(Math.abs(matrix[6 + i]), v, 1e-14)
    );
  },
});

Deno.test({
  name: `LAPACK solves a positive system, and refuses another ${needs}`,
  ignore: !name,
  async fn() {
    using lapack = openLapack()!;
    const right = Float64Array.of(8, 22, 4, 2);
    await lapack.solve(Float64Array.of(4, 2, 2, 10), 2, right);
    near(right, Float64Array.of(1, 2, 1, 0), 1e-14);
    const error = await lapack.solve(Float64Array.of(1, 2, 2, 1), 2, right).catch((e) => e);
    assert(error instanceof Error && error.message.includes("positive definite"));
  },
});

Deno.test({
  name: `a large matrix has the same spectrum with LAPACK and without ${needs}`,
  ignore: !name,
  async fn() {
    const n = LARGE + 8;
    const matrix = await gram(toDouble(random(n, 700)), "rows");
    const own = await withLapack("off", () => symmetricEigen(matrix));
    const { values, vectors } = await symmetricEigen(matrix);
    near(values, own.values, 1e-8 * own.values[0]);
    // A V = V diag(values), and both have the same projectors.
    const product = await matmul(matrix, vectors);
    for (let i = 0; i < n; i += 37) {
      for (let j = 0; j < n; j += 41) {
        assertAlmostEquals(product.data[i * n + j], vectors.data[i * n + j] * values[j], 1e-8);
      }
    }
    const overlap = await matmul(own.vectors, vectors, { transposeA: true });
    assertAlmostEquals(Math.abs(overlap.data[0]), 1, 1e-8);
  },
});

Deno.test({
  name:
    `truncations with LAPACK are as good as without, and of noise better than sketches ${needs}`,
  ignore: !name,
  async fn() {
    for (const [rows, columns] of [[560, 600], [1100, 1030]]) {
      const w = random(rows, columns);
      const [sketched, found] = [await withLapack("off", () => svd(w, 1)), await svd(w, 1)];
      assertEquals([found.singular.length, found.residual], [Math.min(rows, columns), 0]);
      const whole = w.data.reduce((sum, value) => sum + value * value, 0);
      const { left, right, missed } = await found.factors(200);
      const product = await matmul(left, right);
      const lost = w.data.reduce((sum, value, i) => sum + (value - product.data[i]) ** 2, 0);
      assertAlmostEquals(lost / whole, missed / whole, 1e-5);
      const other = (await sketched.factors(200)).missed;
      if (Math.min(rows, columns) <= 1024) assertAlmostEquals(missed / other, 1, 1e-6);
      else assertLess(missed, other);
    }
  },
});

Deno.test({
  name: `what is large is told, with the library or without ${needs}`,
  ignore: !name,
  async fn() {
    assertEquals(svdNote(LARGE), undefined);
    assertEquals(svdNote(4096), `spectra of matrices above 512 x 512 by LAPACK (${name})`);
    await withLapack("off", () => {
      assertEquals([lapackName(), svdNote(1024)], [undefined, undefined]);
      assertEquals(
        svdNote(4096),
        "matrices above 1024 x 1024 by random sketches, as there is no LAPACK " +
          "(Debian: libopenblas0 or liblapack3)",
      );
    });
  },
});

Deno.test("a library that is asked for and not there is an error", async () => {
  await withLapack(
    "libnothing.so.9",
    () => void assertThrows(() => openLapack(), Error, "libnothing"),
  );
});

Deno.test("the Gram matrix of a huge matrix is that of its parts", async () => {
  // One element in a hundred is not zero: products of ones are exact, whatever the order of sums.
  for (const [rows, columns] of [[24, 800_000], [800_000, 24]]) {
    const data = new Float32Array(rows * columns);
    for (let i = 0; i < data.length; i += 101) data[i] = 1;
    assert(data.length > HUGE);
    const side = rows < columns ? "rows" : "columns";
    const found = await gramInDouble({ rows, columns, data }, side);
    const wide = side === "rows" ? { rows, columns, data } : transpose({ rows, columns, data });
    for (const [i, j] of [[0, 0], [3, 3], [1, 2], [23, 7]]) {
      let sum = 0;
      for (let k = 0; k < wide.columns; k++) {
        sum += wide.data[i * wide.columns + k] * wide.data[j * wide.columns + k];
      }
      assertEquals(found.data[i * 24 + j], sum);
    }
  }
});

Deno.test("a rank by energy counts what is not known as no larger than the last", () => {
  const singular = Float64Array.of(3, 2, 1); // squares 9, 4, 1
  assertEquals([0.5, 9 / 14, 0.65, 0.9, 1].map((share) => rankByEnergy(singular, share, 0, 3)), [
    1,
    1,
    2,
    2,
    3,
  ]);
  // 6 more in squares of at most 1 each: 0.9 of 20 is 18, four more.
  assertEquals(rankByEnergy(singular, 0.9, 6, 20), 7);
  assertEquals(rankByEnergy(singular, 1, 6, 5), 5);
  assertEquals(rankByEnergy(new Float64Array(3), 0.5, 0, 3), 0);
});
