/* Dense 3x3 convolution of stride 1 by Winograd's F(4x4, 3x3), see cpu/isa/winograd_kernels.c.
 *
 *   for each unit (some tiles, some blocks of rows)        taken by the workers in turn
 *     for each tap along the depth
 *       transform the tiles of all channels, into V
 *       for each of the 36 frequencies                     its part of V stays in L2
 *         for each block of rows                           its weights are walked once
 *           for each group of tiles: M += U * V
 *     transform M back, finish and store
 *
 * V is [frequency][group][block of channels][tile][channel], M [block of rows][tile][frequency][row],
 * U, the weights, [tap][frequency][block of rows][channel][row]. */
#include <stdlib.h>

#include "epilogue.h"

/* Tiles of a unit: enough to walk weights that come from far away seldom. V and M may take more
 * than L2, since they are touched once for every row of the weights. */
#define UNIT_TILES 48u

enum { BLOCK = KERF_WINOGRAD_BLOCK, FREQUENCIES = KERF_WINOGRAD_FREQUENCIES, SIDE = 4 };

/* What a worker takes at a time: tiles [first, last), numbered row by row and plane by plane, and
 * blocks of rows [first_block, last_block). */
typedef struct {
  uint32_t first, last;
  uint32_t first_block, last_block;
} unit;

typedef struct {
  unit *units;
  uint32_t across, down;       /* tiles of a plane */
  uint32_t most_tiles;         /* of a unit */
  uint64_t frequency;          /* floats of V from one frequency to the next */
  uint64_t m_floats, v_floats; /* of the scratch; lines of the output follow */
  uint64_t line;               /* floats of a line */
} winograd;

static uint32_t blocks_of(uint32_t n) { return (n + BLOCK - 1) / BLOCK; }

/* A unit's tiles are multiplied in groups of about the same size. */
static uint32_t groups_of(const kerf_node *node, const unit *u) {
  const uint32_t most = node->kernels->winograd->tiles;
  return (u->last - u->first + most - 1) / most;
}
static uint32_t group_begin(const unit *u, uint32_t groups, uint32_t group) {
  return (uint32_t)((uint64_t)(u->last - u->first) * group / groups);
}

/* Tiles [tile, end) of a unit that lie in one row of tiles. */
typedef struct {
  uint32_t tile, end;
  uint32_t depth, down, across; /* of the first */
} stretch;

static stretch stretch_at(const winograd *state, const unit *u, uint32_t tile) {
  const uint32_t across = tile % state->across, row = tile / state->across;
  const uint32_t left = state->across - across, end = tile + left < u->last ? tile + left : u->last;
  return (stretch){tile, end, row / state->down, row % state->down, across};
}

/* Where the tiles of a stretch go in V, for one block of channels. */
static void find_places(const unit *u, const stretch *s, uint32_t groups, uint32_t channel_blocks,
                        uint32_t block, uint32_t *places) {
  uint32_t group = 0;
  for (uint32_t tile = s->tile; tile < s->end; tile++) {
    const uint32_t at = tile - u->first;
    while (at >= group_begin(u, groups, group + 1)) group++;
    const uint32_t begin = group_begin(u, groups, group);
    const uint32_t tiles = group_begin(u, groups, group + 1) - begin;
    places[tile - s->tile] = (begin * channel_blocks + block * tiles + at - begin) * BLOCK;
  }
}

