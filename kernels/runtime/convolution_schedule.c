/* Cuts a convolution into work, once, when it is loaded. */
#include "convolution.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

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
  const kerf_plan_convolution *detail = node->detail;
  const uint32_t taps = detail->matrix.taps, tile = state->tile_vectors * node->kernels->lanes;
  int32_t *sorted = malloc(taps * sizeof *sorted);
  if (!sorted) return; /* no prefetching is slower, not wrong */
  memcpy(sorted, kerf_section(node->plan, detail->tap_offsets), taps * sizeof *sorted);
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
  const kerf_plan_matrix *matrix = &((const kerf_plan_convolution *)node->detail)->matrix;
  const kerf_matrix *m = &node->matrix;
  const uint32_t *rows = kerf_section(node->plan, matrix->block_rows);
  uint32_t widest = KERF_MAX_TILE_VECTORS;
  for (uint32_t b = 0; b < matrix->blocks; b++) {
    int empty = 1;
    for (uint32_t cb = 0; empty && cb < m->channel_blocks; cb++)
      empty = m->weight_start[(uint64_t)cb * matrix->blocks + b] ==
              m->weight_start[(uint64_t)cb * matrix->blocks + b + 1];
    const uint32_t v = node->kernels->tile_vectors[rows[b]];
    if (!empty && v < widest) widest = v;
  }
  return widest;
}

static uint64_t round_up(uint64_t n, uint64_t multiple) {
  return (n + multiple - 1) / multiple * multiple;
}

