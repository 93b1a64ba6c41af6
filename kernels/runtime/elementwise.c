/* Functions of one to three values, position by position. Work is cut into pieces of rows; what is
 * transposed is moved in blocks, since one side of it is far apart. */
#include <stdlib.h>

#include "axes.h"

enum { PIECE = 4096, BLOCK = 64 };

typedef struct {
  kerf_axes axes; /* of the output and the inputs */
  uint64_t piece, pieces; /* of a row */
  uint64_t block, blocks; /* of rows, where blocks are transposed: along the last axis but one */
  uint64_t items;
} elementwise_state;

static void rows(const kerf_node *node, uint32_t unit, float *scratch) {
  const elementwise_state *s = node->state;
  const uint32_t inner = s->axes.rank - 1, inputs = s->axes.operands - 1;
  const kerf_share share = kerf_share_of(s->items, unit, node->units);
  kerf_cursor cursor = kerf_cursor_at(&s->axes, inner, share.begin / s->pieces);
  uint64_t begin = share.begin % s->pieces * s->piece;
  const int64_t(*strides)[KERF_MAX_RANK] = s->axes.strides;
  const int64_t step = strides[0][inner];
  for (uint64_t item = share.begin; item < share.end; item++) {
    const uint64_t left = s->axes.extents[inner] - begin, n = left < s->piece ? left : s->piece;
    const float *x[KERF_MAX_INPUTS] = {0};
    ptrdiff_t steps[KERF_MAX_INPUTS] = {0};
    for (uint32_t k = 0; k < inputs; k++) {
      steps[k] = strides[k + 1][inner];
      x[k] = node->in[k].data + cursor.offsets[k + 1] + (int64_t)begin * steps[k];
    }
    float *out = node->out.data + cursor.offsets[0] + (int64_t)begin * step;
    float *to = node->op->activation && step != 1 ? scratch : out;
    node->kernels->elementwise(node->op->function, n, x[0], steps[0], x[1], steps[1], x[2],
                               steps[2], to, to == out ? step : 1);
    if (node->op->activation) kerf_put(node, n, to, out, step);
    begin += s->piece;
    if (begin < s->axes.extents[inner]) continue;
    begin = 0;
    kerf_cursor_next(&cursor);
  }
}

static void blocks(const kerf_node *node, uint32_t unit, float *scratch) {
  (void)scratch;
  const elementwise_state *s = node->state;
  const uint32_t across = s->axes.rank - 2, along = s->axes.rank - 1;
  const int64_t from = s->axes.strides[1][along], to = s->axes.strides[0][across];
  const uint64_t per_matrix = s->pieces * s->blocks;
  const kerf_share share = kerf_share_of(s->items, unit, node->units);
  for (uint64_t item = share.begin; item < share.end; item++) {
    const kerf_cursor cursor = kerf_cursor_at(&s->axes, across, item / per_matrix);
    const uint64_t i = item % s->pieces * s->piece, j = item / s->pieces % s->blocks * s->block;
    const uint64_t ni = s->axes.extents[along] - i, nj = s->axes.extents[across] - j;
    const uint64_t rows = ni < s->piece ? ni : s->piece, columns = nj < s->block ? nj : s->block;
    const float *x = node->in[0].data + cursor.offsets[1] + (int64_t)i * from + (int64_t)j;
    float *out = node->out.data + cursor.offsets[0] + (int64_t)j * to + (int64_t)i;
    node->kernels->rows->transpose(rows, columns, x, from, out, to);
    if (node->op->activation)
      for (uint64_t c = 0; c < columns; c++)
        kerf_put(node, rows, out + (int64_t)c * to, out + (int64_t)c * to, 1);
  }
}

/* Moves the axis along which the input lies dense next to the one along which the output does.
 * Returns 0 where nothing is transposed, or so little that rows do as well. */
static int transposes(const kerf_node *node, kerf_axes *axes) {
  const uint32_t along = axes->rank - 1;
  if (node->op->function != KERF_COPY || axes->rank < 2 || axes->strides[0][along] != 1 ||
      llabs(axes->strides[1][along]) <= 2 || axes->extents[along] < 4)
    return 0;
  for (uint32_t i = 0; i < along; i++) {
    if (axes->strides[1][i] != 1 || axes->extents[i] < 4) continue;
    const uint64_t extent = axes->extents[i];
    const int64_t to = axes->strides[0][i], from = axes->strides[1][i];
    for (; i + 1 < along; i++) {
      axes->extents[i] = axes->extents[i + 1];
      for (uint32_t k = 0; k < axes->operands; k++) axes->strides[k][i] = axes->strides[k][i + 1];
    }
    axes->extents[i] = extent;
    axes->strides[0][i] = to;
    axes->strides[1][i] = from;
    return 1;
  }
  return 0;
}

kerf_status kerf_prepare_elementwise(kerf_node *node, kerf_error *error) {
  elementwise_state *s = node->state = calloc(1, sizeof *s);
  if (!s) return kerf_fail(error, KERF_ERROR_MEMORY, "no memory for an operator");
  const kerf_operand *views[KERF_MAX_OPERANDS] = {&node->out};
  uint32_t operands = 1;
  while (operands <= KERF_MAX_INPUTS && node->in[operands - 1].view) {
    views[operands] = &node->in[operands - 1];
    operands++;
  }
  s->axes = kerf_axes_of(operands, views, KERF_NONE);
  const int transpose = transposes(node, &s->axes);
  const uint32_t inner = s->axes.rank - 1;
  const uint64_t n = s->axes.extents[inner], floats = kerf_axes_positions(&s->axes, inner + 1);
  s->piece = transpose ? BLOCK : PIECE;
  s->pieces = (n + s->piece - 1) / s->piece;
  s->items = kerf_axes_positions(&s->axes, inner) * s->pieces;
  if (transpose) {
    s->block = BLOCK;
    s->blocks = (s->axes.extents[inner - 1] + BLOCK - 1) / BLOCK;
    s->items = kerf_axes_positions(&s->axes, inner - 1) * s->pieces * s->blocks;
  }
  node->units = kerf_units_for(s->items, floats, node->threads);
  node->work = transpose ? blocks : rows;
  node->scratch_floats = PIECE;
  return KERF_OK;
}
