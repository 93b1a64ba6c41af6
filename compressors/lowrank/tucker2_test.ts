import { assertAlmostEquals, assertEquals, assertLessOrEqual } from "@std/assert";
import { singularValues } from "./eigen.ts";
import { hooi, hosvd, kernelSpectra, relativeError } from "./tucker2.ts";
import type { Kernel } from "./unfold.ts";

/** The worked example: T = 6 filters, S = 5 channels, 3 x 3 positions. */
function example(): Kernel {
  const [T, S] = [6, 5];
  const data = new Float64Array(T * S * 9);
  for (let t = 0, at = 0; t < T; t++) {
    for (let s = 0; s < S; s++) {
      for (let i = 0; i < 3; i++) {
        for (let j = 0; j < 3; j++, at++) {
          data[at] = Math.cos(.5 * (t + 1) * (i + 1)) * Math.sin(.3 * (s + 1) * (j + 1)) +
            .1 * Math.cos((t + 1) * (s + 1) + i - j);
        }
      }
    }
  }
  return { T, S, D: 9, data };
}

const near = (actual: Iterable<number>, expected: readonly number[], tolerance: number) =>
  [...actual].forEach((value, i) => assertAlmostEquals(value, expected[i], tolerance));

Deno.test("unfoldings of the worked example have the published singular values", async () => {
  const { data } = example();
  assertAlmostEquals(data[0], .3133736106, 1e-10);
  assertAlmostEquals(data.at(-1)!, .9060824171, 1e-10);
  const { input, output } = await kernelSpectra(example());
  near(
    singularValues(output),
    [5.71714808, 5.13012003, 3.78115108, .53196017, .47504828, .20865163],
    1e-7,
  );
  near(singularValues(input), [6.72333644, 5.25340618, .73878746, .53208431, .47196954], 1e-7);
});

Deno.test("HOSVD and HOOI reach the published errors", async () => {
  const kernel = example();
  const spectra = await kernelSpectra(kernel);
  const table = [
    [3, 2, .1249849576, .1249393124],
    [2, 2, .4552191041, .4550786083],
    [4, 3, .0990982792, .0864705490],
    [3, 3, .0998389375, .0993281719],
  ];
  for (const [output, input, expectedHosvd, expectedHooi] of table) {
    const ranks = { input, output };
    const first = await hosvd(kernel, ranks, spectra);
    const best = await hooi(kernel, ranks, spectra, { tolerance: 1e-13 });
    assertAlmostEquals(relativeError(kernel, first.core), expectedHosvd, 1e-8);
    assertAlmostEquals(relativeError(kernel, best.core), expectedHooi, 1e-5);
    assertLessOrEqual(relativeError(kernel, best.core), relativeError(kernel, first.core));
  }
});

Deno.test("the error that the norms give is the error of the rebuilt kernel", async () => {
  const kernel = example();
  const ranks = { input: 2, output: 3 };
  const { core, input, output } = await hosvd(kernel, ranks, await kernelSpectra(kernel));
  let missed = 0, whole = 0;
  for (let t = 0; t < kernel.T; t++) {
    for (let s = 0; s < kernel.S; s++) {
      for (let d = 0; d < kernel.D; d++) {
        let rebuilt = 0;
        for (let r4 = 0; r4 < 3; r4++) {
          for (let r3 = 0; r3 < 2; r3++) {
            rebuilt += output.data[t * 3 + r4] * core.data[(r4 * 2 + r3) * 9 + d] *
              input.data[s * 2 + r3];
          }
        }
        const value = kernel.data[(t * kernel.S + s) * 9 + d];
        missed += (value - rebuilt) ** 2;
        whole += value ** 2;
      }
    }
  }
  assertAlmostEquals(relativeError(kernel, core), Math.sqrt(missed / whole), 1e-12);
});

Deno.test("full ranks lose nothing, and a kernel of zeros has no error", async () => {
  const kernel = example();
  const ranks = { input: 5, output: 6 };
  const { core } = await hosvd(kernel, ranks, await kernelSpectra(kernel));
  assertAlmostEquals(relativeError(kernel, core), 0, 1e-7);
  const zero = { ...kernel, data: new Float64Array(kernel.data.length) };
  const factors = await hosvd(zero, ranks, await kernelSpectra(zero));
  assertEquals(relativeError(zero, factors.core), 0);
});
