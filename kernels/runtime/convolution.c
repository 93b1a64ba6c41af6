/* Convolution of any stride-1 kernel, dense or sparse, 2-D or 3-D: a tap is a constant offset
 * between the position of an output and that of an input value, so the positions of a plane form
 * one run of floats and a tile of them is V vectors. Positions in the padding between rows are
 * computed too and dropped on the way out.
 *
 *   for each unit (some runs, some row blocks)        taken by the workers in turn
 *     for each block of input channels                so that its input tile stays in L1
 *       for each tile of each run
 *         for each row block                          one micro-kernel call over its kept columns
 *     bias, activation, pooling, store
 *
 * Accumulators of all tiles of a unit are parked in scratch (L2) between channel blocks. While the
 * row blocks pass over a tile, the lines of the next one are prefetched. */
#include "convolution.h"

#include <stdlib.h>
#include <string.h>

#include "epilogue.h"

#define MAX_POOL_ROWS (KERF_MAX_FUSED_POOL * KERF_MAX_FUSED_POOL)

/* Lets the lines of one tile be loaded while another is worked on, a few after each row block. */
typedef struct {
  const float *tile;
  uint32_t channels, done;
} ahead;

static inline void prefetch_some(const kerf_node *node, ahead *next, uint32_t part, uint32_t parts) {
  const convolution *state = node->state;
  const kerf_plan_convolution *detail = node->detail;
  const uint32_t lines = state->prefetch_lines;
  const uint32_t until = (uint32_t)((uint64_t)next->channels * lines * part / parts);
  for (; next->done < until; next->done++)
    __builtin_prefetch(next->tile + (uint64_t)(next->done / lines) * detail->channel_step +
                       state->prefetch[next->done % lines]);
}

static uint32_t block_channels(const kerf_plan_matrix *matrix, uint32_t channel_block) {
  const uint32_t left = matrix->channels - channel_block * matrix->channel_block;
  return left < matrix->channel_block ? left : matrix->channel_block;
}

static uint32_t tile_of(const run *r, uint32_t widest, uint32_t tile, uint32_t *vectors) {
  const uint32_t tiles = (r->vectors + widest - 1) / widest;
  const uint32_t begin = (uint32_t)((uint64_t)r->vectors * tile / tiles);
  *vectors = (uint32_t)((uint64_t)r->vectors * (tile + 1) / tiles) - begin;
  return begin;
}

/* All products of a unit, into scratch [row][width]. */
static void accumulate(const kerf_node *node, const unit *u, float *scratch) {
  const kerf_plan_convolution *detail = node->detail;
  const kerf_plan_matrix *matrix = &detail->matrix;
  const kerf_matrix *m = &node->matrix;
  const convolution *state = node->state;
  const kerf_kernels *kernels = node->kernels;
  const uint32_t lanes = kernels->lanes;
  const uint32_t *block_rows = kerf_section(node->plan, matrix->block_rows);
  const uint32_t *list_of = kerf_section(node->plan, matrix->list_of);
  const float *weights = kerf_section(node->plan, matrix->weights);
  const float *origin = node->in[0].data + m->origin;
  const uint64_t block_step = (uint64_t)matrix->channel_block * detail->channel_step;
  const uint32_t row0 = m->block_row[u->first_block];
  for (uint32_t cb = 0; cb < m->channel_blocks; cb++) {
    const float *channels = origin + cb * block_step;
    for (uint32_t i = 0; i < u->runs; i++) {
      const run *r = &state->runs[u->first_run + i];
      const uint32_t tiles = (r->vectors + state->tile_vectors - 1) / state->tile_vectors;
      for (uint32_t t = 0; t < tiles; t++) {
        uint32_t vectors, unused;
        const uint32_t begin = tile_of(r, state->tile_vectors, t, &vectors) * lanes;
        const float *x = channels + r->first + begin;
        ahead next = {0};
        if (t + 1 < tiles) {
          next.tile = channels + r->first + tile_of(r, state->tile_vectors, t + 1, &unused) * lanes;
          next.channels = block_channels(matrix, cb);
        } else if (i + 1 < u->runs) {
          next.tile = channels + r[1].first;
          next.channels = block_channels(matrix, cb);
        } else if (cb + 1 < m->channel_blocks) {
          next.tile = channels + block_step + state->runs[u->first_run].first;
          next.channels = block_channels(matrix, cb + 1);
        }
        for (uint32_t b = u->first_block; b < u->last_block; b++) {
          const uint64_t pair = (uint64_t)cb * matrix->blocks + b;
          const uint32_t list = list_of[pair], rows = block_rows[b];
          const uint64_t n = m->list_start[list + 1] - m->list_start[list];
          float *acc = scratch + (uint64_t)(m->block_row[b] - row0) * u->width + r->scratch + begin;
          prefetch_some(node, &next, b + 1 - u->first_block, u->last_block - u->first_block);
          if (n) {
            kernels->conv[rows][vectors](n, m->columns + m->list_start[list],
                                         weights + m->weight_start[pair], x, acc, u->width, cb > 0);
          } else if (!cb) {
            for (uint32_t row = 0; row < rows; row++)
              memset(acc + (uint64_t)row * u->width, 0, vectors * lanes * sizeof *acc);
          }
        }
      }
    }
  }
}

