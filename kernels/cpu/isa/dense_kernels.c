/* Dense convolution of any kernel and stride: outer products of blocks of filters, in vectors, and
 * positions, broadcast, so that any number of positions fills the vectors. Compiled once for each
 * instruction set, like microkernels.c; dense_kernels.h has the contracts.
 *
 * A column of P x B accumulators wants B vectors of weights and P broadcasts: with 14 x 2 that is 16
 * loads for 28 products, so the multipliers set the pace. */
#include "kernels.h"
#include "transpose.h"

#define BLOCK KERF_DENSE_BLOCK
#define SUB (BLOCK / KERF_LANES)

ALWAYS void product(uint32_t blocks, uint32_t positions, const kerf_dense_walk *walk, const float *w,
                    const float *x, float *sums, int accumulate, const float *ahead) {
  enum { MOST_VECTORS = 4 };
  vector a[MOST_VECTORS][KERF_DENSE_MAX_POSITIONS];
  const size_t w_step = walk->w_step, sums_step = walk->sums_step;
  UNROLL for (uint32_t r = 0; r < blocks * SUB; r++) {
    UNROLL for (uint32_t p = 0; p < positions; p++) a[r][p] = (vector){0};
  }
  if (accumulate) {
    UNROLL for (uint32_t r = 0; r < blocks * SUB; r++) {
      UNROLL for (uint32_t p = 0; p < positions; p++)
        a[r][p] = *(const vector *)(sums + r / SUB * sums_step + p * BLOCK + r % SUB * KERF_LANES);
    }
  }
  for (uint32_t left = walk->channels; left; x += walk->x_step) {
    const uint32_t here = left < BLOCK ? left : BLOCK;
    for (uint32_t t = 0; t < walk->taps; t++) {
      const float *from = x + walk->offsets[t], *end = from + here;
      for (; from < end; from++, w += BLOCK, ahead += 64 / sizeof *ahead) {
        vector rows[MOST_VECTORS];
        __builtin_prefetch(ahead);
        UNROLL for (uint32_t r = 0; r < blocks * SUB; r++)
          rows[r] = *(const vector *)(w + r / SUB * w_step + r % SUB * KERF_LANES);
        UNROLL for (uint32_t p = 0; p < positions; p++) {
          const float y = from[p * BLOCK];
          UNROLL for (uint32_t r = 0; r < blocks * SUB; r++) a[r][p] += y * rows[r];
        }
      }
    }
    left -= here;
  }
  UNROLL for (uint32_t r = 0; r < blocks * SUB; r++) {
    UNROLL for (uint32_t p = 0; p < positions; p++)
      *(vector *)(sums + r / SUB * sums_step + p * BLOCK + r % SUB * KERF_LANES) = a[r][p];
  }
}

#define PRODUCT(blocks, positions)                                                                \
  static void product_##blocks##x##positions(const kerf_dense_walk *walk, const float *w,         \
                                             const float *x, float *sums, int accumulate,         \
                                             const float *ahead) {                                \
    product(blocks, positions, walk, w, x, sums, accumulate, ahead);                              \
  }
#define UP_TO_6(K, b) K(b, 1) K(b, 2) K(b, 3) K(b, 4) K(b, 5) K(b, 6)
#define UP_TO_14(K, b) UP_TO_6(K, b) K(b, 7) K(b, 8) K(b, 9) K(b, 10) K(b, 11) K(b, 12) K(b, 13) K(b, 14)
#define UP_TO_28(K, b)                                                                            \
  UP_TO_14(K, b)                                                                                  \
  K(b, 15) K(b, 16) K(b, 17) K(b, 18) K(b, 19) K(b, 20) K(b, 21) K(b, 22) K(b, 23) K(b, 24)       \
  K(b, 25) K(b, 26) K(b, 27) K(b, 28)
#if KERF_LANES == 16
#define PRODUCTS(K) UP_TO_28(K, 1) UP_TO_14(K, 2)
#define MOST_BLOCKS 2
#define MOST_POSITIONS {0, 28, 14}
#else
#define PRODUCTS(K) UP_TO_6(K, 1)
#define MOST_BLOCKS 1
#define MOST_POSITIONS {0, 6}
#endif
PRODUCTS(PRODUCT)

#if KERF_LANES == 16
#define EVEN 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
#elif KERF_LANES == 8
#define EVEN 0, 2, 4, 6, 8, 10, 12, 14
#else
#define EVEN 0, 2, 4, 6
#endif

ALWAYS vector even(vector a, vector b) { return __builtin_shufflevector(a, b, EVEN); }

/* Every step-th float, of which n are wanted. */
ALWAYS vector load_strided(const float *x, size_t step, size_t n) {
  if (step == 1) return load(x);
  if (step == 2) return even(load(x), load(x + KERF_LANES));
  if (step == 4)
    return even(even(load(x), load(x + KERF_LANES)),
                even(load(x + 2 * KERF_LANES), load(x + 3 * KERF_LANES)));
  vector y = {0};
  for (size_t i = 0; i < KERF_LANES && i < n; i++) y[i] = x[i * step];
  return y;
}

