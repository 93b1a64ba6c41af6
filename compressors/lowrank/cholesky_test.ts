import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Random } from "../../graph/random.ts";
import { inverseCholesky, solvePositive } from "./cholesky.ts";
import { gram, matmul } from "./matrix.ts";
import type { Matrix } from "./matrix.ts";

function randomMatrix(rows: number, columns: number): Matrix {
  const random = new Random(3, `${rows}x${columns}`);
  const data = Float64Array.from({ length: rows * columns }, () => random.normal());
  return { rows, columns, data };
}

Deno.test("the inverse factor of a small matrix is the one of the textbook", () => {
  // L = [[2, 0], [1, 3]], so that L Lᵀ = [[4, 2], [2, 10]] and L^-1 = [[1/2, 0], [-1/6, 1/3]].
  const matrix = { rows: 2, columns: 2, data: Float64Array.of(4, 2, 2, 10) };
  const { data } = inverseCholesky(matrix, 1e-12);
  [1 / 2, 0, -1 / 6, 1 / 3].forEach((value, i) => assertAlmostEquals(data[i], value, 1e-15));
});

Deno.test("the inverse factor makes columns orthonormal", async () => {
  const a = randomMatrix(60, 40);
  const inverse = inverseCholesky(await gram(a, "columns"), 1e-12);
  const { data } = await gram(await matmul(a, inverse, { transposeB: true }), "columns");
  for (let i = 0; i < 40; i++) {
    for (let j = 0; j < 40; j++) assertAlmostEquals(data[i * 40 + j], i === j ? 1 : 0, 1e-12);
  }
});

Deno.test("columns that depend on others give zeros, and the rest is orthonormal", async () => {
  const { rows, columns, data } = await matmul(randomMatrix(30, 5), randomMatrix(5, 12));
  const inverse = inverseCholesky(await gram({ rows, columns, data }, "columns"), 1e-12);
  const kept = await gram(
    await matmul({ rows, columns, data }, inverse, { transposeB: true }),
    "columns",
  );
  const diagonal = Array.from({ length: 12 }, (_, i) => kept.data[i * 12 + i]);
  diagonal.forEach((x, i) => assertAlmostEquals(x, i < 5 ? 1 : 0, 1e-9));
  assert(kept.data.every((x, i) => i % 13 === 0 || Math.abs(x) < 1e-6));
  const zeros = inverseCholesky({ rows: 3, columns: 3, data: new Float64Array(9) }, 1e-12);
  assertEquals(zeros.data, new Float64Array(9));
});

Deno.test("a positive system is solved for every right-hand side", async () => {
  // [[4, 2], [2, 10]] x = (8, 22) has x = (1, 2).
  const b = Float64Array.of(8, 22, 4, 2);
  solvePositive(Float64Array.of(4, 2, 2, 10), 2, b);
  [1, 2, 1, 0].forEach((value, i) => assertAlmostEquals(b[i], value, 1e-15));

  const a = await gram(randomMatrix(60, 37), "columns");
  const x = randomMatrix(5, 37);
  const { data } = await matmul(x, a);
  solvePositive(a.data.slice(), 37, data);
  x.data.forEach((value, i) => assertAlmostEquals(data[i], value, 1e-9));
});