/* Rows of the output that one unit pools: as many as the scratch holds, at the least waste. */
static uint32_t choose_pooled_rows(const kerf_node *node) {
  const kerf_plan_convolution *detail = node->detail;
  const uint32_t *kernel = detail->pool_kernel, height = node->out.view->extents[HEIGHT];
  uint32_t best = 1;
  double least = DBL_MAX;
  for (uint32_t rows = 1; rows <= height; rows++) {
    const uint64_t count = (rows * kernel[1] - 1) * kerf_row_step(node) + detail->extents[2];
    const uint64_t width = kernel[0] * round_up(count, node->kernels->lanes);
    if (rows > 1 && width * detail->matrix.rows * 4 > SCRATCH_BYTES) break;
    const uint32_t units = (height + rows - 1) / rows;
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

/* Adds the positions [first, first + count) to a unit. */
static void add_run(const kerf_node *node, unit *u, run *r, uint64_t first, uint32_t count) {
  const uint32_t lanes = node->kernels->lanes, vectors = (count + lanes - 1) / lanes;
  *r = (run){first, count, vectors, u->width};
  u->runs++;
  u->width += vectors * lanes;
}

/* With a fused pool, a unit holds whole windows: some rows of each plane of a window. The number of
 * units, or 0 without memory. */
static uint32_t cut_windows(const kerf_node *node, convolution *state) {
  const kerf_plan_convolution *detail = node->detail;
  const uint32_t *kernel = detail->pool_kernel, *extents = node->out.view->extents;
  const uint64_t step = kerf_row_step(node);
  const uint32_t rows = choose_pooled_rows(node);
  const size_t most = (size_t)extents[DEPTH] * ((extents[HEIGHT] + rows - 1) / rows);
  if (!allocate(state, most, most * kernel[0])) return 0;
  uint32_t units = 0, runs = 0;
  for (uint32_t d = 0; d < extents[DEPTH]; d++)
    for (uint32_t h = 0; h < extents[HEIGHT]; h += rows) {
      const uint32_t here = extents[HEIGHT] - h < rows ? extents[HEIGHT] - h : rows;
      const uint32_t count = (uint32_t)((here * kernel[1] - 1) * step + detail->extents[2]);
      unit *u = &state->units[units++];
      *u = (unit){.first_run = runs, .pooled_plane = d, .pooled_row = h, .pooled_rows = here};
      for (uint32_t k = 0; k < kernel[0]; k++)
        add_run(node, u, &state->runs[runs++],
                (d * kernel[0] + k) * kerf_plane_step(node) + h * kernel[1] * step, count);
    }
  return units;
}

/* Otherwise planes, or the whole volume where that wastes less, are cut into pieces of about
 * UNIT_VECTORS, and small planes share a unit. The number of units, or 0 without memory. */
static uint32_t cut_planes(const kerf_node *node, convolution *state) {
  const uint32_t *extents = ((const kerf_plan_convolution *)node->detail)->extents;
  const uint32_t lanes = node->kernels->lanes;
  uint32_t planes = extents[0];
  uint64_t count = (extents[1] - 1) * kerf_row_step(node) + extents[2];
  const uint64_t joined = (planes - 1) * kerf_plane_step(node) + count;
  if (planes > 1 && round_up(joined, lanes) <= planes * round_up(count, lanes))
    planes = 1, count = joined;
  const uint64_t vectors = (count + lanes - 1) / lanes;
  const uint64_t pieces = (vectors + UNIT_VECTORS - 1) / UNIT_VECTORS;
  const uint64_t tile = pieces > 1 ? state->tile_vectors : 1;
  const uint64_t piece = round_up((vectors + pieces - 1) / pieces, tile) * lanes;
  const size_t most = (size_t)planes * pieces;
  if (!allocate(state, most, most)) return 0;
  uint32_t units = 0, runs = 0;
  for (uint32_t d = 0; d < planes; d++)
    for (uint64_t first = 0; first < count; first += piece) {
      const uint64_t here = count - first < piece ? count - first : piece;
      unit *u = units ? &state->units[units - 1] : NULL;
      if (!u || u->width + round_up(here, lanes) > UNIT_VECTORS * lanes) {
        u = &state->units[units++];
        *u = (unit){.first_run = runs};
      }
      add_run(node, u, &state->runs[runs++], d * kerf_plane_step(node) + first, (uint32_t)here);
    }
  return units;
}

/* Where positions alone give the workers too little to share, or a unit's accumulators would not
 * fit, each unit is cut again by row blocks, into parts of about equal weight. */
static kerf_status cut_rows(kerf_node *node, convolution *state, uint32_t position_units,
                            kerf_error *error) {
  const kerf_plan_matrix *matrix = &((const kerf_plan_convolution *)node->detail)->matrix;
  const uint32_t threads = node->threads;
  const kerf_matrix *m = &node->matrix;
  uint32_t parts = 1;
  while (threads > 1 && position_units * parts < 4 * threads && parts * 4 < matrix->blocks) parts++;
  const unit *widest = &state->units[0];
  while ((uint64_t)widest->width * matrix->rows / parts * 4 > SCRATCH_BYTES && parts < matrix->blocks) parts++;
  unit *units = calloc((size_t)position_units * parts, sizeof(unit));
  uint64_t *before = calloc((size_t)matrix->blocks + 1, sizeof *before); /* work of the blocks before */
  if (!units || !before) {
    free(units);
    free(before);
    return out_of_memory(error);
  }
  for (uint32_t b = 0; b < matrix->blocks; b++) {
    before[b + 1] = before[b] + 16; /* parking and storing */
    for (uint32_t cb = 0; cb < m->channel_blocks; cb++) {
      const uint64_t pair = (uint64_t)cb * matrix->blocks + b;
      before[b + 1] += m->weight_start[pair + 1] - m->weight_start[pair];
    }
  }
  uint32_t count = 0;
  for (uint32_t i = 0; i < position_units; i++) {
    uint32_t block = 0;
    for (uint32_t part = 0; part < parts && block < matrix->blocks; part++) {
      const uint64_t goal = before[matrix->blocks] * (part + 1) / parts;
      unit *u = &units[count++];
      *u = state->units[i];
      u->first_block = block++;
      while (block < matrix->blocks && (part + 1 == parts || before[block + 1] <= goal)) block++;
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

/* Whether the positions of each channel of a tensor, of the output's extents, are side by side. */
static int is_compact(const kerf_node *node, const kerf_operand *operand) {
  const uint32_t *extents = ((const kerf_plan_convolution *)node->detail)->extents;
  const int64_t row = extents[2], plane = row * extents[1];
  return !operand->view || ((extents[1] == 1 || operand->view->strides[HEIGHT] == row) &&
                            (extents[0] == 1 || operand->view->strides[DEPTH] == plane));
}

kerf_status kerf_schedule_convolution(kerf_node *node, kerf_error *error) {
  convolution *state = calloc(1, sizeof *state);
  node->state = state;
  if (!state) return out_of_memory(error);
  state->compact = !kerf_is_pooled(node->detail) && is_compact(node, &node->in[0]) &&
                   is_compact(node, &node->in[1]) && is_compact(node, &node->out);
  state->tile_vectors = widest_tile(node);
  plan_prefetch(node, state);
  const uint32_t units =
      kerf_is_pooled(node->detail) ? cut_windows(node, state) : cut_planes(node, state);
  return units ? cut_rows(node, state, units, error) : out_of_memory(error);
}
