/* Functions of up to three values, position by position. */
#include <math.h>
#include <string.h>

#include "vector.h"
#include "vector_math.h"

enum { PIECE = 512 }; /* floats that are gathered before they are worked on */

/* The even ones of 2 * KERF_LANES floats. */
ALWAYS vector every_other(vector a, vector b) {
#if KERF_LANES == 16
  return __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
#elif KERF_LANES == 8
  return __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
#else
  return __builtin_shufflevector(a, b, 0, 2, 4, 6);
#endif
}

static void gather(size_t n, const float *x, ptrdiff_t step, float *out) {
  size_t i = 0;
  if (step == 2) {
    for (; i + KERF_LANES < n; i += KERF_LANES)
      store(out + i, every_other(load(x + 2 * i), load(x + 2 * i + KERF_LANES)));
    const size_t rest = n - i, behind = rest ? 2 * rest - 1 : 0; /* no float behind the last */
    const size_t first = behind < KERF_LANES ? behind : KERF_LANES;
    store_part(out + i, every_other(load_part(x + 2 * i, first),
                                    load_part(x + 2 * i + first, behind - first)), rest);
    return;
  }
  for (; i < n; i++) out[i] = x[(ptrdiff_t)i * step];
}

static void scatter(size_t n, const float *x, float *out, ptrdiff_t step) {
  for (size_t i = 0; i < n; i++) out[(ptrdiff_t)i * step] = x[i];
}

/* A row of stride 1 or 0. */
typedef struct {
  const float *x;
  size_t mask; /* of positions: all ones, or 0 where one value repeats */
} row;

/* out = expression of vectors a, b, c. A repeated input is read from a vector that holds it in all
 * lanes, step 0. */
#define EACH(expression)                                                                        \
  for (; i + KERF_LANES <= n; i += KERF_LANES) {                                                \
    const vector a = load(A.x + (i & A.mask)), b = load(B.x + (i & B.mask)),                     \
                 c = load(C.x + (i & C.mask));                                                  \
    (void)b, (void)c;                                                                           \
    store(out + i, expression);                                                                 \
  }                                                                                             \
  if (i < n) {                                                                                  \
    const vector a = load_part(A.x + (i & A.mask), n - i),                                       \
                 b = load_part(B.x + (i & B.mask), n - i),                                      \
                 c = load_part(C.x + (i & C.mask), n - i);                                      \
    (void)b, (void)c;                                                                           \
    store_part(out + i, expression, n - i);                                                     \
  }                                                                                             \
  return

static void dense(uint32_t function, size_t n, row A, row B, row C, float *out) {
  size_t i = 0;
  switch (function) {
    case KERF_ADD: EACH(a + b);
    case KERF_SUB: EACH(a - b);
    case KERF_MUL: EACH(a * b);
    case KERF_DIV: EACH(a / b);
    case KERF_MAX: EACH(maximum(a, b));
    case KERF_MIN: EACH(minimum(a, b));
    case KERF_PRELU: EACH(choose(a < 0.0f, a * b, a));
    case KERF_MULTIPLY_ADD: EACH(a * b + c);
    case KERF_POW:
      for (; i < n; i++) out[i] = powf(A.x[i & A.mask], B.x[i & B.mask]);
      return;
    default: EACH(a);
  }
}

/* A row of stride 1 or 0 for `here` values from x on, in `space` if it must be made. */
ALWAYS row ready(size_t here, const float *x, ptrdiff_t step, float *space) {
  if (step == 1) return (row){x, SIZE_MAX};
  if (step == 0) {
    store(space, splat(*x));
    return (row){space, 0};
  }
  gather(here, x, step, space);
  return (row){space, SIZE_MAX};
}

void PASTE(kerf_elementwise__, KERF_ISA)(uint32_t function, size_t n, const float *a,
                                         ptrdiff_t sa, const float *b, ptrdiff_t sb,
                                         const float *c, ptrdiff_t sc, float *out, ptrdiff_t so) {
  if (function == KERF_COPY && so == 1 && sa != 0) {
    if (sa == 1)
      memmove(out, a, n * sizeof *out);
    else
      gather(n, a, sa, out);
    return;
  }
  if (function == KERF_COPY && sa == 1) {
    scatter(n, a, out, so);
    return;
  }
  if (!b) b = a, sb = 0; /* what a function does not have is not used */
  if (!c) c = a, sc = 0;
  if (function == KERF_POW && sb == 0 && n && *b == 2.0f) function = KERF_MUL, b = a, sb = sa;
  float space[4][PIECE] __attribute__((aligned(64)));
  const int gathers = (sa & ~1) || (sb & ~1) || (sc & ~1) || so != 1;
  for (size_t begin = 0; begin < n;) {
    const size_t here = gathers && n - begin > PIECE ? PIECE : n - begin;
    const ptrdiff_t at = (ptrdiff_t)begin;
    const row A = ready(here, a + at * sa, sa, space[0]);
    const row B = ready(here, b + at * sb, sb, space[1]);
    const row C = ready(here, c + at * sc, sc, space[2]);
    float *to = so == 1 ? out + begin : space[3];
    dense(function, here, A, B, C, to);
    if (so != 1) scatter(here, to, out + at * so, so);
    begin += here;
  }
}
