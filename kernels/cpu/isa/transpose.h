/* Transposition of a square of vectors. */
#ifndef KERF_TRANSPOSE_H
#define KERF_TRANSPOSE_H

#include "vector.h"

/* The lower and the upper halves of two vectors, their elements taken in turn: see zip. */
#if KERF_LANES == 16
#define ZIP_LOW 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define ZIP_HIGH 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#elif KERF_LANES == 8
#define ZIP_LOW 0, 8, 1, 9, 2, 10, 3, 11
#define ZIP_HIGH 4, 12, 5, 13, 6, 14, 7, 15
#else
#define ZIP_LOW 0, 4, 1, 5
#define ZIP_HIGH 2, 6, 3, 7
#endif

ALWAYS void zip(vector x, vector y, vector *to) {
  to[0] = __builtin_shufflevector(x, y, ZIP_LOW);
  to[1] = __builtin_shufflevector(x, y, ZIP_HIGH);
}

ALWAYS void shuffle(const vector *from, vector *to) {
  UNROLL for (uint32_t i = 0; i < KERF_LANES / 2; i++) zip(from[i], from[i + KERF_LANES / 2], to + 2 * i);
}

/* Transposes LANES vectors: log2(LANES) rounds of a perfect shuffle. */
ALWAYS void transpose(const vector *x, vector *y) {
  vector a[KERF_LANES], b[KERF_LANES];
#if KERF_LANES == 16
  shuffle(x, b);
  shuffle(b, a);
  shuffle(a, b);
  shuffle(b, y);
#elif KERF_LANES == 8
  shuffle(x, a);
  shuffle(a, b);
  shuffle(b, y);
#else
  (void)b;
  shuffle(x, a);
  shuffle(a, y);
#endif
}

#endif
