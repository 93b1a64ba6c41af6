/* What kernels do to values as they store them. */
#ifndef KERF_CLAMP_H
#define KERF_CLAMP_H

/* What becomes of a sum x: y = x + bias, plus a residual where there is one; times `slope` where
 * negative; at least `least`; at most `most`. So ReLU is {1, 0, inf}, leaky ReLU {alpha, -inf, inf},
 * and nothing at all {1, -inf, inf}. NaN stays NaN, as in ONNX. */
typedef struct {
  float slope, least, most;
} kerf_clamp;

#endif
