/* Softmax, a row at a time where the axis lies dense, else a slab: the axis by a piece of positions
 * that lie side by side. */
#include <math.h>
#include <stdlib.h>

#include "axes.h"

enum { SLAB_FLOATS = 16384, MOST = 512, LEAST = 16 };

typedef struct {
  kerf_axes outer; /* all axes but the one, of the input and the output */
  uint64_t extent;
  int64_t stride, step; /* along the axis, of the input and the output */
  uint64_t piece, pieces, items; /* of slabs */
} softmax_state;

static int takes_log(const kerf_node *node) {
  return (int)((const kerf_plan_softmax *)node->detail)->log;
}

static void rows(const kerf_node *node, uint32_t unit, float *scratch) {
  const softmax_state *s = node->state;
  const kerf_kernels *k = node->kernels;
  const size_t n = s->extent;
  const kerf_share share = kerf_share_of(s->items, unit, node->units);
  kerf_cursor cursor = kerf_cursor_at(&s->outer, s->outer.rank, share.begin);
  float *shifted = scratch, *powers = takes_log(node) ? scratch + n : scratch;
  for (uint64_t i = share.begin; i < share.end; i++, kerf_cursor_next(&cursor)) {
    const float *x = kerf_row(node, n, node->in[0].data + cursor.offsets[0], s->stride, shifted);
    const float most = (float)k->rows->reduce(KERF_REDUCE_MAX, -INFINITY, 1, 0, n, x);
    k->elementwise(KERF_SUB, n, x, 1, &most, 0, NULL, 0, shifted, 1);
    if (powers != shifted)
      k->elementwise(KERF_COPY, n, shifted, 1, NULL, 0, NULL, 0, powers, 1);
    k->activate(KERF_EXP, 0, 0, n, powers);
    const double sum = k->rows->reduce(KERF_REDUCE_SUM, 0, 1, 0, n, powers);
    const float by = (float)(takes_log(node) ? log(sum) : 1 / sum);
    k->elementwise(takes_log(node) ? KERF_SUB : KERF_MUL, n, shifted, 1, &by, 0, NULL, 0, shifted,
                   1);
    kerf_put(node, n, shifted, node->out.data + cursor.offsets[1], s->step);
  }
}

static void slab(const kerf_node *node, size_t n, const float *x, int64_t side, float *out,
                 int64_t out_side, float *scratch) {
  const softmax_state *s = node->state;
  const kerf_kernels *k = node->kernels;
  double *sums = (double *)scratch;
  float *most = scratch + 2 * n, *powers = most + n, *slab = powers + n;
  k->elementwise(KERF_COPY, n, x, side, NULL, 0, NULL, 0, most, 1);
  for (uint64_t c = 1; c < s->extent; c++)
    k->elementwise(KERF_MAX, n, most, 1, x + (int64_t)c * s->stride, side, NULL, 0, most, 1);
  for (size_t i = 0; i < n; i++) sums[i] = 0;
  for (uint64_t c = 0; c < s->extent; c++) {
    float *shifted = slab + c * n, *row = shifted;
    k->elementwise(KERF_SUB, n, x + (int64_t)c * s->stride, side, most, 1, NULL, 0, shifted, 1);
    if (takes_log(node)) {
      row = powers;
      k->elementwise(KERF_COPY, n, shifted, 1, NULL, 0, NULL, 0, row, 1);
    }
    k->activate(KERF_EXP, 0, 0, n, row);
    k->rows->accumulate(KERF_REDUCE_SUM, n, row, sums);
  }
  float *by = most;
  for (size_t i = 0; i < n; i++) by[i] = (float)(takes_log(node) ? log(sums[i]) : 1 / sums[i]);
  for (uint64_t c = 0; c < s->extent; c++) {
    float *row = slab + c * n;
    k->elementwise(takes_log(node) ? KERF_SUB : KERF_MUL, n, row, 1, by, 1, NULL, 0, row, 1);
    kerf_put(node, n, row, out + (int64_t)c * s->step, out_side);
  }
}

static void slabs(const kerf_node *node, uint32_t unit, float *scratch) {
  const softmax_state *s = node->state;
  const uint32_t inner = s->outer.rank - 1;
  const int64_t side = s->outer.strides[0][inner], out_side = s->outer.strides[1][inner];
  const kerf_share share = kerf_share_of(s->items, unit, node->units);
  for (uint64_t item = share.begin; item < share.end; item++) {
    const kerf_cursor at = kerf_cursor_at(&s->outer, inner, item / s->pieces);
    const uint64_t begin = item % s->pieces * s->piece, left = s->outer.extents[inner] - begin;
    slab(node, left < s->piece ? left : s->piece,
         node->in[0].data + at.offsets[0] + (int64_t)begin * side, side,
         node->out.data + at.offsets[1] + (int64_t)begin * out_side, out_side, scratch);
  }
}

kerf_status kerf_prepare_softmax(kerf_node *node, kerf_error *error) {
  softmax_state *s = node->state = calloc(1, sizeof *s);
  if (!s) return kerf_fail(error, KERF_ERROR_MEMORY, "no memory for an operator");
  const uint32_t axis = ((const kerf_plan_softmax *)node->detail)->axis;
  const kerf_operand *views[] = {&node->in[0], &node->out};
  s->outer = kerf_axes_of(2, views, axis);
  s->extent = node->in[0].view->extents[axis];
  s->stride = node->in[0].view->strides[axis];
  s->step = node->out.view->strides[axis];
  const uint32_t inner = s->outer.rank - 1;
  const uint64_t n = s->outer.extents[inner], positions = kerf_axes_positions(&s->outer, inner + 1);
  const int by_rows = n == 1 || llabs(s->stride) < llabs(s->outer.strides[0][inner]);
  s->items = positions;
  node->scratch_floats = 2 * s->extent;
  if (!by_rows) {
    s->piece = SLAB_FLOATS / s->extent;
    s->piece = s->piece < LEAST ? LEAST : s->piece > MOST ? MOST : s->piece;
    s->pieces = (n + s->piece - 1) / s->piece;
    s->items = positions / n * s->pieces;
    node->scratch_floats = (s->extent + 4) * s->piece;
  }
  node->units = kerf_units_for(s->items, positions * s->extent * 4, node->threads);
  node->work = by_rows ? rows : slabs;
  return KERF_OK;
}
