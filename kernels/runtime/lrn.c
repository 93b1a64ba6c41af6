/* Local response normalization: each value divided by a power of the squares around it, across
 * channels. */
#include <stdlib.h>

#include "axes.h"

enum { PIECE = 512, CHANNELS = 16 };

typedef struct {
  kerf_axes plane; /* positions of one channel, of the input and the output */
  uint64_t pieces, blocks; /* of a row of positions, and of channels */
  uint64_t items;
  uint32_t before, behind; /* channels of a window beside its own */
} lrn_state;

static void channels(const kerf_node *node, uint32_t first, uint32_t end, size_t n, const float *x,
                     int64_t side, float *out, int64_t out_side, float *scratch) {
  const lrn_state *s = node->state;
  const kerf_plan_lrn *lrn = node->detail;
  const uint32_t all = node->in[0].view->extents[CHANNEL];
  const int64_t from = node->in[0].view->strides[CHANNEL], to = node->out.view->strides[CHANNEL];
  const uint32_t lowest = first > s->before ? first - s->before : 0;
  const uint32_t highest = end + s->behind < all ? end + s->behind : all;
  const float **rows = (const float **)scratch;
  float *squares = scratch + 2 * (CHANNELS + lrn->size), *space = squares + PIECE;
  for (uint32_t c = lowest; c < highest; c++)
    rows[c - lowest] =
        kerf_row(node, n, x + c * from, side, space + (uint64_t)(c - lowest) * PIECE);
  for (uint32_t c = first; c < end; c++) {
    const uint32_t low = c > s->before ? c - s->before : 0;
    const uint32_t high = c + s->behind < all ? c + s->behind + 1 : all;
    node->kernels->rows->combine(KERF_REDUCE_SUM_SQUARE, n, high - low, rows + (low - lowest),
                                 squares);
    node->kernels->rows->normalize(n, rows[c - lowest], squares, lrn->bias,
                                   lrn->alpha / (float)lrn->size, lrn->beta, squares);
    kerf_put(node, n, squares, out + c * to, out_side);
  }
}

static void work(const kerf_node *node, uint32_t unit, float *scratch) {
  const lrn_state *s = node->state;
  const uint32_t inner = s->plane.rank - 1, all = node->in[0].view->extents[CHANNEL];
  const int64_t side = s->plane.strides[0][inner], out_side = s->plane.strides[1][inner];
  const kerf_share share = kerf_share_of(s->items, unit, node->units);
  for (uint64_t item = share.begin; item < share.end; item++) {
    const uint64_t piece = item / s->blocks;
    const uint32_t first = (uint32_t)(item % s->blocks) * CHANNELS;
    const kerf_cursor at = kerf_cursor_at(&s->plane, inner, piece / s->pieces);
    const uint64_t begin = piece % s->pieces * PIECE, left = s->plane.extents[inner] - begin;
    channels(node, first, first + CHANNELS < all ? first + CHANNELS : all,
             left < PIECE ? left : PIECE,
             node->in[0].data + at.offsets[0] + (int64_t)begin * side, side,
             node->out.data + at.offsets[1] + (int64_t)begin * out_side, out_side, scratch);
  }
}

kerf_status kerf_prepare_lrn(kerf_node *node, kerf_error *error) {
  lrn_state *s = node->state = calloc(1, sizeof *s);
  if (!s) return kerf_fail(error, KERF_ERROR_MEMORY, "no memory for an operator");
  const kerf_plan_lrn *lrn = node->detail;
  const kerf_operand *views[] = {&node->in[0], &node->out};
  const uint32_t all = node->in[0].view->extents[CHANNEL];
  s->plane = kerf_axes_of(2, views, CHANNEL);
  s->before = (lrn->size - 1) / 2;
  s->behind = lrn->size / 2;
  const uint32_t inner = s->plane.rank - 1;
  const uint64_t n = s->plane.extents[inner], positions = kerf_axes_positions(&s->plane, inner + 1);
  s->pieces = (n + PIECE - 1) / PIECE;
  s->blocks = (all + CHANNELS - 1) / CHANNELS;
  s->items = positions / n * s->pieces * s->blocks;
  node->units = kerf_units_for(s->items, positions * all * 4, node->threads);
  node->scratch_floats = (uint64_t)(CHANNELS + lrn->size) * (PIECE + 2) + PIECE;
  node->work = work;
  return KERF_OK;
}
