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
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "convolution.h"

#define MAX_POOL_ROWS (KERF_MAX_FUSED_POOL * KERF_MAX_FUSED_POOL)

/* Lets the lines of one tile be loaded while another is worked on, a few after each row block. */
typedef struct {
  const float *tile;
  uint32_t channels, done;
} ahead;

static inline void prefetch_some(const kerf_node *node, ahead *next, uint32_t part, uint32_t parts) {
  const convolution *state = node->state;
  const uint32_t lines = state->prefetch_lines;
  const uint32_t until = (uint32_t)((uint64_t)next->channels * lines * part / parts);
  for (; next->done < until; next->done++)
    __builtin_prefetch(next->tile + (uint64_t)(next->done / lines) * node->op->channel_step +
                       state->prefetch[next->done % lines]);
}

static uint32_t block_channels(const kerf_plan_operator *op, uint32_t channel_block) {
  const uint32_t left = op->channels - channel_block * op->channel_block;
  return left < op->channel_block ? left : op->channel_block;
}

static uint32_t tile_of(const run *r, uint32_t widest, uint32_t tile, uint32_t *vectors) {
  const uint32_t tiles = (r->vectors + widest - 1) / widest;
  const uint32_t begin = (uint32_t)((uint64_t)r->vectors * tile / tiles);
  *vectors = (uint32_t)((uint64_t)r->vectors * (tile + 1) / tiles) - begin;
  return begin;
}

/* All products of a unit, into scratch [row][width]. */
static void accumulate(const kerf_node *node, const unit *u, float *scratch) {
  const kerf_plan_operator *op = node->op;
  const kerf_matrix *m = &node->matrix;
  const convolution *state = node->state;
  const kerf_kernels *kernels = node->kernels;
  const uint32_t lanes = kernels->lanes;
  const uint32_t *block_rows = kerf_section(node->plan, op->block_rows);
  const uint32_t *list_of = kerf_section(node->plan, op->list_of);
  const float *weights = kerf_section(node->plan, op->weights);
  const float *origin = node->arena + node->in->base + m->origin;
  const uint32_t row0 = m->block_row[u->first_block];
  for (uint32_t cb = 0; cb < m->channel_blocks; cb++) {
    const float *channels = origin + (uint64_t)cb * op->channel_block * op->channel_step;
    for (uint32_t i = 0; i < u->runs; i++) {
      const run *r = &state->runs[u->first_run + i];
      const uint32_t tiles = (r->vectors + state->tile_vectors - 1) / state->tile_vectors;
      for (uint32_t t = 0; t < tiles; t++) {
        uint32_t vectors, unused;
        const uint32_t begin = tile_of(r, state->tile_vectors, t, &vectors) * lanes;
        const float *x = channels + r->input + begin;
        ahead next = {0};
        if (t + 1 < tiles) {
          next.tile = channels + r->input + tile_of(r, state->tile_vectors, t + 1, &unused) * lanes;
          next.channels = block_channels(op, cb);
        } else if (i + 1 < u->runs) {
          next.tile = channels + r[1].input;
          next.channels = block_channels(op, cb);
        } else if (cb + 1 < m->channel_blocks) {
          next.tile = channels + (uint64_t)op->channel_block * op->channel_step +
                      state->runs[u->first_run].input;
          next.channels = block_channels(op, cb + 1);
        }
        for (uint32_t b = u->first_block; b < u->last_block; b++) {
          const uint64_t pair = (uint64_t)cb * op->blocks + b;
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

/* Stores the positions of a run that lie in the output, row by row. */
static void store_run(const kerf_node *node, const run *r, const float *acc, float bias,
                      float floor, float *channel) {
  const uint32_t stride = node->in->row, width = node->op->out_width;
  uint32_t h = r->first / stride, w = r->first % stride;
  for (uint32_t at = 0; at < r->count; h++, w = 0) {
    if (w < width) {
      const uint32_t left = r->count - at, n = width - w < left ? width - w : left;
      node->kernels->store(n, acc + at, bias, floor,
                           channel + (uint64_t)r->plane * node->out->plane +
                               (uint64_t)h * node->out->row + w);
    }
    at += stride - w;
  }
}

/* Max-pools the runs of a unit (one for each plane of the window) as they leave. The activation is
 * monotonic and so can follow the maximum. */
static void store_pooled(const kerf_node *node, const unit *u, const float *acc, float bias,
                         float floor, float *channel) {
  const kerf_plan_operator *op = node->op;
  const convolution *state = node->state;
  const float *rows[MAX_POOL_ROWS];
  for (uint32_t j = 0; j < u->pooled_rows; j++) {
    uint32_t count = 0;
    for (uint32_t d = 0; d < u->runs; d++)
      for (uint32_t h = 0; h < op->pool_kernel[1]; h++)
        rows[count++] = acc + state->runs[u->first_run + d].scratch +
                        (uint64_t)(j * op->pool_kernel[1] + h) * node->in->row;
    node->kernels->pool(node->out->width, op->pool_kernel[2], count, rows, bias, floor,
                        channel + (uint64_t)u->pooled_plane * node->out->plane +
                            (uint64_t)(u->pooled_row + j) * node->out->row);
  }
}

static void work(const kerf_node *node, uint32_t index, float *scratch) {
  const convolution *state = node->state;
  const unit *u = &state->units[index];
  const uint32_t *order = kerf_section(node->plan, node->op->row_order);
  const float *bias = node->op->bias ? kerf_section(node->plan, node->op->bias) : NULL;
  const float floor = node->op->flags & KERF_FLAG_RELU ? 0.0f : -INFINITY;
  accumulate(node, u, scratch);
  const uint32_t first = node->matrix.block_row[u->first_block];
  const uint32_t last = node->matrix.block_row[u->last_block];
  for (uint32_t row = first; row < last; row++) {
    const float *acc = scratch + (uint64_t)(row - first) * u->width;
    float *channel = node->arena + node->out->base + order[row] * node->out->channel;
    const float b = bias ? bias[row] : 0.0f;
    if (kerf_is_pooled(node->op)) {
      store_pooled(node, u, acc, b, floor, channel);
    } else {
      for (uint32_t i = 0; i < u->runs; i++) {
        const run *r = &state->runs[u->first_run + i];
        store_run(node, r, acc + r->scratch, b, floor, channel);
      }
    }
  }
}

kerf_status kerf_prepare_convolution(kerf_node *node, uint32_t threads, kerf_error *error) {
  const kerf_status status = kerf_matrix_decode(node->plan, node->op, &node->matrix, error);
  if (status) return status;
  node->work = work;
  return kerf_schedule_convolution(node, threads, error);
}

void kerf_release_convolution(kerf_node *node) {
  convolution *state = node->state;
  if (state) {
    free(state->runs);
    free(state->units);
  }
}
