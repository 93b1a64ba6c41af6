/* Loops over strided views. Internal. */
#ifndef KERF_AXES_H
#define KERF_AXES_H

#include "node.h"

#define KERF_MAX_OPERANDS (KERF_MAX_INPUTS + 1u)

/* Axes of several operands at once, outermost first; at least one. */
typedef struct {
  uint32_t operands, rank;
  uint64_t extents[KERF_MAX_RANK];
  int64_t strides[KERF_MAX_OPERANDS][KERF_MAX_RANK];
} kerf_axes;

/* The axes of views that have the same extents, with as few axes as possible: sorted by the strides
 * of the first view, neighbours made one where that is possible for all. Axis `without` is left
 * out; KERF_NONE for none. */
kerf_axes kerf_axes_of(uint32_t operands, const kerf_operand *const *views, uint32_t without);

/* Sorts and merges again. */
void kerf_axes_tidy(kerf_axes *axes);

void kerf_axes_remove(kerf_axes *axes, uint32_t axis);

/* Positions of the first `rank` axes. */
uint64_t kerf_axes_positions(const kerf_axes *axes, uint32_t rank);

/* A position of the first `rank` axes, and the offsets of the operands there. */
typedef struct {
  const kerf_axes *axes;
  uint32_t rank;
  uint64_t at[KERF_MAX_RANK];
  int64_t offsets[KERF_MAX_OPERANDS];
} kerf_cursor;

kerf_cursor kerf_cursor_at(const kerf_axes *axes, uint32_t rank, uint64_t position);

/* To the next position; from the last to the first. */
static inline void kerf_cursor_next(kerf_cursor *cursor) {
  const kerf_axes *axes = cursor->axes;
  for (uint32_t axis = cursor->rank; axis-- > 0;) {
    const int wraps = ++cursor->at[axis] == axes->extents[axis];
    const int64_t steps = wraps ? 1 - (int64_t)axes->extents[axis] : 1;
    for (uint32_t k = 0; k < axes->operands; k++)
      cursor->offsets[k] += steps * axes->strides[k][axis];
    if (!wraps) return;
    cursor->at[axis] = 0;
  }
}

/* What unit `unit` of `units` has of `items`: [begin, end). */
typedef struct {
  uint64_t begin, end;
} kerf_share;

static inline kerf_share kerf_share_of(uint64_t items, uint32_t unit, uint32_t units) {
  return (kerf_share){items * unit / units, items * (unit + 1) / units};
}

/* How many units to make of items that read or write `floats` altogether: some for each worker, so
 * that they end together, but none so small that taking it costs more than doing it. */
uint32_t kerf_units_for(uint64_t items, uint64_t floats, uint32_t threads);

/* n values of a row of any stride as a row of stride 1: itself, or a copy in `space`. */
static inline const float *kerf_row(const kerf_node *node, size_t n, const float *x, int64_t stride,
                                    float *space) {
  if (stride == 1 || n == 1) return x;
  node->kernels->elementwise(KERF_COPY, n, x, stride, NULL, 0, NULL, 0, space, 1);
  return space;
}

/* Applies the activation to n values of stride 1 and stores them with a stride; perhaps in place. */
static inline void kerf_put(const kerf_node *node, size_t n, float *values, float *out,
                            int64_t stride) {
  const kerf_plan_operator *op = node->op;
  if (op->activation) node->kernels->activate(op->activation, op->alpha, op->beta, n, values);
  if (values != out || stride != 1)
    node->kernels->elementwise(KERF_COPY, n, values, 1, NULL, 0, NULL, 0, out, stride);
}

#endif