/* The floats of one channel at LANES positions. */
ALWAYS vector load_channel(size_t step, size_t n, const float *x, size_t channel_step, uint32_t c) {
  const float *from = x + c * channel_step;
  __builtin_prefetch(from + BLOCK * channel_step); /* the next block of channels */
  return load_strided(from, step, n);
}

/* Up to 4 channels: nothing reads the others of their block. */
ALWAYS void pack_few(size_t step, size_t n, const float *x, size_t channel_step, uint32_t channels,
                     float *out) {
  enum { FEW = 4 };
  typedef float few __attribute__((vector_size(FEW * sizeof(float)), may_alias));
  for (size_t i = 0; i < n; i += KERF_LANES) {
    vector a[FEW], b[FEW];
    UNROLL for (uint32_t c = 0; c < FEW; c++) {
      a[c] = (vector){0};
      if (c < channels) a[c] = load_channel(step, n - i, x + i * step, channel_step, c);
    }
    UNROLL for (uint32_t c = 0; c < 2; c++) zip(a[c], a[c + 2], b + 2 * c);
    UNROLL for (uint32_t c = 0; c < 2; c++) zip(b[c], b[c + 2], a + 2 * c);
    UNROLL for (uint32_t j = 0; j < KERF_LANES; j++)
      if (i + j < n) *(few *)(out + (i + j) * BLOCK) = ((const few *)a)[j];
  }
}

ALWAYS void pack_many(size_t step, size_t n, const float *x, size_t channel_step, uint32_t channels,
                      float *out) {
  for (uint32_t first = 0; first < channels; first += KERF_LANES) {
    for (size_t i = 0; i < n; i += KERF_LANES) {
      vector y[KERF_LANES];
      UNROLL for (uint32_t c = 0; c < KERF_LANES; c++) {
        y[c] = (vector){0};
        if (first + c < channels)
          y[c] = load_channel(step, n - i, x + i * step, channel_step, first + c);
      }
      transpose(y, y);
      float *to = out + i * BLOCK + first;
      if (n - i >= KERF_LANES) {
        UNROLL for (uint32_t j = 0; j < KERF_LANES; j++) *(vector *)(to + j * BLOCK) = y[j];
      } else {
        for (uint32_t j = 0; j < n - i; j++) *(vector *)(to + j * BLOCK) = y[j];
      }
    }
  }
}

ALWAYS void pack_by(size_t step, size_t n, const float *x, size_t channel_step, uint32_t channels,
                    float *out) {
  if (channels <= 4)
    pack_few(step, n, x, channel_step, channels, out);
  else
    pack_many(step, n, x, channel_step, channels, out);
}

static void pack(size_t n, size_t step, const float *x, size_t channel_step, uint32_t channels,
                 float *out) {
  if (step == 1)
    pack_by(1, n, x, channel_step, channels, out);
  else if (step == 2)
    pack_by(2, n, x, channel_step, channels, out);
  else if (step == 4)
    pack_by(4, n, x, channel_step, channels, out);
  else
    pack_by(step, n, x, channel_step, channels, out);
}

/* The same as store_row of microkernels.c, for rows that come side by side. */
static void store_block(size_t n, uint32_t filters, const float *sums, const float *bias,
                        const kerf_dense_rows *residual, const kerf_clamp *clamp,
                        const kerf_dense_rows *out) {
  const vector slope = splat(clamp->slope), least = splat(clamp->least), most = splat(clamp->most);
  for (uint32_t first = 0; first < filters; first += KERF_LANES) {
    const uint32_t rows = filters - first < KERF_LANES ? filters - first : KERF_LANES;
    vector add = {0};
    if (bias) add = load_part(bias + first, rows);
    for (size_t i = 0; i < n; i += KERF_LANES) {
      const size_t here = n - i < KERF_LANES ? n - i : KERF_LANES;
      vector y[KERF_LANES];
      UNROLL for (uint32_t j = 0; j < KERF_LANES; j++)
        y[j] = *(const vector *)(sums + (i + j) * BLOCK + first) + add;
      transpose(y, y);
      for (uint32_t r = 0; r < rows; r++) {
        vector x = y[r];
        if (residual->data)
          x += load_part(residual->data + (ptrdiff_t)(first + r) * residual->step + i, here);
        x = choose(x < (vector){0}, x * slope, x);
        float *to = out->data + (ptrdiff_t)(first + r) * out->step + i;
        store_part(to, at_most(at_least(x, least), most), here);
        __builtin_prefetch(to + here + KERF_LANES - 1, 1); /* the next tile's */
      }
    }
  }
}

#define ENTRY(blocks, positions) .product[blocks][positions] = product_##blocks##x##positions,

const kerf_dense_kernels PASTE(kerf_dense__, KERF_ISA) = {
    .blocks = MOST_BLOCKS,
    .positions = MOST_POSITIONS,
    PRODUCTS(ENTRY)
    .pack = pack,
    .store = store_block,
};
