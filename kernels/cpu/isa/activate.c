/* Activations, in place. */
#include "transcendental.h"
#include "vector_math.h"

/* y = expression of a vector x, over the row. */
#define EACH(expression)                              \
  for (; i + KERF_LANES <= n; i += KERF_LANES) {      \
    const vector x = load(row + i);                   \
    store(row + i, expression);                       \
  }                                                   \
  if (i < n) {                                        \
    const vector x = load_part(row + i, n - i);       \
    store_part(row + i, expression, n - i);           \
  }                                                   \
  return

ALWAYS vector between(vector x, float least, float most) {
  return at_most(at_least(x, splat(least)), splat(most));
}

/* x tanh(softplus(x)): with e = e^x, tanh(ln(1 + e)) = (e^2 + 2e) / (e^2 + 2e + 2). */
ALWAYS vector mish(vector x) {
  const vector e = exponential(at_most(x, splat(20.0f))), t = e * (e + 2.0f);
  return x * (t / (t + 2.0f));
}

/* x above 0, else scale * (e^(x * rate) - 1) */
ALWAYS vector elu(vector x, float scale, float rate) {
  return choose(x < 0.0f, scale * expm1_of_negative(x * rate), x);
}

void PASTE(kerf_activate__, KERF_ISA)(uint32_t kind, float alpha, float beta, size_t n,
                                      float *row) {
  size_t i = 0;
  switch (kind) {
    case KERF_RELU: EACH(at_least(x, splat(0.0f)));
    case KERF_LEAKY_RELU: EACH(choose(x < 0.0f, alpha * x, x));
    case KERF_CLIP: EACH(between(x, alpha, beta));
    case KERF_SIGMOID: EACH(sigmoid(x));
    case KERF_HARD_SIGMOID: EACH(between(alpha * x + beta, 0.0f, 1.0f));
    case KERF_HARD_SWISH: EACH(x * between(x * (1.0f / 6.0f) + 0.5f, 0.0f, 1.0f));
    case KERF_SILU: EACH(x * sigmoid(x));
    case KERF_MISH: EACH(mish(x));
    case KERF_TANH: EACH(hyperbolic_tangent(x));
    case KERF_ELU: EACH(elu(x, alpha, 1.0f));
    case KERF_CELU: EACH(elu(x, alpha, 1.0f / alpha));
    case KERF_SELU: EACH(beta * elu(x, alpha, 1.0f));
    case KERF_GELU: EACH(0.5f * x * (1.0f + error_function(x * 0.707106781f)));
    case KERF_GELU_TANH: EACH(x * sigmoid(x * (1.59576912f + 0.0713548163f * (x * x))));
    case KERF_SOFTPLUS: EACH(softplus(x));
    case KERF_SOFTSIGN: EACH(x / (1.0f + absolute(x)));
    case KERF_ERF: EACH(error_function(x));
    case KERF_EXP: EACH(exponential(x));
    case KERF_LOG: EACH(logarithm(x));
    case KERF_ABS: EACH(absolute(x));
    case KERF_NEG: EACH(-x);
    case KERF_RECIPROCAL: EACH(1.0f / x);
    /* Instructions that the compiler finds by itself. */
    case KERF_SQRT:
      for (; i < n; i++) row[i] = __builtin_sqrtf(row[i]);
      return;
    case KERF_FLOOR:
      for (; i < n; i++) row[i] = __builtin_floorf(row[i]);
      return;
    case KERF_CEIL:
      for (; i < n; i++) row[i] = __builtin_ceilf(row[i]);
      return;
    default: return;
  }
}
