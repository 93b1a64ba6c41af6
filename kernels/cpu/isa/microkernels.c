/* The micro-kernels, written once with the compiler's vector types and compiled once for each
 * instruction set: the build defines KERF_ISA, KERF_LANES (floats in a vector) and
 * KERF_REGISTERS (vector registers). kernels.h has the contracts.
 *
 * Why these shapes: a tile of R x V accumulators wants R*V + V + 1 registers. The products of one
 * column need R broadcasts and V loads (two slots each when a load crosses a cache line, as
 * unaligned loads nearly always do at 64 bytes), so R >= 4 keeps the multipliers busy; R = 1 does
 * not, which is why unstructured sparsity is slow. */
#include "kernels.h"
#include "vector.h"

#define STRING2(a) #a
#define STRING(a) STRING2(a)

/* Rows from row0 on of a block of R rows. With few registers a block is walked in two halves. */
ALWAYS void conv_rows(uint32_t R, uint32_t row0, uint32_t rows, uint32_t V, size_t n,
                      const uint32_t *offsets, const float *w, const float *x, float *acc,
                      size_t lda, int accumulate) {
  vector a[KERF_MAX_BLOCK_ROWS][KERF_MAX_TILE_VECTORS];
  UNROLL for (uint32_t r = 0; r < rows; r++) {
    UNROLL for (uint32_t v = 0; v < V; v++) {
      a[r][v] = accumulate ? *(const vector *)(acc + (row0 + r) * lda + v * KERF_LANES)
                           : (vector){0};
    }
  }
  w += row0;
  for (size_t i = 0; i < n; i++, w += R) {
    const float *from = x + offsets[i];
    vector in[KERF_MAX_TILE_VECTORS];
    UNROLL for (uint32_t v = 0; v < V; v++) in[v] = *(const unaligned *)(from + v * KERF_LANES);
    UNROLL for (uint32_t r = 0; r < rows; r++) {
      const float weight = w[r];
      UNROLL for (uint32_t v = 0; v < V; v++) a[r][v] += weight * in[v];
    }
  }
  UNROLL for (uint32_t r = 0; r < rows; r++) {
    UNROLL for (uint32_t v = 0; v < V; v++) {
      *(vector *)(acc + (row0 + r) * lda + v * KERF_LANES) = a[r][v];
    }
  }
}

#define ROWS_AT_ONCE(R) (KERF_REGISTERS < 32 && (R) > 4 ? 4 : (R))

#define CONV(R, V)                                                                               \
  static void conv_##R##x##V(size_t n, const uint32_t *offsets, const float *w, const float *x,  \
                             float *acc, size_t lda, int accumulate) {                           \
    for (uint32_t row0 = 0; row0 < R; row0 += ROWS_AT_ONCE(R)) {                                 \
      if (accumulate)                                                                            \
        conv_rows(R, row0, ROWS_AT_ONCE(R), V, n, offsets, w, x, acc, lda, 1);                   \
      else                                                                                       \
        conv_rows(R, row0, ROWS_AT_ONCE(R), V, n, offsets, w, x, acc, lda, 0);                   \
    }                                                                                            \
  }

#if KERF_REGISTERS >= 32
#define TILES_8(K) K(8, 1) K(8, 2) K(8, 3)
#define TILES_4(K) K(4, 1) K(4, 2) K(4, 3) K(4, 4) K(4, 5) K(4, 6)
#define TILES_2(K) K(2, 1) K(2, 2) K(2, 3) K(2, 4) K(2, 5) K(2, 6) K(2, 7) K(2, 8)
#define TILES_1(K) TILES_1_SMALL(K) K(1, 7) K(1, 8) K(1, 9) K(1, 10) K(1, 11) K(1, 12)
#define WIDEST {0, 12, 8, 0, 6, 0, 0, 0, 3}
#else
#define TILES_8(K) K(8, 1) K(8, 2) K(8, 3)
#define TILES_4(K) K(4, 1) K(4, 2) K(4, 3)
#define TILES_2(K) K(2, 1) K(2, 2) K(2, 3) K(2, 4)
#define TILES_1(K) TILES_1_SMALL(K)
#define WIDEST {0, 6, 4, 0, 3, 0, 0, 0, 3}
#endif
#define TILES_1_SMALL(K) K(1, 1) K(1, 2) K(1, 3) K(1, 4) K(1, 5) K(1, 6)
#define TILES(K) TILES_8(K) TILES_4(K) TILES_2(K) TILES_1(K)

TILES(CONV)

/* Fully connected layers use each weight once: memory sets their pace. The rows of a block lie
 * side by side, so one load brings the weights of one input for R filters; four columns at a time
 * hide the latency of the additions. */
