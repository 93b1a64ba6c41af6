/* The reference: every micro-kernel as its contract in kernels.h reads, in double precision.
 * Never optimised; selectable at run time so that every faster table can be held against it. */
#include "kernels.h"

#define LANES 4u

static inline void conv(uint32_t R, uint32_t V, size_t n, const uint32_t *offsets, const float *w,
                        const float *x, float *acc, size_t lda, int accumulate) {
  for (uint32_t r = 0; r < R; r++) {
    for (uint32_t j = 0; j < V * LANES; j++) {
      double sum = accumulate ? acc[r * lda + j] : 0.0;
      for (size_t i = 0; i < n; i++) sum += (double)w[i * R + r] * x[offsets[i] + j];
      acc[r * lda + j] = (float)sum;
    }
  }
}

static inline void fc(uint32_t R, size_t n, const uint32_t *offsets, const float *w,
                      const float *x, float *acc) {
  for (uint32_t r = 0; r < R; r++) {
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) sum += (double)w[i * R + r] * x[offsets ? offsets[i] : i];
    acc[r] = (float)sum;
  }
}

#define CONV(R, V)                                                                              \
  static void conv_##R##x##V(size_t n, const uint32_t *offsets, const float *w, const float *x, \
                             float *acc, size_t lda, int accumulate) {                          \
    conv(R, V, n, offsets, w, x, acc, lda, accumulate);                                         \
  }
#define FC(R)                                                                                   \
  static void fc_##R(size_t n, const uint32_t *offsets, const float *w, const float *x,         \
                     float *acc) {                                                              \
    fc(R, n, offsets, w, x, acc);                                                               \
  }
#define TILES(K) K(1, 1) K(1, 2) K(2, 1) K(2, 2) K(4, 1) K(4, 2) K(8, 1) K(8, 2)
TILES(CONV)
FC(1) FC(2) FC(4) FC(8)

static float clamped(float y, const kerf_clamp *clamp) {
  if (y < 0) y *= clamp->slope;
  if (y < clamp->least) y = clamp->least;
  return y > clamp->most ? clamp->most : y;
}

static void store(size_t n, const float *x, float bias, const float *residual,
                  const kerf_clamp *clamp, float *out) {
  for (size_t i = 0; i < n; i++)
    out[i] = clamped(x[i] + bias + (residual ? residual[i] : 0.0f), clamp);
}

static void pool(size_t n, uint32_t step, uint32_t rows, const float *const *x, float bias,
                 const kerf_clamp *clamp, float *out) {
  for (size_t i = 0; i < n; i++) {
    float y = x[0][i * step];
    for (uint32_t j = 0; j < rows; j++)
      for (uint32_t k = 0; k < step; k++) y = x[j][i * step + k] > y ? x[j][i * step + k] : y;
    out[i] = clamped(y + bias, clamp);
  }
}

static void max(size_t n, const float *x, float *out) {
  for (size_t i = 0; i < n; i++) out[i] = x[i] > out[i] ? x[i] : out[i];
}

#define ENTRY(R, V) .conv[R][V] = conv_##R##x##V,
const kerf_kernels kerf_kernels__reference = {
    .name = "reference",
    .lanes = LANES,
    .tile_vectors = {0, 2, 2, 0, 2, 0, 0, 0, 2},
    TILES(ENTRY)
    .fc = {0, fc_1, fc_2, 0, fc_4, 0, 0, 0, fc_8},
    .store = store,
    .pool = pool,
    .max = max,
    .winograd = &kerf_winograd__reference,
    .dense = &kerf_dense__reference,
    .activate = kerf_activate__reference,
    .elementwise = kerf_elementwise__reference,
    .rows = &kerf_row_kernels__reference,
};
