/* Vectors of KERF_LANES floats, by the compiler's vector types. */
#ifndef KERF_VECTOR_H
#define KERF_VECTOR_H

#include <stddef.h>
#include <stdint.h>
#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#define ALWAYS static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 32")
#define PASTE2(a, b) a##b
#define PASTE(a, b) PASTE2(a, b)

typedef float vector __attribute__((vector_size(KERF_LANES * 4)));
typedef float unaligned __attribute__((vector_size(KERF_LANES * 4), aligned(4), may_alias));
typedef int32_t integers __attribute__((vector_size(KERF_LANES * 4)));
typedef uint32_t naturals __attribute__((vector_size(KERF_LANES * 4)));

ALWAYS vector load(const float *x) { return *(const unaligned *)x; }

ALWAYS void store(float *x, vector y) { *(unaligned *)x = y; }

ALWAYS vector splat(float x) { return x - (vector){0}; }

/* All bits set in the first n lanes. */
ALWAYS integers first_lanes(size_t n) {
  static const int32_t numbers[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  typedef int32_t part __attribute__((vector_size(KERF_LANES * 4), aligned(4), may_alias));
  return *(const part *)numbers < (int32_t)n;
}

/* The first n <= KERF_LANES floats at x, then zeros; nothing behind them is touched. */
ALWAYS vector load_part(const float *x, size_t n) {
#if defined(__AVX512F__)
  return (vector)_mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), x);
#elif defined(__AVX2__)
  return (vector)_mm256_maskload_ps(x, (__m256i)first_lanes(n));
#else
  vector y = {0};
  for (size_t i = 0; i < n; i++) y[i] = x[i];
  return y;
#endif
}

ALWAYS void store_part(float *x, vector y, size_t n) {
#if defined(__AVX512F__)
  _mm512_mask_storeu_ps(x, (__mmask16)((1u << n) - 1), (__m512)y);
#elif defined(__AVX2__)
  _mm256_maskstore_ps(x, (__m256i)first_lanes(n), (__m256)y);
#else
  for (size_t i = 0; i < n; i++) x[i] = y[i];
#endif
}

/* mask ? a : b, lane by lane, for masks as comparisons make them. */
ALWAYS vector choose(integers mask, vector a, vector b) {
  return (vector)((mask & (integers)a) | (~mask & (integers)b));
}

ALWAYS vector absolute(vector x) { return (vector)((integers)x & 0x7fffffff); }

/* The larger, or the smaller, of x and `limit`; x where x is NaN. */
ALWAYS vector at_least(vector x, vector limit) {
#if defined(__AVX512F__)
  return (vector)_mm512_max_ps((__m512)limit, (__m512)x);
#elif defined(__AVX2__)
  return (vector)_mm256_max_ps((__m256)limit, (__m256)x);
#else
  return choose(x < limit, limit, x);
#endif
}

ALWAYS vector at_most(vector x, vector limit) {
#if defined(__AVX512F__)
  return (vector)_mm512_min_ps((__m512)limit, (__m512)x);
#elif defined(__AVX2__)
  return (vector)_mm256_min_ps((__m256)limit, (__m256)x);
#else
  return choose(x > limit, limit, x);
#endif
}

/* The larger, or the smaller; NaN where one of them is. */
ALWAYS vector maximum(vector a, vector b) {
#if defined(__AVX512F__)
  const __m512 x = (__m512)a;
  return (vector)_mm512_mask_max_ps(x, _mm512_cmp_ps_mask(x, x, _CMP_ORD_Q), x, (__m512)b);
#elif defined(__ARM_NEON)
  return (vector)vmaxq_f32((float32x4_t)a, (float32x4_t)b);
#else
  return choose(a != a, a, at_least(b, a));
#endif
}

ALWAYS vector minimum(vector a, vector b) {
#if defined(__AVX512F__)
  const __m512 x = (__m512)a;
  return (vector)_mm512_mask_min_ps(x, _mm512_cmp_ps_mask(x, x, _CMP_ORD_Q), x, (__m512)b);
#elif defined(__ARM_NEON)
  return (vector)vminq_f32((float32x4_t)a, (float32x4_t)b);
#else
  return choose(a != a, a, at_most(b, a));
#endif
}

#endif
