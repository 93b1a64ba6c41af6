/* The rules of a plan's tensors and operators. What they demand kernels/plan/check.ts demands too;
 * a test holds the two together. Internal. */
#ifndef KERF_PLAN_CHECK_H
#define KERF_PLAN_CHECK_H

#include "plan.h"

/* Larger than any real network; small enough that no product of them overflows 64 bits. */
#define MAX_EXTENT (1u << 20)
#define MAX_STRIDE (1ll << 31)
#define MAX_PLANE (1u << 28)   /* so that the planes of a pooled window fit 32 bits */
#define MAX_FLOATS (1ull << 36) /* of the arena, and elements of a tensor */

/* Checks everything that the header's tables, which lie in the file, name. */
kerf_status kerf_check_tables(const kerf_plan *plan, kerf_error *error);

/* An operator with its tensors, as a rule sees it. */
typedef struct {
  const kerf_plan *plan;
  const kerf_plan_operator *op;
  const void *detail; /* in the file, unless the kind has none */
  const kerf_plan_tensor *in[KERF_MAX_INPUTS], *out; /* NULL where there is none */
  uint32_t inputs;
} kerf_checked;

/* Each gives the rule that the operator breaks, or NULL. Lists of columns and the weights that
 * they want are checked when they are decoded (matrix.c). */
typedef const char *kerf_rule(const kerf_checked *c);

kerf_rule kerf_check_convolution, kerf_check_fully_connected, kerf_check_winograd,
    kerf_check_dense_convolution, kerf_check_depthwise;

/* Whether `count` items of `size` bytes lie at `offset`. */
int kerf_fits(const kerf_plan *plan, uint64_t offset, uint64_t count, uint64_t size,
              uint64_t alignment);

/* Whether all of `n` values are `least` to `most`. */
int kerf_within(const uint32_t *values, uint32_t n, uint32_t least, uint32_t most);

/* Whether there are `least` to `most` inputs. */
static inline int kerf_has_inputs(const kerf_checked *c, uint32_t least, uint32_t most) {
  return c->inputs >= least && c->inputs <= most;
}

/* Whether the first input and the output are volumes: [C, D, H, W]. */
static inline int kerf_has_volumes(const kerf_checked *c) {
  return c->in[0]->rank == 4 && c->out->rank == 4;
}

static inline int kerf_same_extents(const kerf_plan_tensor *a, const kerf_plan_tensor *b) {
  int same = a->rank == b->rank;
  for (uint32_t axis = 0; axis < KERF_MAX_RANK; axis++) same &= a->extents[axis] == b->extents[axis];
  return same;
}

/* Whether positions of the last axis are neighbours. */
static inline int kerf_is_contiguous(const kerf_plan_tensor *t) {
  return t->rank && (t->extents[t->rank - 1] == 1 || t->strides[t->rank - 1] == 1);
}

/* Least and largest offset of an element from the tensor's base. */
static inline void kerf_reach(const kerf_plan_tensor *t, int64_t *least, int64_t *most) {
  *least = *most = 0;
  for (uint32_t axis = 0; axis < t->rank; axis++) {
    const int64_t last = (int64_t)(t->extents[axis] - 1) * t->strides[axis];
    *(last < 0 ? least : most) += last;
  }
}

#endif
