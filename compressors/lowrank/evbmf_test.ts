import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { singularValues, symmetricEigen } from "./eigen.ts";
import { evbmf } from "./evbmf.ts";
import { gram } from "./matrix.ts";
import type { Matrix } from "./matrix.ts";

const relative = (actual: number, expected: number, tolerance: number) =>
  assertAlmostEquals(actual / expected, 1, tolerance);

/** The recipe of the published table: `r` waves plus noise from a linear congruence. */
function example(rows: number, columns: number, r: number, amp: number, scale = 1): Matrix {
  const data = new Float64Array(rows * columns);
  let x = 1;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      x = (16807 * x) % 2147483647;
      let a = amp * (x / 2147483647 - 0.5);
      for (let k = 1; k <= r; k++) {
        a += (2 / k) * Math.cos(0.7 * k * (i + 1)) * Math.sin(0.5 * k * (j + 1) + 0.3 * k);
      }
      data[i * columns + j] = scale * a;
    }
  }
  return { rows, columns, data };
}

async function spectrum(a: Matrix): Promise<Float64Array> {
  const side = a.rows <= a.columns ? "rows" : "columns";
  return singularValues(await symmetricEigen(await gram(a, side)));
}

Deno.test("EVBMF finds rank, noise and threshold of 8 x 20 with three waves", async () => {
  const singular = await spectrum(example(8, 20, 3, 0.5));
  [12.222885172, 6.088926971, 3.194244051, 0.871822969, 0.630517822, 0.548923909, 0.455176692]
    .forEach((expected, i) => assertAlmostEquals(singular[i], expected, 1e-8));
  const found = evbmf(singular, 8, 20);
  assertEquals(found.rank, 3);
  relative(found.noise, 0.02342355868, 1e-4);
  relative(found.objective, 16.7982948375, 1e-9);
  relative(found.threshold, 1.232195678, 1e-4);
});

Deno.test("EVBMF finds the same rank when the matrix is scaled down to the size of weights", async () => {
  for (const scale of [1e3, 1, 1e-3, 1e-6, 1e-9]) {
    const found = evbmf(await spectrum(example(16, 48, 4, 0.5, scale)), 16, 48);
    assertEquals(found.rank, 4);
    relative(found.noise, 0.0191308199 * scale ** 2, 1e-4);
  }
});

Deno.test("EVBMF does not mind which side is longer", async () => {
  const singular = await spectrum(example(20, 8, 3, 0.5));
  assertEquals(evbmf(singular, 20, 8), evbmf(singular, 8, 20));
  assertEquals(evbmf(singular, 20, 8).rank, 3);
});

Deno.test("EVBMF finds no signal in noise", async () => {
  const found = evbmf(await spectrum(example(6, 10, 0, 1)), 6, 10);
  assertEquals(found.rank, 0);
  relative(found.noise, 0.08669554915, 1e-6);
});

Deno.test("EVBMF finds the rank of an exact low-rank matrix and of zeros", async () => {
  const singular = await spectrum(example(10, 30, 2, 0));
  singular.fill(0, 2);
  assertEquals(evbmf(singular, 10, 30).rank, 2);
  assertEquals(evbmf(new Float64Array(4), 4, 9).rank, 0);
});

Deno.test("EVBMF finds the same from the leading singular values and the residual", async () => {
  const singular = await spectrum(example(16, 48, 4, 0.5));
  const leading = singular.subarray(0, 13);
  const residual = singular.subarray(13).reduce((sum, g) => sum + g * g, 0);
  const found = evbmf(leading, 16, 48, { residual });
  assertEquals(found.rank, 4);
  assert(evbmf(singular.subarray(0, 6), 16, 48, { residual: residual + 5 }).rank <= 6);
});

Deno.test("EVBMF refuses more singular values than the matrix has", () => {
  assertThrows(() => evbmf(new Float64Array(5), 4, 9), RangeError, "must be 1 to 4");
});

const fixture = new URL("../../../shared/methods/fixtures/evbmf.json", import.meta.url);
let available = true;
try {
  Deno.statSync(fixture);
} catch {
  available = false;
}

interface Case {
  rows: number;
  cols: number;
  r: number;
  amp: number;
  scale: number;
  sigma2: number;
  objective: number;
  threshold: number;
  rank: number;
  A00: number;
  A_last: number;
  singular_values: number[];
}

Deno.test({
  name: "EVBMF agrees with every case of the fixture (needs ../shared)",
  ignore: !available,
  async fn() {
    const { cases }: { cases: Case[] } = JSON.parse(await Deno.readTextFile(fixture));
    for (const c of cases) {
      const a = example(c.rows, c.cols, c.r, c.amp, c.scale);
      assertAlmostEquals(a.data[0], c.A00, 1e-12);
      assertAlmostEquals(a.data.at(-1)!, c.A_last, 1e-12);
      const singular = await spectrum(a);
      c.singular_values.forEach((g, i) => relative(singular[i], g, 1e-9));
      const found = evbmf(singular, c.rows, c.cols);
      assertEquals(found.rank, c.rank);
      relative(found.noise, c.sigma2, 1e-4);
      relative(found.threshold, c.threshold, 1e-4);
      relative(found.objective, c.objective, 1e-9);
    }
  },
});