static void transform_tiles(const kerf_node *node, const unit *u, uint32_t tap, float *v) {
  enum { MOST = 64 };
  const kerf_plan_winograd *detail = node->detail;
  const kerf_plan_tensor *in = node->in[0].view;
  const winograd *state = node->state;
  const uint32_t groups = groups_of(node, u), blocks = blocks_of(detail->channels);
  uint32_t places[MOST];
  for (uint32_t tile = u->first; tile < u->last;) {
    stretch s = stretch_at(state, u, tile);
    if (s.end - s.tile > MOST) s.end = s.tile + MOST;
    const int64_t depth = (int64_t)s.depth + tap - detail->pad[0];
    const int64_t row = (int64_t)s.down * SIDE - detail->pad[1];
    const int64_t below = (int64_t)in->extents[HEIGHT] - row;
    const int inside = depth >= 0 && depth < (int64_t)in->extents[DEPTH];
    const kerf_winograd_strip strip = {
        .first = (int32_t)(s.across * SIDE) - (int32_t)detail->pad[2],
        .width = in->extents[WIDTH],
        .first_row = row < 0 ? (uint32_t)-row : 0,
        .last_row = !inside || below < 0 ? 0 : below < SIDE + 2 ? (uint32_t)below : SIDE + 2,
        .tiles = s.end - s.tile,
        .row_step = in->strides[HEIGHT],
        .channel_step = in->strides[CHANNEL],
    };
    for (uint32_t b = 0; b < blocks; b++) {
      find_places(u, &s, groups, blocks, b, places);
      node->kernels->winograd->input(
          &strip, kerf_element(&node->in[0], (int64_t)b * BLOCK, depth, row, 0),
          detail->channels - b * BLOCK, places, v, state->frequency);
    }
    tile = s.end;
  }
}

static void multiply(const kerf_node *node, const unit *u, uint32_t tap, const float *v, float *m) {
  const kerf_plan_winograd *detail = node->detail;
  const kerf_winograd_kernels *kernels = node->kernels->winograd;
  const winograd *state = node->state;
  const uint32_t groups = groups_of(node, u), tiles = u->last - u->first;
  const uint64_t row_blocks = blocks_of(detail->rows), channel_blocks = blocks_of(detail->channels);
  const uint64_t u_step = (uint64_t)detail->channels * BLOCK;
  const uint64_t m_step = (uint64_t)tiles * FREQUENCIES * BLOCK;
  const float *weights = kerf_section(node->plan, detail->weights);
  for (uint32_t f = 0; f < FREQUENCIES; f++) {
    const float *at = weights + ((uint64_t)tap * FREQUENCIES + f) * row_blocks * u_step;
    for (uint32_t b = u->first_block; b < u->last_block;) {
      const uint32_t left = u->last_block - b, here = left < kernels->blocks ? left : kernels->blocks;
      for (uint32_t g = 0; g < groups; g++) {
        const uint32_t begin = group_begin(u, groups, g), end = group_begin(u, groups, g + 1);
        kernels->product[here][end - begin](
            detail->channels, at + b * u_step, u_step,
            v + f * state->frequency + begin * channel_blocks * BLOCK,
            m + (b - u->first_block) * m_step + (uint64_t)begin * FREQUENCIES * BLOCK + f * BLOCK,
            m_step, tap > 0);
      }
      b += here;
    }
  }
}

static void transform_back(const kerf_node *node, const unit *u, const float *m, float *lines) {
  const kerf_plan_winograd *detail = node->detail;
  const kerf_plan_tensor *out = node->out.view;
  const winograd *state = node->state;
  const float *bias = detail->bias ? kerf_section(node->plan, detail->bias) : NULL;
  const kerf_clamp clamp = kerf_clamp_of(node->op);
  for (uint32_t block = u->first_block; block < u->last_block; block++) {
    const uint32_t first = block * BLOCK;
    const uint32_t rows = detail->rows - first < BLOCK ? detail->rows - first : BLOCK;
    for (uint32_t tile = u->first; tile < u->last;) {
      const stretch s = stretch_at(state, u, tile);
      const uint32_t tiles = s.end - s.tile, h = s.down * SIDE, w = s.across * SIDE;
      const uint32_t height = out->extents[HEIGHT] - h < SIDE ? out->extents[HEIGHT] - h : SIDE;
      const uint32_t right = out->extents[WIDTH] - w;
      node->kernels->winograd->output(tiles, m, lines, state->line);
      for (uint32_t r = 0; r < rows; r++)
        for (uint32_t i = 0; i < height; i++)
          kerf_finish(node, &clamp, right < tiles * SIDE ? right : tiles * SIDE,
                      lines + (r * SIDE + i) * state->line, bias ? bias[first + r] : 0.0f, first + r,
                      s.depth, h + i, w);
      m += (uint64_t)tiles * FREQUENCIES * BLOCK;
      tile = s.end;
    }
  }
}

