/* The table of micro-kernels of one instruction set. A new instruction set is one more table. */
#ifndef KERF_KERNELS_H
#define KERF_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "clamp.h"
#include "dense_kernels.h"
#include "kerf_plan.h"
#include "vector_math.h"
#include "winograd_kernels.h"

#define KERF_MAX_TILE_VECTORS 12u

/* Convolution tile: for each row r < R and position j < V * lanes,
 *   acc[r * lda + j] (+)= sum over i < n of w[i * R + r] * x[offsets[i] + j].
 * `acc` is aligned to a vector and lda is a multiple of lanes; x has no alignment and is read up
 * to V * lanes floats past each offset. Without `accumulate` acc is overwritten. */
typedef void (*kerf_conv_fn)(size_t n, const uint32_t *offsets, const float *w, const float *x,
                             float *acc, size_t lda, int accumulate);

/* Fully connected block: acc[r] = sum over i < n of w[i * R + r] * x[offsets ? offsets[i] : i]. */
typedef void (*kerf_fc_fn)(size_t n, const uint32_t *offsets, const float *w, const float *x,
                           float *acc);

/* out[i] = clamp(x[i] + bias + residual[i]) for i < n; residual may be NULL. */
typedef void (*kerf_store_fn)(size_t n, const float *x, float bias, const float *residual,
                              const kerf_clamp *clamp, float *out);

/* out[i] = clamp(max(x[j][i * step + k] over j < rows, k < step) + bias) for i < n. */
typedef void (*kerf_pool_fn)(size_t n, uint32_t step, uint32_t rows, const float *const *x,
                             float bias, const kerf_clamp *clamp, float *out);

/* out[i] = max(out[i], x[i]) for i < n. */
typedef void (*kerf_max_fn)(size_t n, const float *x, float *out);

typedef struct {
  const char *name;
  uint32_t lanes; /* floats in a vector */
  /* Widest tile in vectors for blocks of R rows; 0 where there is no kernel for R rows. */
  uint32_t tile_vectors[KERF_MAX_BLOCK_ROWS + 1];
  kerf_conv_fn conv[KERF_MAX_BLOCK_ROWS + 1][KERF_MAX_TILE_VECTORS + 1]; /* [R][V] */
  kerf_fc_fn fc[KERF_MAX_BLOCK_ROWS + 1];                                /* [R] */
  kerf_store_fn store;
  kerf_pool_fn pool;
  kerf_max_fn max;
  const kerf_winograd_kernels *winograd;
  const kerf_dense_kernels *dense;
  kerf_activate_fn activate;
  kerf_elementwise_fn elementwise;
  const kerf_row_kernels *rows;
} kerf_kernels;

extern const kerf_kernels kerf_kernels__reference;
#if defined(__x86_64__)
extern const kerf_kernels kerf_kernels__avx2;
extern const kerf_kernels kerf_kernels__avx512;
#elif defined(__aarch64__)
extern const kerf_kernels kerf_kernels__neon;
#endif

/* The best table for this processor, or the one called `name`; NULL if there is no such table or
 * the processor cannot run it. */
const kerf_kernels *kerf_find_kernels(const char *name);

#endif
