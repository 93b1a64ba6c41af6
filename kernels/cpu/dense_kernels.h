/* The parts of the dense convolution, see isa/dense_kernels.c. Filters and input channels go in
 * blocks of KERF_DENSE_BLOCK. A patch is a copy of some input in which the channels of a block lie
 * side by side, so that a position is one block behind its neighbour and lanes are filters. */
#ifndef KERF_DENSE_KERNELS_H
#define KERF_DENSE_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "clamp.h"

enum { KERF_DENSE_BLOCK = 16, KERF_DENSE_MAX_BLOCKS = 2, KERF_DENSE_MAX_POSITIONS = 28 };

/* What a product sums over, and where the next block of each kind begins, floats. */
typedef struct {
  uint32_t channels, taps;
  const uint32_t *offsets; /* of the taps in the patch */
  size_t x_step;           /* from one block of channels to the next */
  size_t w_step, sums_step; /* from one block of filters to the next */
} kerf_dense_walk;

/* Products of B blocks of filters and P neighbouring positions, with BLOCK = KERF_DENSE_BLOCK:
 *   sums[b * sums_step + p * BLOCK + r] (+)= sum over blocks of channels k, taps t, channels c of
 *     w[b * w_step + ((k * taps + t) * BLOCK + c) * BLOCK + r] *
 *     x[k * x_step + offsets[t] + p * BLOCK + c]
 * for b < B, p < P, r < BLOCK; the last block of channels may have fewer, and so fewer weights.
 * w and sums are aligned to a vector. A line at `ahead` is prefetched for each (channel, tap). */
typedef void (*kerf_dense_product_fn)(const kerf_dense_walk *walk, const float *w, const float *x,
                                      float *sums, int accumulate, const float *ahead);

/* Part of a row of a patch: out[i * BLOCK + c] = x[c * channel_step + i * step] for i < n and
 * c < channels <= BLOCK; what becomes of other c is not said. Up to 64 floats behind are read. */
typedef void (*kerf_dense_pack_fn)(size_t n, size_t step, const float *x, size_t channel_step,
                                   uint32_t channels, float *out);

/* Rows of different filters, from the same position on. */
typedef struct {
  float *data;
  int64_t step; /* from one filter to the next, floats */
} kerf_dense_rows;

/* Stores the sums of a block: with a clamp as in kernels.h,
 *   out[r][i] = clamp(sums[i * BLOCK + r] + bias[r] + residual[r][i]) for r < filters, i < n.
 * bias and residual->data may be NULL. Sums are read up to a multiple of a vector. */
typedef void (*kerf_dense_store_fn)(size_t n, uint32_t filters, const float *sums,
                                    const float *bias, const kerf_dense_rows *residual,
                                    const kerf_clamp *clamp, const kerf_dense_rows *out);

typedef struct {
  uint32_t blocks;                               /* most for one product */
  uint32_t positions[KERF_DENSE_MAX_BLOCKS + 1]; /* most for that many blocks */
  kerf_dense_product_fn product[KERF_DENSE_MAX_BLOCKS + 1][KERF_DENSE_MAX_POSITIONS + 1];
  kerf_dense_pack_fn pack;
  kerf_dense_store_fn store;
} kerf_dense_kernels;

extern const kerf_dense_kernels kerf_dense__reference;
#if defined(__x86_64__)
extern const kerf_dense_kernels kerf_dense__avx2;
extern const kerf_dense_kernels kerf_dense__avx512;
#elif defined(__aarch64__)
extern const kerf_dense_kernels kerf_dense__neon;
#endif

#endif