static void work(const kerf_node *node, uint32_t index, float *scratch) {
  const kerf_plan_winograd *detail = node->detail;
  const winograd *state = node->state;
  const unit *u = &state->units[index];
  float *m = scratch, *v = m + state->m_floats, *lines = v + state->v_floats;
  for (uint32_t tap = 0; tap < detail->depth_taps; tap++) {
    transform_tiles(node, u, tap, v);
    multiply(node, u, tap, v, m);
  }
  transform_back(node, u, m, lines);
}

static void release(kerf_node *node) {
  winograd *state = node->state;
  if (state) free(state->units);
  free(state);
}

/* Cuts the tiles into `pieces` and, where that leaves the workers too little to share, the rows into
 * `parts`: tiles are transformed once for each part, but the weights walked only once. */
static void choose_cut(const kerf_node *node, uint32_t tiles, uint32_t *pieces, uint32_t *parts) {
  const uint32_t blocks = blocks_of(((const kerf_plan_winograd *)node->detail)->rows);
  const uint32_t threads = node->threads, least = threads > 1 ? 2 * threads : 1;
  *pieces = (tiles + UNIT_TILES / 2) / UNIT_TILES;
  *parts = 1;
  if (!*pieces) *pieces = 1;
  if (*pieces >= least) {
    *pieces = (*pieces + threads - 1) / threads * threads;
  } else {
    while (*pieces * *parts < least && 4 * *parts <= blocks) ++*parts;
    while (*pieces * *parts < least && tiles >= 8 * *pieces) ++*pieces;
  }
}

kerf_status kerf_prepare_winograd(kerf_node *node, kerf_error *error) {
  const kerf_plan_winograd *detail = node->detail;
  const kerf_plan_tensor *out = node->out.view;
  winograd *state = calloc(1, sizeof *state);
  node->state = state;
  node->release = release;
  node->work = work;
  if (!state) return kerf_fail(error, KERF_ERROR_MEMORY, "no memory for a convolution");
  state->across = (out->extents[WIDTH] + SIDE - 1) / SIDE;
  state->down = (out->extents[HEIGHT] + SIDE - 1) / SIDE;
  const uint32_t tiles = state->across * state->down * out->extents[DEPTH];
  const uint32_t blocks = blocks_of(detail->rows);
  uint32_t pieces, parts;
  choose_cut(node, tiles, &pieces, &parts);
  state->units = calloc((size_t)pieces * parts, sizeof(unit));
  if (!state->units) return kerf_fail(error, KERF_ERROR_MEMORY, "no memory for a convolution");
  uint32_t most_blocks = 0;
  for (uint32_t i = 0; i < pieces; i++)
    for (uint32_t j = 0; j < parts; j++) {
      unit *u = &state->units[node->units++];
      u->first = (uint32_t)((uint64_t)tiles * i / pieces);
      u->last = (uint32_t)((uint64_t)tiles * (i + 1) / pieces);
      u->first_block = (uint32_t)((uint64_t)blocks * j / parts);
      u->last_block = (uint32_t)((uint64_t)blocks * (j + 1) / parts);
      if (u->last - u->first > state->most_tiles) state->most_tiles = u->last - u->first;
      if (u->last_block - u->first_block > most_blocks) most_blocks = u->last_block - u->first_block;
    }
  /* Off the powers of two, whose multiples share a few sets of the caches. */
  state->frequency = (uint64_t)state->most_tiles * blocks_of(detail->channels) * BLOCK + BLOCK;
  state->v_floats = FREQUENCIES * state->frequency;
  state->m_floats = (uint64_t)most_blocks * state->most_tiles * FREQUENCIES * BLOCK;
  const uint64_t row = state->most_tiles < state->across ? state->most_tiles : state->across;
  state->line = (row * SIDE + BLOCK - 1) / BLOCK * BLOCK + BLOCK;
  node->scratch_floats = state->m_floats + state->v_floats + BLOCK * SIDE * state->line;
  return KERF_OK;
}
