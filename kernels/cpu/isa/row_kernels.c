/* Sums, maxima and the like over rows. */
#include <math.h>
#include <stdlib.h>

#include "vector.h"
#include "vector_math.h"

/* One step of a reduction, on vectors and on doubles. */
ALWAYS vector join(uint32_t function, vector y, vector x) {
  switch (function) {
    case KERF_REDUCE_MAX: return maximum(x, y);
    case KERF_REDUCE_MIN: return minimum(x, y);
    case KERF_REDUCE_PROD: return y * x;
    case KERF_REDUCE_SUM_SQUARE: return y + x * x;
    case KERF_REDUCE_L1: return y + absolute(x);
    default: return y + x;
  }
}

ALWAYS double join_one(uint32_t function, double y, double x) {
  switch (function) {
    case KERF_REDUCE_MAX: return x > y || x != x ? x : y;
    case KERF_REDUCE_MIN: return x < y || x != x ? x : y;
    case KERF_REDUCE_PROD: return y * x;
    case KERF_REDUCE_SUM_SQUARE: return y + x * x;
    case KERF_REDUCE_L1: return y + fabs(x);
    default: return y + x;
  }
}

/* What changes nothing when it is joined. */
ALWAYS float identity(uint32_t function) {
  return function == KERF_REDUCE_MAX    ? -INFINITY
         : function == KERF_REDUCE_MIN  ? INFINITY
         : function == KERF_REDUCE_PROD ? 1.0f
                                        : 0.0f;
}

/* How results of parts are joined: they are squares and magnitudes already. */
ALWAYS uint32_t of_parts(uint32_t function) {
  return function == KERF_REDUCE_SUM_SQUARE || function == KERF_REDUCE_L1
             ? (uint32_t)KERF_REDUCE_SUM
             : function;
}

/* Calls K with the function as a constant, so that each gets a loop of its own. */
#define FOR_FUNCTION(K)                                            \
  switch (function) {                                              \
    case KERF_REDUCE_MAX: K(KERF_REDUCE_MAX); break;               \
    case KERF_REDUCE_MIN: K(KERF_REDUCE_MIN); break;               \
    case KERF_REDUCE_PROD: K(KERF_REDUCE_PROD); break;             \
    case KERF_REDUCE_SUM_SQUARE: K(KERF_REDUCE_SUM_SQUARE); break; \
    case KERF_REDUCE_L1: K(KERF_REDUCE_L1); break;                 \
    default: K(KERF_REDUCE_SUM);                                   \
  }

/* Two vectors of results, the second of n < lanes floats unless it is whole; even and odd rows
 * apart, since a step waits for the one before. */
ALWAYS void combine_two(uint32_t function, size_t n, int whole, size_t rows, const float *const *x,
                        size_t at, float *out) {
  const vector start = splat(identity(function));
  vector y[2] = {start, start}, z[2] = {start, start};
  size_t r = 0;
  for (; r + 2 <= rows; r += 2)
    for (int k = 0; k < 2; k++) {
      const float *row = x[r + k] + at;
      y[k] = join(function, y[k], load(row));
      z[k] = join(function, z[k], whole ? load(row + KERF_LANES) : load_part(row + KERF_LANES, n));
    }
  if (r < rows) {
    const float *row = x[r] + at;
    y[0] = join(function, y[0], load(row));
    z[0] = join(function, z[0], whole ? load(row + KERF_LANES) : load_part(row + KERF_LANES, n));
  }
  store(out + at, join(of_parts(function), y[0], y[1]));
  const vector second = join(of_parts(function), z[0], z[1]);
  if (whole)
    store(out + at + KERF_LANES, second);
  else
    store_part(out + at + KERF_LANES, second, n);
}

ALWAYS void combine_as(uint32_t function, size_t n, size_t rows, const float *const *x,
                       float *out) {
  size_t i = 0;
  for (; i + 2 * KERF_LANES <= n; i += 2 * KERF_LANES)
    combine_two(function, KERF_LANES, 1, rows, x, i, out);
  if (i + KERF_LANES <= n) {
    combine_two(function, n - i - KERF_LANES, 0, rows, x, i, out);
  } else if (i < n) {
    vector y = splat(identity(function));
    for (size_t r = 0; r < rows; r++) y = join(function, y, load_part(x[r] + i, n - i));
    store_part(out + i, y, n - i);
  }
}

static void combine(uint32_t function, size_t n, size_t rows, const float *const *x, float *out) {
#define COMBINE(F) combine_as(F, n, rows, x, out)
  FOR_FUNCTION(COMBINE)
}

enum { SUMS = 4, PIECE = 4096 }; /* so a lane adds up about PIECE / (SUMS * lanes) floats */

/* Joins all lanes, halves first: as exact as it is short. */
ALWAYS double join_lanes(uint32_t function, double start, vector y) {
  float lanes[KERF_LANES];
  store(lanes, y);
  for (int half = KERF_LANES / 2; half; half /= 2)
    for (int lane = 0; lane < half; lane++)
      lanes[lane] = (float)join_one(function, lanes[lane], lanes[lane + half]);
  return join_one(function, start, lanes[0]);
}

