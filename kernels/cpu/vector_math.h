/* Kernels over rows of floats, for everything that is not a convolution. Rows need no alignment;
 * nothing outside of them is read. `out` may be one of the inputs, but not overlap otherwise. */
#ifndef KERF_VECTOR_MATH_H
#define KERF_VECTOR_MATH_H

#include <stddef.h>
#include <stdint.h>

#include "kerf_plan.h"

/* x[i] = activation(x[i]) for i < n; kind is a kerf_activation. */
typedef void (*kerf_activate_fn)(uint32_t kind, float alpha, float beta, size_t n, float *x);

/* out[i * so] = function(a[i * sa], b[i * sb], c[i * sc]) for i < n; function is a kerf_elementwise,
 * and inputs that it does not have are NULL. Strides 1 and 0 are fast. */
typedef void (*kerf_elementwise_fn)(uint32_t function, size_t n, const float *a, ptrdiff_t sa,
                                    const float *b, ptrdiff_t sb, const float *c, ptrdiff_t sc,
                                    float *out, ptrdiff_t so);

typedef struct {
  /* out[i] = function(x[r][i] over r < rows) for i < n: KERF_REDUCE_MAX, _SUM, _L1 or _SUM_SQUARE,
   * of at least one row. */
  void (*combine)(uint32_t function, size_t n, size_t rows, const float *const *x, float *out);
  /* function(start, x[r * step + i] over r < rows, i < n); the function is KERF_REDUCE_MAX, _MIN,
   * _SUM, _PROD, _L1 or _SUM_SQUARE, for this and the next. */
  double (*reduce)(uint32_t function, double start, size_t rows, ptrdiff_t step, size_t n,
                   const float *x);
  /* sums[i] = function(sums[i], x[i]) for i < n */
  void (*accumulate)(uint32_t function, size_t n, const float *x, double *sums);
  /* out[i] = sum over t < taps of weights[t * n + i] * x[positions[t * n + i]], for i < n */
  void (*interpolate)(size_t n, size_t taps, const int32_t *positions, const float *weights,
                      const float *x, float *out);
  /* out[i] = x[i] / (bias + scale * squares[i]) ^ beta for i < n */
  void (*normalize)(size_t n, const float *x, const float *squares, float bias, float scale,
                    float beta, float *out);
  /* out[j * so + i] = x[i * sx + j] for i < rows, j < columns */
  void (*transpose)(size_t rows, size_t columns, const float *x, ptrdiff_t sx, float *out,
                    ptrdiff_t so);
} kerf_row_kernels;

/* What the files of one instruction set define. */
#define KERF_DECLARE_VECTOR_MATH(ISA)                                                          \
  void kerf_activate__##ISA(uint32_t kind, float alpha, float beta, size_t n, float *x);       \
  void kerf_elementwise__##ISA(uint32_t function, size_t n, const float *a, ptrdiff_t sa,      \
                               const float *b, ptrdiff_t sb, const float *c, ptrdiff_t sc,     \
                               float *out, ptrdiff_t so);                                      \
  extern const kerf_row_kernels kerf_row_kernels__##ISA;

KERF_DECLARE_VECTOR_MATH(reference)
KERF_DECLARE_VECTOR_MATH(avx2)
KERF_DECLARE_VECTOR_MATH(avx512)
KERF_DECLARE_VECTOR_MATH(neon)

#endif
