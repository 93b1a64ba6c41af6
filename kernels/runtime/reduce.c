/* Reductions. Where values of one result lie dense, a result is made at a time, of whole rows;
 * where results lie dense, a row of results. Sums are kept in double precision, in an order that
 * does not depend on the number of workers. */
#include <math.h>
#include <stdlib.h>

#include "axes.h"

enum { PIECE = 1024 };

typedef struct {
  kerf_axes kept, reduced; /* of the input and the output */
  int by_rows;
  uint32_t function; /* of the kernels, which know no means and norms */
  double start, count;
  uint64_t pieces; /* of a row of results */
  uint64_t items;
} reduce_state;

static float finished(const kerf_node *node, double y) {
  const reduce_state *s = node->state;
  if (node->op->function == KERF_REDUCE_MEAN) return (float)(y / s->count);
  return (float)(node->op->function == KERF_REDUCE_L2 ? sqrt(y) : y);
}

static double one(const kerf_node *node, const float *x, float *space) {
  const reduce_state *s = node->state;
  const uint32_t inner = s->reduced.rank - 1;
  const uint64_t n = s->reduced.extents[inner];
  const int64_t stride = s->reduced.strides[0][inner];
  double y = s->start;
  if (stride == 1) { /* planes of rows */
    const uint32_t outer = inner ? inner - 1 : 0;
    const uint64_t rows = inner ? s->reduced.extents[outer] : 1;
    const int64_t step = inner ? s->reduced.strides[0][outer] : 0;
    kerf_cursor cursor = kerf_cursor_at(&s->reduced, outer, 0);
    for (uint64_t left = kerf_axes_positions(&s->reduced, outer); left > 0; left--) {
      y = node->kernels->rows->reduce(s->function, y, rows, step, n, x + cursor.offsets[0]);
      kerf_cursor_next(&cursor);
    }
    return y;
  }
  kerf_cursor cursor = kerf_cursor_at(&s->reduced, inner, 0);
  for (uint64_t left = kerf_axes_positions(&s->reduced, inner); left > 0; left--) {
    for (uint64_t i = 0; i < n; i += PIECE) {
      const size_t here = n - i < PIECE ? n - i : PIECE;
      const float *row = x + cursor.offsets[0] + (int64_t)i * stride;
      y = node->kernels->rows->reduce(s->function, y, 1, 0, here,
                                      kerf_row(node, here, row, stride, space));
    }
    kerf_cursor_next(&cursor);
  }
  return y;
}

static void by_rows(const kerf_node *node, uint32_t unit, float *scratch) {
  const reduce_state *s = node->state;
  const kerf_share share = kerf_share_of(s->items, unit, node->units);
  kerf_cursor cursor = kerf_cursor_at(&s->kept, s->kept.rank, share.begin);
  for (uint64_t i = share.begin; i < share.end; i++, kerf_cursor_next(&cursor)) {
    float y = finished(node, one(node, node->in[0].data + cursor.offsets[0], scratch));
    kerf_put(node, 1, &y, node->out.data + cursor.offsets[1], 1);
  }
}

static void by_columns(const kerf_node *node, uint32_t unit, float *scratch) {
  const reduce_state *s = node->state;
  const uint32_t inner = s->kept.rank - 1;
  const int64_t stride = s->kept.strides[0][inner], step = s->kept.strides[1][inner];
  const uint64_t rows = kerf_axes_positions(&s->reduced, s->reduced.rank);
  const kerf_share share = kerf_share_of(s->items, unit, node->units);
  double *sums = (double *)scratch;
  float *space = scratch + 2 * PIECE;
  for (uint64_t item = share.begin; item < share.end; item++) {
    const kerf_cursor at = kerf_cursor_at(&s->kept, inner, item / s->pieces);
    const uint64_t begin = item % s->pieces * PIECE, left = s->kept.extents[inner] - begin;
    const size_t n = left < PIECE ? left : PIECE;
    for (size_t i = 0; i < n; i++) sums[i] = s->start;
    kerf_cursor cursor = kerf_cursor_at(&s->reduced, s->reduced.rank, 0);
    const float *x = node->in[0].data + at.offsets[0] + (int64_t)begin * stride;
    for (uint64_t r = 0; r < rows; r++, kerf_cursor_next(&cursor))
      node->kernels->rows->accumulate(
          s->function, n, kerf_row(node, n, x + cursor.offsets[0], stride, space), sums);
    for (size_t i = 0; i < n; i++) space[i] = finished(node, sums[i]);
    kerf_put(node, n, space, node->out.data + at.offsets[1] + (int64_t)begin * step, step);
  }
}

kerf_status kerf_prepare_reduce(kerf_node *node, kerf_error *error) {
  reduce_state *s = node->state = calloc(1, sizeof *s);
  if (!s) return kerf_fail(error, KERF_ERROR_MEMORY, "no memory for an operator");
  const kerf_operand *views[] = {&node->in[0], &node->out};
  const kerf_axes all = kerf_axes_of(2, views, KERF_NONE);
  s->kept = s->reduced = all;
  uint64_t count = 1;
  for (uint32_t i = all.rank; i-- > 0;) {
    const int reduced = all.strides[1][i] == 0;
    if (reduced) count *= all.extents[i];
    kerf_axes_remove(reduced ? &s->kept : &s->reduced, i);
  }
  s->by_rows = !s->kept.rank || all.strides[1][all.rank - 1] == 0;
  if (!s->reduced.rank) kerf_axes_tidy(&s->reduced);
  s->count = (double)count;
  switch (node->op->function) {
    case KERF_REDUCE_MEAN: s->function = KERF_REDUCE_SUM; break;
    case KERF_REDUCE_L2: s->function = KERF_REDUCE_SUM_SQUARE; break;
    default: s->function = node->op->function;
  }
  s->start = s->function == KERF_REDUCE_MAX    ? -INFINITY
             : s->function == KERF_REDUCE_MIN  ? INFINITY
             : s->function == KERF_REDUCE_PROD ? 1.0
                                               : 0.0;
  const uint64_t results = kerf_axes_positions(&s->kept, s->kept.rank);
  s->items = results;
  if (!s->by_rows) {
    const uint64_t n = s->kept.extents[s->kept.rank - 1];
    s->pieces = (n + PIECE - 1) / PIECE;
    s->items = results / n * s->pieces;
  }
  node->units = kerf_units_for(s->items, results * count, node->threads);
  node->work = s->by_rows ? by_rows : by_columns;
  node->scratch_floats = 3 * PIECE;
  return KERF_OK;
}