ALWAYS double reduce_as(uint32_t function, double start, size_t rows, ptrdiff_t step, size_t n,
                        const float *x) {
  const uint32_t parts = of_parts(function);
  const vector none = splat(identity(function));
  const integers last = first_lanes(n % KERF_LANES);
  for (size_t r = 0; r < rows;) {
    vector y[SUMS];
    for (int s = 0; s < SUMS; s++) y[s] = none;
    for (size_t done = 0; r < rows && done < PIECE; r++, done += n) {
      const float *row = x + (ptrdiff_t)r * step;
      size_t i = 0;
      for (; i + SUMS * KERF_LANES <= n; i += SUMS * KERF_LANES)
        for (int s = 0; s < SUMS; s++) y[s] = join(function, y[s], load(row + i + s * KERF_LANES));
      for (; i + KERF_LANES <= n; i += KERF_LANES) y[0] = join(function, y[0], load(row + i));
      if (i < n) y[1] = join(function, y[1], choose(last, load_part(row + i, n - i), none));
    }
    y[0] = join(parts, join(parts, y[0], y[1]), join(parts, y[2], y[3]));
    start = join_lanes(parts, start, y[0]);
  }
  return start;
}

static double reduce(uint32_t function, double start, size_t rows, ptrdiff_t step, size_t n,
                     const float *x) {
  if (n > PIECE) { /* long rows are cut, so that sums stay short */
    for (size_t r = 0; r < rows; r++)
      for (size_t i = 0; i < n; i += PIECE)
        start = reduce(function, start, 1, 0, n - i < PIECE ? n - i : PIECE,
                       x + (ptrdiff_t)r * step + i);
    return start;
  }
#define REDUCE(F) start = reduce_as(F, start, rows, step, n, x)
  FOR_FUNCTION(REDUCE)
  return start;
}

static void accumulate(uint32_t function, size_t n, const float *restrict x,
                       double *restrict sums) {
#define ACCUMULATE(F) \
  for (size_t i = 0; i < n; i++) sums[i] = join_one(F, sums[i], x[i])
  FOR_FUNCTION(ACCUMULATE)
}

static void interpolate(size_t n, size_t taps, const int32_t *restrict positions,
                        const float *restrict weights, const float *restrict x,
                        float *restrict out) {
  if (taps == 1) {
    for (size_t i = 0; i < n; i++) out[i] = weights[i] * x[positions[i]];
    return;
  }
  for (size_t i = 0; i < n; i++)
    out[i] = weights[i] * x[positions[i]] + weights[n + i] * x[positions[n + i]];
  for (size_t t = 2; t < taps; t++)
    for (size_t i = 0; i < n; i++) out[i] += weights[t * n + i] * x[positions[t * n + i]];
}

static void normalize(size_t n, const float *x, const float *squares, float bias, float scale,
                      float beta, float *out) {
  if (beta == 0.75f) {
    for (size_t i = 0; i < n; i++) {
      const float root = sqrtf(bias + scale * squares[i]);
      out[i] = x[i] / (root * sqrtf(root));
    }
  } else if (beta == 0.5f) {
    for (size_t i = 0; i < n; i++) out[i] = x[i] / sqrtf(bias + scale * squares[i]);
  } else {
    for (size_t i = 0; i < n; i++) out[i] = x[i] / powf(bias + scale * squares[i], beta);
  }
}

typedef float four __attribute__((vector_size(16)));
typedef float four_unaligned __attribute__((vector_size(16), aligned(4), may_alias));

ALWAYS void transpose_four(const float *x, ptrdiff_t sx, float *out, ptrdiff_t so) {
  four y[4];
  for (int r = 0; r < 4; r++) y[r] = *(const four_unaligned *)(x + r * sx);
  const four a = __builtin_shufflevector(y[0], y[1], 0, 4, 1, 5),
             b = __builtin_shufflevector(y[2], y[3], 0, 4, 1, 5),
             c = __builtin_shufflevector(y[0], y[1], 2, 6, 3, 7),
             d = __builtin_shufflevector(y[2], y[3], 2, 6, 3, 7);
  *(four_unaligned *)out = __builtin_shufflevector(a, b, 0, 1, 4, 5);
  *(four_unaligned *)(out + so) = __builtin_shufflevector(a, b, 2, 3, 6, 7);
  *(four_unaligned *)(out + 2 * so) = __builtin_shufflevector(c, d, 0, 1, 4, 5);
  *(four_unaligned *)(out + 3 * so) = __builtin_shufflevector(c, d, 2, 3, 6, 7);
}

/* Along the side whose rows are farther apart, so that few of its cache lines are open at once. */
static void transpose(size_t rows, size_t columns, const float *x, ptrdiff_t sx, float *out,
                      ptrdiff_t so) {
  const ptrdiff_t m = (ptrdiff_t)(rows & ~3ul), n = (ptrdiff_t)(columns & ~3ul);
  if (llabs(so) > llabs(sx)) {
    for (ptrdiff_t j = 0; j < n; j += 4)
      for (ptrdiff_t i = 0; i < m; i += 4) transpose_four(x + i * sx + j, sx, out + j * so + i, so);
  } else {
    for (ptrdiff_t i = 0; i < m; i += 4)
      for (ptrdiff_t j = 0; j < n; j += 4) transpose_four(x + i * sx + j, sx, out + j * so + i, so);
  }
  for (ptrdiff_t i = 0; i < (ptrdiff_t)rows; i++)
    for (ptrdiff_t j = i < m ? n : 0; j < (ptrdiff_t)columns; j++) out[j * so + i] = x[i * sx + j];
}

const kerf_row_kernels PASTE(kerf_row_kernels__, KERF_ISA) = {
    .combine = combine,
    .reduce = reduce,
    .accumulate = accumulate,
    .interpolate = interpolate,
    .normalize = normalize,
    .transpose = transpose,
};
