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
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "node.h"

/* A unit's runs are as long as lets its accumulators stay in a mobile-class L2. */
#define UNIT_VECTORS 16u
#define SCRATCH_BYTES (640u << 10)
#define MAX_PREFETCH_LINES 512u
#define MAX_POOL_ROWS (KERF_MAX_FUSED_POOL * KERF_MAX_FUSED_POOL)

typedef struct {
  uint64_t input;   /* first position, floats from the tensor's origin */
  uint32_t vectors;
  uint32_t scratch; /* column of the first position in the unit's scratch */
  uint32_t plane, first, count; /* output positions [first, first + count) of the plane */
} run;

typedef struct {
  uint32_t first_run, runs;
  uint32_t width;                   /* of the scratch, floats */
  uint32_t first_block, last_block; /* row blocks [first, last) */
  uint32_t pooled_plane, pooled_row, pooled_rows; /* of the output, when a pool is fused */
} unit;

typedef struct {
  run *runs;
  unit *units;
  uint32_t tile_vectors;
  uint32_t prefetch_lines;
  uint32_t prefetch[MAX_PREFETCH_LINES]; /* lines of one channel of a tile, floats from its start */
} convolution;

static int pooled(const kerf_plan_operator *op) { return op->pool_kernel[0] != 0; }

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
    if (pooled(node->op)) {
      store_pooled(node, u, acc, b, floor, channel);
    } else {
      for (uint32_t i = 0; i < u->runs; i++) {
        const run *r = &state->runs[u->first_run + i];
        store_run(node, r, acc + r->scratch, b, floor, channel);
      }
    }
  }
}

static int by_offset(const void *a, const void *b) {
  const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
  return (x > y) - (x < y);
}

/* The cache lines that one channel of a tile touches: taps that lie close share them. */
static void plan_prefetch(const kerf_node *node, convolution *state) {
  const uint32_t taps = node->op->taps, tile = state->tile_vectors * node->kernels->lanes;
  int32_t *sorted = malloc(taps * sizeof *sorted);
  if (!sorted) return; /* no prefetching is slower, not wrong */
  memcpy(sorted, kerf_section(node->plan, node->op->tap_offsets), taps * sizeof *sorted);
  qsort(sorted, taps, sizeof *sorted, by_offset);
  int64_t next = INT64_MIN; /* first float not covered yet */
  for (uint32_t k = 0; k < taps; k++) {
    int64_t at = sorted[k] - node->matrix.origin;
    const int64_t end = at + tile;
    if (at < next) at = next;
    for (; at < end && state->prefetch_lines < MAX_PREFETCH_LINES; at += 16)
      state->prefetch[state->prefetch_lines++] = (uint32_t)at;
    if (at > next) next = at;
  }
  free(sorted);
}

/* Widest tile that every block of the layer has a kernel for. */
static uint32_t widest_tile(const kerf_node *node) {
  const uint32_t *rows = kerf_section(node->plan, node->op->block_rows);
  uint32_t widest = KERF_MAX_TILE_VECTORS;
  for (uint32_t b = 0; b < node->op->blocks; b++) {
    const kerf_matrix *m = &node->matrix;
    int empty = 1;
    for (uint32_t cb = 0; empty && cb < m->channel_blocks; cb++)
      empty = m->weight_start[(uint64_t)cb * node->op->blocks + b] ==
              m->weight_start[(uint64_t)cb * node->op->blocks + b + 1];
    const uint32_t v = node->kernels->tile_vectors[rows[b]];
    if (!empty && v < widest) widest = v;
  }
  return widest;
}

static uint32_t round_up(uint32_t n, uint32_t multiple) {
  return (n + multiple - 1) / multiple * multiple;
}

/* Rows of the output that one unit pools: as many as the scratch holds, at the least waste. */
static uint32_t choose_pooled_rows(const kerf_node *node, uint32_t lanes) {
  const kerf_plan_operator *op = node->op;
  uint32_t best = 1;
  double least = DBL_MAX;
  for (uint32_t rows = 1; rows <= node->out->height; rows++) {
    const uint32_t count = (rows * op->pool_kernel[1] - 1) * node->in->row + op->out_width;
    const uint32_t width = op->pool_kernel[0] * round_up(count, lanes);
    if (rows > 1 && (uint64_t)width * op->rows * 4 > SCRATCH_BYTES) break;
    const uint32_t units = (node->out->height + rows - 1) / rows;
    const double cost = (double)units * width;
    if (cost < least * 0.999) least = cost, best = rows;
  }
  return best;
}

static kerf_status out_of_memory(kerf_error *error) {
  return kerf_fail(error, KERF_ERROR_MEMORY, "no memory for the schedule of a convolution");
}

