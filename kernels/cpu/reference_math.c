/* The reference of vector_math.h: every kernel as its contract reads, in double precision. */
#include <math.h>

#include "vector_math.h"

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }

static double softplus(double x) { return (x > 0 ? x : 0) + log1p(exp(-fabs(x))); }

static double clip(double x, double least, double most) {
  x = x < least ? least : x;
  return x > most ? most : x;
}

static double activated(uint32_t kind, double alpha, double beta, double x) {
  switch (kind) {
    case KERF_RELU: return x < 0 ? 0 : x;
    case KERF_LEAKY_RELU: return x < 0 ? alpha * x : x;
    case KERF_CLIP: return clip(x, alpha, beta);
    case KERF_SIGMOID: return sigmoid(x);
    case KERF_HARD_SIGMOID: return clip(alpha * x + beta, 0, 1);
    case KERF_HARD_SWISH: return x * clip(x / 6 + 0.5, 0, 1);
    case KERF_SILU: return x * sigmoid(x);
    case KERF_MISH: return x * tanh(softplus(x));
    case KERF_TANH: return tanh(x);
    case KERF_ELU: return x < 0 ? alpha * expm1(x) : x;
    case KERF_CELU: return x < 0 ? alpha * expm1(x / alpha) : x;
    case KERF_SELU: return beta * (x < 0 ? alpha * expm1(x) : x);
    case KERF_GELU: return x * 0.5 * erfc(-x * sqrt(0.5));
    case KERF_GELU_TANH: return x * sigmoid(sqrt(8 / M_PI) * (x + 0.044715 * x * x * x));
    case KERF_SOFTPLUS: return softplus(x);
    case KERF_SOFTSIGN: return x / (1 + fabs(x));
    case KERF_ERF: return erf(x);
    case KERF_EXP: return exp(x);
    case KERF_LOG: return log(x);
    case KERF_SQRT: return sqrt(x);
    case KERF_ABS: return fabs(x);
    case KERF_NEG: return -x;
    case KERF_RECIPROCAL: return 1 / x;
    case KERF_FLOOR: return floor(x);
    case KERF_CEIL: return ceil(x);
    default: return x;
  }
}

void kerf_activate__reference(uint32_t kind, float alpha, float beta, size_t n, float *x) {
  for (size_t i = 0; i < n; i++) x[i] = (float)activated(kind, alpha, beta, x[i]);
}

static double combined(uint32_t function, double a, double b, double c) {
  switch (function) {
    case KERF_ADD: return a + b;
    case KERF_SUB: return a - b;
    case KERF_MUL: return a * b;
    case KERF_DIV: return a / b;
    case KERF_POW: return pow(a, b);
    case KERF_MAX: return a > b || isnan(a) ? a : b;
    case KERF_MIN: return a < b || isnan(a) ? a : b;
    case KERF_PRELU: return a < 0 ? a * b : a;
    case KERF_MULTIPLY_ADD: return a * b + c;
    default: return a;
  }
}

void kerf_elementwise__reference(uint32_t function, size_t n, const float *a, ptrdiff_t sa,
                                 const float *b, ptrdiff_t sb, const float *c, ptrdiff_t sc,
                                 float *out, ptrdiff_t so) {
  for (ptrdiff_t i = 0; i < (ptrdiff_t)n; i++)
    out[i * so] =
        (float)combined(function, a[i * sa], b ? b[i * sb] : 0, c ? c[i * sc] : 0);
}

static double reduced(uint32_t function, double so_far, double x) {
  switch (function) {
    case KERF_REDUCE_MAX: return x > so_far || isnan(x) ? x : so_far;
    case KERF_REDUCE_MIN: return x < so_far || isnan(x) ? x : so_far;
    case KERF_REDUCE_PROD: return so_far * x;
    case KERF_REDUCE_SUM_SQUARE: return so_far + x * x;
    case KERF_REDUCE_L1: return so_far + fabs(x);
    default: return so_far + x;
  }
}

static void combine(uint32_t function, size_t n, size_t rows, const float *const *x, float *out) {
  for (size_t i = 0; i < n; i++) {
    double y = function == KERF_REDUCE_MAX ? -INFINITY : 0;
    for (size_t r = 0; r < rows; r++) y = reduced(function, y, x[r][i]);
    out[i] = (float)y;
  }
}

static double reduce(uint32_t function, double start, size_t rows, ptrdiff_t step, size_t n,
                     const float *x) {
  for (size_t r = 0; r < rows; r++)
    for (size_t i = 0; i < n; i++) start = reduced(function, start, x[(ptrdiff_t)r * step + i]);
  return start;
}

static void accumulate(uint32_t function, size_t n, const float *x, double *sums) {
  for (size_t i = 0; i < n; i++) sums[i] = reduced(function, sums[i], x[i]);
}

static void interpolate(size_t n, size_t taps, const int32_t *positions, const float *weights,
                        const float *x, float *out) {
  for (size_t i = 0; i < n; i++) {
    double y = 0;
    for (size_t t = 0; t < taps; t++) y += (double)weights[t * n + i] * x[positions[t * n + i]];
    out[i] = (float)y;
  }
}

static void normalize(size_t n, const float *x, const float *squares, float bias, float scale,
                      float beta, float *out) {
  for (size_t i = 0; i < n; i++)
    out[i] = (float)(x[i] / pow(bias + (double)scale * squares[i], beta));
}

static void transpose(size_t rows, size_t columns, const float *x, ptrdiff_t sx, float *out,
                      ptrdiff_t so) {
  for (ptrdiff_t i = 0; i < (ptrdiff_t)rows; i++)
    for (ptrdiff_t j = 0; j < (ptrdiff_t)columns; j++) out[j * so + i] = x[i * sx + j];
}

const kerf_row_kernels kerf_row_kernels__reference = {
    .combine = combine,
    .reduce = reduce,
    .accumulate = accumulate,
    .interpolate = interpolate,
    .normalize = normalize,
    .transpose = transpose,
};
