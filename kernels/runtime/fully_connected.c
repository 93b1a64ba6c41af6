/* Fully connected layers: the workers share the row blocks; memory sets the pace. */
#include <math.h>

#include "node.h"

/* Blocks that a worker takes at a time: long enough a stream for the hardware to follow. */
#define BLOCKS_AT_ONCE 4u

static void work(const kerf_node *node, uint32_t unit, float *scratch) {
  (void)scratch;
  const kerf_plan_operator *op = node->op;
  const kerf_matrix *m = &node->matrix;
  const uint32_t *rows = kerf_section(node->plan, op->block_rows);
  const uint32_t *order = kerf_section(node->plan, op->row_order);
  const uint32_t *list_of = kerf_section(node->plan, op->list_of);
  const float *weights = kerf_section(node->plan, op->weights);
  const float *bias = op->bias ? kerf_section(node->plan, op->bias) : NULL;
  const float *x = node->arena + node->in->base;
  float *out = node->arena + node->out->base;
  const float floor = op->flags & KERF_FLAG_RELU ? 0.0f : -INFINITY;
  for (uint32_t i = 0; i < BLOCKS_AT_ONCE; i++) {
    const uint32_t b = unit * BLOCKS_AT_ONCE + i;
    if (b >= op->blocks) return;
    float sum[KERF_MAX_BLOCK_ROWS] = {0};
    for (uint32_t cb = 0; cb < m->channel_blocks; cb++) {
      const uint64_t pair = (uint64_t)cb * op->blocks + b;
      const uint32_t list = list_of[pair];
      float part[KERF_MAX_BLOCK_ROWS];
      node->kernels->fc[rows[b]](m->list_start[list + 1] - m->list_start[list],
                                 m->contiguous[list] ? NULL : m->columns + m->list_start[list],
                                 weights + m->weight_start[pair],
                                 x + (uint64_t)cb * op->channel_block, part);
      for (uint32_t r = 0; r < rows[b]; r++) sum[r] += part[r];
    }
    for (uint32_t r = 0; r < rows[b]; r++) {
      const uint32_t row = m->block_row[b] + r;
      const float y = sum[r] + (bias ? bias[row] : 0.0f);
      out[order[row]] = y < floor ? floor : y;
    }
  }
}

kerf_status kerf_prepare_fully_connected(kerf_node *node, kerf_error *error) {
  kerf_status status = kerf_matrix_decode(node->plan, node->op, &node->matrix, error);
  if (status) return status;
  node->work = work;
  node->units = (node->op->blocks + BLOCKS_AT_ONCE - 1) / BLOCKS_AT_ONCE;
  return KERF_OK;
}
