import { assertAlmostEquals, assertEquals } from "@std/assert";
import { Random } from "../../graph/random.ts";
import { packWinograd, winogradFloats } from "./pack_winograd.ts";

/** One axis: products at the points, and how inputs and outputs meet them, from their definition. */
const POINTS = [0, Math.SQRT1_2, -Math.SQRT1_2, Math.SQRT2, -Math.SQRT2];

/** Coefficients of the product of (x - p) over `points`, lowest power first. */
function polynomial(points: readonly number[]): number[] {
  return points.reduce((c, p) => [...c, 0].map((_, i) => (c[i - 1] ?? 0) - p * (c[i] ?? 0)), [1]);
}

/** B^T: Lagrange's numerators, and the whole polynomial for infinity. */
const INPUT = [
  ...POINTS.map((p) => [...polynomial(POINTS.filter((q) => q !== p)), 0]),
  polynomial(POINTS),
];
/** A^T: powers of the points. */
const OUTPUT = [0, 1, 2, 3].map((n) => [...POINTS.map((p) => p ** n), n === 3 ? 1 : 0]);

function sandwich(m: readonly (readonly number[])[], x: readonly number[]): number[] {
  const n = m[0].length;
  return m.flatMap((left) =>
    m.map((right) =>
      left.reduce((s, a, i) => s + right.reduce((t, b, j) => t + a * b * x[i * n + j], 0), 0)
    )
  );
}

Deno.test("products of transformed kernels and inputs are the convolution, transformed", () => {
  const rows = 18, channels = 3, depthTaps = 2;
  const random = new Random(3, "winograd");
  const normal = (n: number) => Array.from({ length: n }, () => random.uniform() * 2 - 1);
  const weights = Float32Array.from(normal(rows * channels * depthTaps * 9));
  const packed = packWinograd(weights, rows, channels, depthTaps);
  const tile = normal(36), transformed = sandwich(INPUT, tile);
  for (let m = 0; m < rows; m++) {
    for (let c = 0; c < channels; c++) {
      for (let tap = 0; tap < depthTaps; tap++) {
        const block = Math.floor(m / 16), blocks = 2;
        const at = (f: number) =>
          packed[(((tap * 36 + f) * blocks + block) * channels + c) * 16 + m % 16];
        const output = sandwich(OUTPUT, transformed.map((x, f) => x * at(f)));
        output.forEach((y, i) => {
          let expected = 0;
          for (let k = 0; k < 9; k++) {
            const h = (i >> 2) + Math.floor(k / 3), w = i % 4 + k % 3;
            expected += weights[((m * channels + c) * depthTaps + tap) * 9 + k] * tile[h * 6 + w];
          }
          assertAlmostEquals(y, expected, 1e-5);
        });
      }
    }
  }
});

Deno.test("blocks of rows are filled up with zeros", () => {
  const packed = packWinograd(new Float32Array(17 * 9).fill(1), 17, 1, 1);
  assertEquals(packed.length, winogradFloats(17, 1, 1));
  assertEquals(packed.length, 36 * 32);
  for (let f = 0; f < 36; f++) {
    assertEquals([...packed.subarray(f * 32 + 17, f * 32 + 32)], Array(15).fill(0));
  }
});
