/* Fully connected layers: the workers share the row blocks; memory sets the pace. */
#include "epilogue.h"
#include "node.h"

/* Blocks that a worker takes at a time: long enough a stream for the hardware to follow. */
#define BLOCKS_AT_ONCE 4u

/* The products of one block of rows. */
static void multiply(const kerf_node *node, uint32_t block, float sum[KERF_MAX_BLOCK_ROWS]) {
  const kerf_plan_matrix *packed = node->detail;
  const kerf_matrix *m = &node->matrix;
  const uint32_t *list_of = kerf_section(node->plan, packed->list_of);
  const float *weights = kerf_section(node->plan, packed->weights);
  const uint32_t rows = m->block_row[block + 1] - m->block_row[block];
  for (uint32_t cb = 0; cb < m->channel_blocks; cb++) {
    const uint64_t pair = (uint64_t)cb * packed->blocks + block;
    const uint32_t list = list_of[pair];
    float part[KERF_MAX_BLOCK_ROWS];
    node->kernels->fc[rows](m->list_start[list + 1] - m->list_start[list],
                            m->contiguous[list] ? NULL : m->columns + m->list_start[list],
                            weights + m->weight_start[pair],
                            node->in[0].data + (uint64_t)cb * packed->channel_block, part);
    for (uint32_t r = 0; r < rows; r++) sum[r] += part[r];
  }
}

static void work(const kerf_node *node, uint32_t unit, float *scratch) {
  (void)scratch;
  const kerf_plan_matrix *packed = node->detail;
  const uint32_t *order = kerf_section(node->plan, packed->row_order);
  const float *bias = packed->bias ? kerf_section(node->plan, packed->bias) : NULL;
  const kerf_clamp clamp = kerf_clamp_of(node->op);
  for (uint32_t i = 0; i < BLOCKS_AT_ONCE; i++) {
    const uint32_t block = unit * BLOCKS_AT_ONCE + i;
    if (block >= packed->blocks) return;
    float sum[KERF_MAX_BLOCK_ROWS] = {0};
    multiply(node, block, sum);
    const uint32_t first = node->matrix.block_row[block];
    const uint32_t rows = node->matrix.block_row[block + 1] - first;
    node->kernels->store(rows, sum, 0.0f, bias ? bias + first : NULL, &clamp, sum);
    if (node->op->activation > KERF_CLIP)
      node->kernels->activate(node->op->activation, node->op->alpha, node->op->beta, rows, sum);
    for (uint32_t r = 0; r < rows; r++) node->out.data[order[first + r]] = sum[r];
  }
}

kerf_status kerf_prepare_fully_connected(kerf_node *node, kerf_error *error) {
  static const int32_t no_offset = 0;
  const kerf_plan_matrix *packed = node->detail;
  node->work = work;
  node->units = (packed->blocks + BLOCKS_AT_ONCE - 1) / BLOCKS_AT_ONCE;
  return kerf_matrix_decode(node->plan, packed, &no_offset, 1, &node->matrix, error);
}
