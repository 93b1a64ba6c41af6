/* Cuts a convolution into work, once, when it is loaded. */
#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "convolution.h"

/* Vectors of a unit's runs: enough that a block's weights are walked often while they are near. */
#define UNIT_VECTORS 16u
/* Accumulators of a unit. More than an L2 holds costs little, since they are touched once for each
 * block of channels; shorter runs cost more, in positions that are computed and dropped. */
#define SCRATCH_BYTES (1280u << 10)

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

/* Room for `units` units of `runs` runs in all. */
static int allocate(convolution *state, size_t units, size_t runs) {
  state->units = calloc(units, sizeof(unit));
  state->runs = calloc(runs, sizeof(run));
  return state->units && state->runs;
}

/* Adds the positions [first, first + count) of a plane to a unit. */
static void add_run(const kerf_node *node, unit *u, run *r, uint32_t plane, uint32_t first,
                    uint32_t count) {
  const uint32_t lanes = node->kernels->lanes, vectors = (count + lanes - 1) / lanes;
  *r = (run){(uint64_t)plane * node->in->plane + first, vectors, u->width, plane, first, count};
  u->runs++;
  u->width += vectors * lanes;
}

/* With a fused pool, a unit holds whole windows: some rows of each plane of a window. The number of
 * units, or 0 without memory. */
static uint32_t cut_windows(const kerf_node *node, convolution *state) {
  const uint32_t *kernel = node->op->pool_kernel, stride = node->in->row;
  const uint32_t rows = choose_pooled_rows(node, node->kernels->lanes);
  const size_t most = (size_t)node->out->depth * ((node->out->height + rows - 1) / rows);
  if (!allocate(state, most, most * kernel[0])) return 0;
  uint32_t units = 0, runs = 0;
  for (uint32_t d = 0; d < node->out->depth; d++)
    for (uint32_t h = 0; h < node->out->height; h += rows) {
      const uint32_t here = node->out->height - h < rows ? node->out->height - h : rows;
      const uint32_t count = (here * kernel[1] - 1) * stride + node->op->out_width;
      unit *u = &state->units[units++];
      *u = (unit){.first_run = runs, .pooled_plane = d, .pooled_row = h, .pooled_rows = here};
      for (uint32_t k = 0; k < kernel[0]; k++)
        add_run(node, u, &state->runs[runs++], d * kernel[0] + k, h * kernel[1] * stride, count);
    }
  return units;
}

/* Otherwise planes are cut into pieces of about UNIT_VECTORS, and small planes share a unit. The
 * number of units, or 0 without memory. */
static uint32_t cut_planes(const kerf_node *node, convolution *state) {
  const kerf_plan_operator *op = node->op;
  const uint32_t lanes = node->kernels->lanes;
  const uint32_t count = (op->out_height - 1) * node->in->row + op->out_width;
  const uint32_t vectors = (count + lanes - 1) / lanes;
  const uint32_t pieces = (vectors + UNIT_VECTORS - 1) / UNIT_VECTORS;
  const uint32_t tile = pieces > 1 ? state->tile_vectors : 1;
  const uint32_t piece = round_up((vectors + pieces - 1) / pieces, tile) * lanes;
  const size_t most = (size_t)op->out_depth * pieces;
  if (!allocate(state, most, most)) return 0;
  uint32_t units = 0, runs = 0;
  for (uint32_t d = 0; d < op->out_depth; d++)
    for (uint32_t first = 0; first < count; first += piece) {
      const uint32_t here = count - first < piece ? count - first : piece;
      unit *u = units ? &state->units[units - 1] : NULL;
      if (!u || u->width + round_up(here, lanes) > UNIT_VECTORS * lanes) {
        u = &state->units[units++];
        *u = (unit){.first_run = runs};
      }
      add_run(node, u, &state->runs[runs++], d, first, here);
    }
  return units;
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

kerf_status kerf_schedule_convolution(kerf_node *node, uint32_t threads, kerf_error *error) {
  convolution *state = calloc(1, sizeof *state);
  node->state = state;
  if (!state) return out_of_memory(error);
  state->tile_vectors = widest_tile(node);
  plan_prefetch(node, state);
  const uint32_t units = kerf_is_pooled(node->op) ? cut_windows(node, state) : cut_planes(node, state);
  return units ? cut_rows(node, state, units, threads, error) : out_of_memory(error);
}