/* Stores the positions of a run that lie in the output, row by row, or at once without padding. */
static void store_run(const kerf_node *node, const kerf_clamp *clamp, const run *r,
                      const float *acc, float bias, uint32_t channel) {
  const uint32_t *extents = ((const kerf_plan_convolution *)node->detail)->extents;
  const uint64_t row = kerf_row_step(node), plane = kerf_plane_step(node), end = r->first + r->count;
  uint64_t d = extents[0] > 1 ? r->first / plane : 0;
  uint64_t h = extents[1] > 1 ? (r->first - d * plane) / row : 0;
  uint64_t w = r->first - d * plane - h * row;
  if (((const convolution *)node->state)->compact) {
    kerf_finish(node, clamp, r->count, acc, bias, channel, d, h, w);
    return;
  }
  for (uint64_t at = r->first; at < end; at = d * plane + h * row) {
    /* A run may begin behind the last row of a plane, where the padding must stay as it is. */
    if (h < extents[1] && w < extents[2]) {
      const uint64_t n = extents[2] - w < end - at ? extents[2] - w : end - at;
      kerf_finish(node, clamp, n, acc + (at - r->first), bias, channel, d, h, w);
    }
    w = 0;
    if (++h >= extents[1]) h = 0, d++;
    if (d == extents[0]) break;
  }
}

/* Max-pools the runs of a unit (one for each plane of the window) as they leave. The activation is
 * monotonic and so can follow the maximum. */
static void store_pooled(const kerf_node *node, const kerf_clamp *clamp, const unit *u,
                         const float *acc, float bias, uint32_t channel) {
  const kerf_plan_convolution *detail = node->detail;
  const convolution *state = node->state;
  const uint32_t *kernel = detail->pool_kernel;
  const float *rows[MAX_POOL_ROWS];
  for (uint32_t j = 0; j < u->pooled_rows; j++) {
    uint32_t count = 0;
    for (uint32_t d = 0; d < u->runs; d++)
      for (uint32_t h = 0; h < kernel[1]; h++)
        rows[count++] = acc + state->runs[u->first_run + d].scratch +
                        (j * kernel[1] + h) * kerf_row_step(node);
    node->kernels->pool(
        node->out.view->extents[WIDTH], kernel[2], count, rows, bias, clamp,
        kerf_element(&node->out, channel, u->pooled_plane, u->pooled_row + j, 0));
  }
}

static void work(const kerf_node *node, uint32_t index, float *scratch) {
  const kerf_plan_convolution *detail = node->detail;
  const convolution *state = node->state;
  const unit *u = &state->units[index];
  const uint32_t *order = kerf_section(node->plan, detail->matrix.row_order);
  const float *bias = detail->matrix.bias ? kerf_section(node->plan, detail->matrix.bias) : NULL;
  const kerf_clamp clamp = kerf_clamp_of(node->op);
  accumulate(node, u, scratch);
  const uint32_t first = node->matrix.block_row[u->first_block];
  const uint32_t last = node->matrix.block_row[u->last_block];
  for (uint32_t row = first; row < last; row++) {
    const float *acc = scratch + (uint64_t)(row - first) * u->width;
    const float b = bias ? bias[row] : 0.0f;
    if (kerf_is_pooled(detail)) {
      store_pooled(node, &clamp, u, acc, b, order[row]);
    } else {
      for (uint32_t i = 0; i < u->runs; i++) {
        const run *r = &state->runs[u->first_run + i];
        store_run(node, &clamp, r, acc + r->scratch, b, order[row]);
      }
    }
  }
}

static void release(kerf_node *node) {
  convolution *state = node->state;
  if (!state) return;
  free(state->runs);
  free(state->units);
  free(state);
}

kerf_status kerf_prepare_convolution(kerf_node *node, kerf_error *error) {
  const kerf_plan_convolution *detail = node->detail;
  const uint64_t row = kerf_row_step(node), count = (detail->extents[1] - 1) * row + detail->extents[2];
  if (node->in[0].view->strides[WIDTH] != 1 || node->out.view->strides[WIDTH] != 1 ||
      (detail->extents[1] > 1 && row < detail->extents[2]) ||
      (detail->extents[0] > 1 && kerf_plane_step(node) < count))
    return kerf_fail(error, KERF_ERROR_FORMAT, "the tensors of a convolution are no padded volumes");
  node->release = release;
  node->work = work;
  const kerf_status status =
      kerf_matrix_decode(node->plan, &detail->matrix, kerf_section(node->plan, detail->tap_offsets),
                         detail->channel_step, &node->matrix, error);
  return status ? status : kerf_schedule_convolution(node, error);
}
