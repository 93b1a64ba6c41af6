/* exp, log, erf and their relations on vectors, within about two units in the last place.
 * Infinities and NaN are as in C. */
#ifndef KERF_TRANSCENDENTAL_H
#define KERF_TRANSCENDENTAL_H

#include "vector.h"

#define MAGIC 12582912.0f /* 1.5 * 2^23: adding it rounds to an integer, found in the low bits */

/* x = n ln 2 + r with |r| <= ln 2 / 2 */
typedef struct {
  integers n;
  vector r;
} reduced;

ALWAYS reduced reduce_by_ln2(vector x) {
  const vector shifted = x * 1.44269504f + MAGIC, n = shifted - MAGIC;
  return (reduced){(integers)((naturals)shifted - (naturals)splat(MAGIC)),
                   (x - n * 0.693359375f) - n * -2.12194440e-4f};
}

/* 2^n for -126 <= n <= 127 */
ALWAYS vector power_of_two(integers n) { return (vector)(((naturals)n + 127u) << 23); }

/* e^r - 1 for |r| <= ln 2 / 2, relative to r */
ALWAYS vector expm1_near_zero(vector r) {
  vector p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  return p * (r * r) + r;
}

ALWAYS vector exponential(vector x) {
  const reduced at = reduce_by_ln2(at_most(at_least(x, splat(-104.0f)), splat(88.8f)));
  const integers half = at.n >> 1; /* twice, as 2^n itself may be out of range */
  return (1.0f + expm1_near_zero(at.r)) * power_of_two(half) * power_of_two(at.n - half);
}

/* e^x - 1 for x <= 0 */
ALWAYS vector expm1_of_negative(vector x) {
  const reduced at = reduce_by_ln2(at_least(x, splat(-30.0f)));
  const vector scale = power_of_two(at.n);
  return scale * expm1_near_zero(at.r) + (scale - 1.0f);
}

ALWAYS vector logarithm(vector x) {
  const integers small = x < 1.17549435e-38f;
  const vector y = choose(small, x * 8388608.0f, x);
  /* y = 2^n m with sqrt(1/2) <= m < sqrt(2) */
  const naturals bits = (naturals)y - 0x3f3504f3u;
  const integers n = ((integers)bits >> 23) - (small & 23);
  const vector m = (vector)((bits & 0x7fffff) + 0x3f3504f3u), f = m - 1.0f;
  vector p = f * 7.0376836292e-2f - 1.1514610310e-1f;
  p = p * f + 1.1676998740e-1f;
  p = p * f - 1.2420140846e-1f;
  p = p * f + 1.4249322787e-1f;
  p = p * f - 1.6668057665e-1f;
  p = p * f + 2.0000714765e-1f;
  p = p * f - 2.4999993993e-1f;
  p = p * f + 3.3333331174e-1f;
  const vector e = __builtin_convertvector(n, vector);
  const vector ff = f * f, low = p * f * ff + e * -2.12194440e-4f - 0.5f * ff;
  vector result = (low + f) + e * 0.693359375f;
  result = choose(x == 0.0f, splat(-__builtin_inff()), result);
  result = choose(x < 0.0f, splat(__builtin_nanf("")), result);
  return choose((x == __builtin_inff()) | (x != x), x, result);
}

/* ln(1 + x) for 0 <= x <= 1 */
ALWAYS vector log1p_of_positive(vector x) {
  const vector y = 1.0f + x;
  return logarithm(y) + (x - (y - 1.0f)) / y; /* with what 1 + x lost */
}

ALWAYS vector copy_sign(vector magnitude, vector sign) {
  return (vector)((integers)magnitude | ((integers)sign & INT32_MIN));
}

ALWAYS vector hyperbolic_tangent(vector x) {
  const vector t = expm1_of_negative(-2.0f * absolute(x));
  return copy_sign(absolute(t) / (t + 2.0f), x);
}

ALWAYS vector sigmoid(vector x) {
  const vector e = exponential(-absolute(x));
  return choose(x < 0.0f, e, splat(1.0f)) / (1.0f + e);
}

ALWAYS vector softplus(vector x) {
  return at_least(x, splat(0.0f)) + log1p_of_positive(exponential(-absolute(x)));
}

/* Near zero an odd polynomial, farther out 1 - e^-q(|x|). */
ALWAYS vector error_function(vector x) {
  const vector a = at_most(absolute(x), splat(4.0f)), s = a * a;
  vector q = s * (a * -1.72853470e-5f + 3.83197126e-4f) + (a * -3.88396438e-3f + 2.42546219e-2f);
  q = q * a - 1.06777877e-1f;
  q = q * a - 6.34846687e-1f;
  q = q * a - 1.28717512e-1f;
  const vector far = -expm1_of_negative(q * a - a);
  vector p = s * -5.96761703e-4f + 4.99119423e-3f;
  p = p * s - 2.67681349e-2f;
  p = p * s + 1.12819925e-1f;
  p = p * s - 3.76125336e-1f;
  p = p * s + 1.28379166e-1f;
  return copy_sign(choose(a > 0.927734375f, far, p * a + a), x);
}

#endif