#define FC(R)                                                                                    \
  typedef float rows_##R __attribute__((vector_size(R * 4)));                                    \
  typedef float rows_##R##_u __attribute__((vector_size(R * 4), aligned(4), may_alias));         \
  static void fc_##R(size_t n, const uint32_t *offsets, const float *w, const float *x,          \
                     float *acc) {                                                               \
    rows_##R a[8] = {0};                                                                         \
    size_t i = 0;                                                                                \
    if (!offsets) {                                                                              \
      for (; i + 8 <= n; i += 8, w += 8 * R) {                                                   \
        __builtin_prefetch(w + 8192 / 4);                                                        \
        __builtin_prefetch(w + 8192 / 4 + 16);                                                   \
        __builtin_prefetch(w + 8192 / 4 + 32);                                                   \
        __builtin_prefetch(w + 8192 / 4 + 48);                                                   \
        UNROLL for (int u = 0; u < 8; u++) a[u] += x[i + u] * *(const rows_##R##_u *)(w + u * R); \
      }                                                                                          \
    } else {                                                                                     \
      for (; i + 8 <= n; i += 8, w += 8 * R) {                                                   \
        UNROLL for (int u = 0; u < 8; u++)                                                       \
          a[u] += x[offsets[i + u]] * *(const rows_##R##_u *)(w + u * R);                        \
      }                                                                                          \
    }                                                                                            \
    for (; i < n; i++, w += R) a[0] += x[offsets ? offsets[i] : i] * *(const rows_##R##_u *)w;   \
    UNROLL for (int u = 1; u < 8; u++) a[0] += a[u];                                             \
    *(rows_##R##_u *)acc = a[0];                                                                 \
  }
FC(8) FC(4) FC(2)

static void fc_1(size_t n, const uint32_t *offsets, const float *w, const float *x, float *acc) {
  float a[4] = {0};
  size_t i = 0;
  for (; i + 4 <= n; i += 4)
    for (int u = 0; u < 4; u++) a[u] += x[offsets ? offsets[i + u] : i + u] * w[i + u];
  for (; i < n; i++) a[0] += x[offsets ? offsets[i] : i] * w[i];
  *acc = a[0] + a[1] + a[2] + a[3];
}

ALWAYS float clamped(float y, float slope, float least, float most) {
  y = y < 0.0f ? y * slope : y;
  y = y < least ? least : y;
  return y > most ? most : y;
}

ALWAYS vector clamped_vector(vector y, vector slope, vector least, vector most) {
  y = choose(y < (vector){0}, y * slope, y);
  return at_most(at_least(y, least), most);
}

static void store_row(size_t n, const float *x, float bias, const float *residual,
                      const kerf_clamp *clamp, float *out) {
  const vector slope = splat(clamp->slope), least = splat(clamp->least), most = splat(clamp->most);
  const vector add = splat(bias);
  size_t i = 0;
  for (; i + KERF_LANES <= n; i += KERF_LANES) {
    vector y = load(x + i) + add;
    if (residual) y += load(residual + i);
    store(out + i, clamped_vector(y, slope, least, most));
  }
  if (i < n) {
    vector y = load_part(x + i, n - i) + add;
    if (residual) y += load_part(residual + i, n - i);
    store_part(out + i, clamped_vector(y, slope, least, most), n - i);
  }
}

static void max(size_t n, const float *x, float *out) {
  for (size_t i = 0; i < n; i++) out[i] = x[i] > out[i] ? x[i] : out[i];
}

/* In pieces whose line of maxima stays in L1, two rows at a time; a step of 2 is what networks use. */
static void pool(size_t n, uint32_t step, uint32_t rows, const float *const *x, float bias,
                 const kerf_clamp *clamp, float *out) {
  enum { PIECE = 512 };
  float line[PIECE];
  const float slope = clamp->slope, least = clamp->least, most = clamp->most;
  const size_t longest = PIECE / step;
  for (size_t begin = 0; begin < n; begin += longest) {
    const size_t here = n - begin < longest ? n - begin : longest, used = here * step;
    for (uint32_t j = 0; j < rows; j += 2) {
      const float *a = x[j] + begin * step, *b = x[j + 1 < rows ? j + 1 : j] + begin * step;
      if (!j) {
        for (size_t i = 0; i < used; i++) line[i] = b[i] > a[i] ? b[i] : a[i];
      } else {
        for (size_t i = 0; i < used; i++) {
          const float y = b[i] > a[i] ? b[i] : a[i];
          line[i] = y > line[i] ? y : line[i];
        }
      }
    }
    float *restrict to = out + begin;
    if (step == 2) {
      for (size_t i = 0; i < here; i++) {
        const float a = line[2 * i], b = line[2 * i + 1];
        to[i] = clamped((b > a ? b : a) + bias, slope, least, most);
      }
    } else {
      for (size_t i = 0; i < here; i++) {
        float y = line[i * step];
        for (uint32_t k = 1; k < step; k++) y = line[i * step + k] > y ? line[i * step + k] : y;
        to[i] = clamped(y + bias, slope, least, most);
      }
    }
  }
}

#define ENTRY(R, V) .conv[R][V] = conv_##R##x##V,
const kerf_kernels PASTE(kerf_kernels__, KERF_ISA) = {
    .name = STRING(KERF_ISA),
    .lanes = KERF_LANES,
    .tile_vectors = WIDEST,
    TILES(ENTRY)
    .fc = {0, fc_1, fc_2, 0, fc_4, 0, 0, 0, fc_8},
    .store = store_row,
    .pool = pool,
    .max = max,
    .winograd = &PASTE(kerf_winograd__, KERF_ISA),
    .dense = &PASTE(kerf_dense__, KERF_ISA),
    .activate = PASTE(kerf_activate__, KERF_ISA),
    .elementwise = PASTE(kerf_elementwise__, KERF_ISA),
    .rows = &PASTE(kerf_row_kernels__, KERF_ISA),
};