/* Cuts the positions into runs, and the runs into position units, one row range each. */
static kerf_status cut_positions(kerf_node *node, convolution *state, uint32_t *units,
                                 kerf_error *error) {
  const kerf_plan_operator *op = node->op;
  const uint32_t lanes = node->kernels->lanes, stride = node->in->row;
  const uint32_t plane_count = (op->out_height - 1) * stride + op->out_width;
  *units = 0;
  if (pooled(op)) {
    const uint32_t rows = choose_pooled_rows(node, lanes);
    const uint32_t per_plane = (node->out->height + rows - 1) / rows, kd = op->pool_kernel[0];
    state->runs = calloc((size_t)node->out->depth * per_plane * kd, sizeof(run));
    state->units = calloc((size_t)node->out->depth * per_plane, sizeof(unit));
    if (!state->runs || !state->units) return out_of_memory(error);
    uint32_t runs = 0;
    for (uint32_t d = 0; d < node->out->depth; d++)
      for (uint32_t h = 0; h < node->out->height; h += rows) {
        unit *u = &state->units[(*units)++];
        const uint32_t here = node->out->height - h < rows ? node->out->height - h : rows;
        *u = (unit){.first_run = runs, .runs = kd, .pooled_plane = d, .pooled_row = h,
                    .pooled_rows = here};
        for (uint32_t k = 0; k < kd; k++) {
          const uint32_t first = h * op->pool_kernel[1] * stride;
          const uint32_t count = (here * op->pool_kernel[1] - 1) * stride + op->out_width;
          const uint32_t plane = d * kd + k, vectors = (count + lanes - 1) / lanes;
          state->runs[runs++] = (run){(uint64_t)plane * node->in->plane + first, vectors, u->width,
                                      plane, first, count};
          u->width += vectors * lanes;
        }
      }
    return KERF_OK;
  }
  const uint32_t vectors = (plane_count + lanes - 1) / lanes;
  const uint32_t pieces = (vectors + UNIT_VECTORS - 1) / UNIT_VECTORS;
  const uint32_t piece = round_up((vectors + pieces - 1) / pieces, pieces > 1 ? state->tile_vectors : 1);
  state->runs = calloc((size_t)op->out_depth * pieces, sizeof(run));
  state->units = calloc((size_t)op->out_depth * pieces, sizeof(unit));
  if (!state->runs || !state->units) return out_of_memory(error);
  uint32_t runs = 0;
  for (uint32_t d = 0; d < op->out_depth; d++)
    for (uint32_t v = 0; v < vectors; v += piece) {
      const uint32_t here = vectors - v < piece ? vectors - v : piece, first = v * lanes;
      unit *u = *units ? &state->units[*units - 1] : NULL;
      if (!u || u->width + here * lanes > UNIT_VECTORS * lanes) {
        u = &state->units[(*units)++];
        *u = (unit){.first_run = runs};
      }
      const uint32_t left = plane_count - first, most = here * lanes;
      state->runs[runs++] = (run){(uint64_t)d * node->in->plane + first, here, u->width, d, first,
                                  left < most ? left : most};
      u->runs++;
      u->width += here * lanes;
    }
  return KERF_OK;
}

/* Where positions alone give the workers too little to share, or a unit's accumulators would not
 * fit, each unit is cut again by row blocks, into parts of about equal weight. */
static kerf_status cut_rows(kerf_node *node, convolution *state, uint32_t position_units,
                            uint32_t threads, kerf_error *error) {
  const kerf_plan_operator *op = node->op;
  const kerf_matrix *m = &node->matrix;
  uint32_t parts = 1;
  while (threads > 1 && position_units * parts < 4 * threads && parts * 4 < op->blocks) parts++;
  const unit *widest = &state->units[0];
  while ((uint64_t)widest->width * op->rows / parts * 4 > SCRATCH_BYTES && parts < op->blocks) parts++;
  unit *units = calloc((size_t)position_units * parts, sizeof(unit));
  uint64_t *before = calloc((size_t)op->blocks + 1, sizeof *before); /* work of the blocks before */
  if (!units || !before) {
    free(units);
    free(before);
    return out_of_memory(error);
  }
  for (uint32_t b = 0; b < op->blocks; b++) {
    before[b + 1] = before[b] + 16; /* parking and storing */
    for (uint32_t cb = 0; cb < m->channel_blocks; cb++) {
      const uint64_t pair = (uint64_t)cb * op->blocks + b;
      before[b + 1] += m->weight_start[pair + 1] - m->weight_start[pair];
    }
  }
  uint32_t count = 0;
  for (uint32_t i = 0; i < position_units; i++) {
    uint32_t block = 0;
    for (uint32_t part = 0; part < parts && block < op->blocks; part++) {
      const uint64_t goal = before[op->blocks] * (part + 1) / parts;
      unit *u = &units[count++];
      *u = state->units[i];
      u->first_block = block++;
      while (block < op->blocks && (part + 1 == parts || before[block + 1] <= goal)) block++;
      u->last_block = block;
      const uint64_t need = (uint64_t)(m->block_row[u->last_block] - m->block_row[u->first_block]) *
                            u->width;
      if (need > node->scratch_floats) node->scratch_floats = need;
    }
  }
  free(before);
  free(state->units);
  state->units = units;
  node->units = count;
  return KERF_OK;
}

kerf_status kerf_prepare_convolution(kerf_node *node, uint32_t threads, kerf_error *error) {
  kerf_status status = kerf_matrix_decode(node->plan, node->op, &node->matrix, error);
  if (status) return status;
  convolution *state = calloc(1, sizeof *state);
  node->state = state;
  if (!state) return out_of_memory(error);
  node->work = work;
  state->tile_vectors = widest_tile(node);
  plan_prefetch(node, state);
  uint32_t units = 0;
  status = cut_positions(node, state, &units, error);
  if (!status) status = cut_rows(node, state, units, threads, error);
  return status;
}

void kerf_release_convolution(kerf_node *node) {
  convolution *state = node->state;
  if (state) {
    free(state->runs);
    free(state->units);
  }
}
