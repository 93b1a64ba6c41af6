/**
 * Tucker-2: a kernel as a small core between two channel projections.
 *
 * `K[t, s, d] = sum over r4, r3 of U4[t, r4] C[r4, r3, d] U3[s, r3]`; the kernel positions are kept
 * (Kim et al., ICLR 2016, section 3).
 *
 * @module
 */

import { symmetricEigen } from "./eigen.ts";
import type { Spectrum } from "./eigen.ts";
import { gram, leadingColumns, matmul, sumOfSquares } from "./matrix.ts";
import type { Matrix } from "./matrix.ts";
import { foldChannels, foldFilters, unfoldChannels, unfoldFilters } from "./unfold.ts";
import type { Kernel } from "./unfold.ts";

/** Ranks of a Tucker-2 decomposition, named as in the paper. */
export interface Tucker2Ranks {
  /** R3, channels that enter the core; at most S. */
  readonly input: number;
  /** R4, channels that leave the core; at most T. */
  readonly output: number;
}

/** Factors of a kernel `[T, S, D]`; the projections have orthonormal columns. */
export interface Tucker2 {
  /** C, `[R4, R3, D]`. */
  readonly core: Kernel;
  /** U3, `S x R3`. */
  readonly input: Matrix;
  /** U4, `T x R4`. */
  readonly output: Matrix;
}

/** Spectra of the two unfoldings: their Gram matrices' eigenvalues and eigenvectors. */
export interface KernelSpectra {
  /** Of the unfolding along the input channels, S values. */
  readonly input: Spectrum;
  /** Of the unfolding along the filters, T values. */
  readonly output: Spectrum;
}

/** Everything that choosing ranks and {@link hosvd} need to know of a kernel. */
export async function kernelSpectra(kernel: Kernel): Promise<KernelSpectra> {
  return {
    input: await symmetricEigen(await gram(unfoldChannels(kernel), "rows")),
    output: await symmetricEigen(await gram(unfoldFilters(kernel), "rows")),
  };
}

/** Higher-order SVD: the leading singular vectors of both unfoldings, and the core that fits. */
export async function hosvd(
  kernel: Kernel,
  ranks: Tucker2Ranks,
  spectra: KernelSpectra,
): Promise<Tucker2> {
  const input = leadingColumns(spectra.input.vectors, ranks.input);
  const output = leadingColumns(spectra.output.vectors, ranks.output);
  const core = await projectChannels(await projectFilters(kernel, output), input);
  return { core, input, output };
}

/** When {@link hooi} stops. */
export interface HooiOptions {
  /**
   * The most sweeps over both projections.
   *
   * @default {100}
   */
  readonly sweeps?: number;
  /**
   * Change of the relative error between two sweeps, looked at from the third sweep on.
   *
   * @default {1e-4}
   */
  readonly tolerance?: number;
}

/**
 * Higher-order orthogonal iteration: from {@link hosvd} on, each projection in turn is made the best
 * one for the other. Never worse than HOSVD; every sweep costs two more eigendecompositions.
 */
export async function hooi(
  kernel: Kernel,
  ranks: Tucker2Ranks,
  spectra: KernelSpectra,
  { sweeps = 100, tolerance = 1e-4 }: HooiOptions = {},
): Promise<Tucker2> {
  let factors = await hosvd(kernel, ranks, spectra);
  let error = relativeError(kernel, factors.core);
  for (let sweep = 1; sweep <= sweeps; sweep++) {
    const narrow = unfoldFilters(await projectChannels(kernel, factors.input));
    const left = await symmetricEigen(await gram(narrow, "rows"));
    const output = leadingColumns(left.vectors, ranks.output);
    const flat = await projectFilters(kernel, output);
    const right = await symmetricEigen(await gram(unfoldChannels(flat), "rows"));
    const input = leadingColumns(right.vectors, ranks.input);
    factors = { core: await projectChannels(flat, input), input, output };
    const next = relativeError(kernel, factors.core);
    if (sweep >= 3 && Math.abs(error - next) < tolerance) break;
    error = next;
  }
  return factors;
}

/** `||K - rebuilt K|| / ||K||`, which orthonormal projections leave to the norms alone. */
export function relativeError(kernel: Kernel, core: Kernel): number {
  const whole = sumOfSquares(kernel.data);
  return whole === 0 ? 0 : Math.sqrt(Math.max(0, whole - sumOfSquares(core.data)) / whole);
}

/** `[T, S, D]` to `[R4, S, D]`: `U4ᵀ` applied along the filters. */
async function projectFilters(kernel: Kernel, output: Matrix): Promise<Kernel> {
  const product = await matmul(output, unfoldFilters(kernel), { transposeA: true });
  return foldFilters(product, kernel.D);
}

/** `[T, S, D]` to `[T, R3, D]`: `U3ᵀ` applied along the input channels. */
async function projectChannels(kernel: Kernel, input: Matrix): Promise<Kernel> {
  const product = await matmul(input, unfoldChannels(kernel), { transposeA: true });
  return foldChannels(product, kernel.D);
}
