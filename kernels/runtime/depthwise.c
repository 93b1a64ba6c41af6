/* Convolution of each channel with kernels of its own. As in convolution.c a tap is one offset, and
 * positions in the padding between rows are computed too and dropped on the way out. A unit is some
 * output channels; their planes are cut into runs that stay in L1 from the sums to the store. */
#include <stdlib.h>

#include "epilogue.h"

/* Floats of a run of sums. */
#define RUN_FLOATS 1536u
/* Products that make a unit worth taking. */
#define UNIT_PRODUCTS 200000u

typedef struct {
  uint32_t channels; /* output channels of a unit */
  uint32_t rows;     /* rows of a run */
  int32_t origin;    /* least tap offset: offsets count from it */
  uint32_t offsets[]; /* [taps] */
} depthwise;

/* Sums of one run: as wide tiles as one row of weights has. */
static void sum(const kerf_node *node, const float *weights, const float *x, uint32_t vectors,
                float *sums) {
  const kerf_kernels *kernels = node->kernels;
  const depthwise *state = node->state;
  const uint32_t taps = ((const kerf_plan_depthwise *)node->detail)->taps;
  const uint32_t widest = kernels->tile_vectors[1], tiles = (vectors + widest - 1) / widest;
  for (uint32_t t = 0; t < tiles; t++) {
    const uint32_t begin = vectors * t / tiles, here = vectors * (t + 1) / tiles - begin;
    const uint32_t at = begin * kernels->lanes;
    kernels->conv[1][here](taps, state->offsets, weights, x + at, sums + at, 0, 0);
  }
}

static void work(const kerf_node *node, uint32_t index, float *scratch) {
  const kerf_plan_depthwise *detail = node->detail;
  const depthwise *state = node->state;
  const uint32_t *extents = node->out.view->extents, lanes = node->kernels->lanes;
  const int64_t *strides = node->in[0].view->strides;
  const float *all_weights = kerf_section(node->plan, detail->weights);
  const float *bias = detail->bias ? kerf_section(node->plan, detail->bias) : NULL;
  const kerf_clamp clamp = kerf_clamp_of(node->op);
  const uint32_t first = index * state->channels, left = extents[CHANNEL] - first;
  const uint32_t last = first + (left < state->channels ? left : state->channels);
  for (uint32_t c = first; c < last; c++) {
    const float *channel = node->in[0].data + c / detail->multiplier * detail->channel_step;
    const float *weights = all_weights + (uint64_t)c * detail->taps;
    for (uint32_t d = 0; d < extents[DEPTH]; d++)
      for (uint32_t h = 0; h < extents[HEIGHT]; h += state->rows) {
        const uint32_t rows = extents[HEIGHT] - h < state->rows ? extents[HEIGHT] - h : state->rows;
        const uint32_t count = (rows - 1) * (uint32_t)strides[HEIGHT] + extents[WIDTH];
        const float *x = channel + d * strides[DEPTH] + h * strides[HEIGHT] + state->origin;
        sum(node, weights, x, (count + lanes - 1) / lanes, scratch);
        for (uint32_t i = 0; i < rows; i++)
          kerf_finish(node, &clamp, extents[WIDTH], scratch + i * strides[HEIGHT],
                      bias ? bias[c] : 0.0f, c, d, h + i, 0);
      }
  }
}

kerf_status kerf_prepare_depthwise(kerf_node *node, kerf_error *error) {
  const kerf_plan_depthwise *detail = node->detail;
  const uint32_t *extents = node->out.view->extents;
  const int64_t row = node->in[0].view->strides[HEIGHT];
  if (node->in[0].view->strides[WIDTH] != 1 || node->out.view->strides[WIDTH] != 1 ||
      (extents[HEIGHT] > 1 && row < extents[WIDTH]))
    return kerf_fail(error, KERF_ERROR_FORMAT, "the tensors of a convolution are no padded volumes");
  depthwise *state = calloc(1, sizeof *state + detail->taps * sizeof *state->offsets);
  node->state = state;
  node->work = work;
  if (!state) return kerf_fail(error, KERF_ERROR_MEMORY, "no memory for a convolution");
  const int32_t *taps = kerf_section(node->plan, detail->tap_offsets);
  state->origin = taps[0];
  for (uint32_t k = 1; k < detail->taps; k++)
    if (taps[k] < state->origin) state->origin = taps[k];
  for (uint32_t k = 0; k < detail->taps; k++)
    state->offsets[k] = (uint32_t)(taps[k] - state->origin);
  const uint64_t plane = (uint64_t)extents[HEIGHT] * extents[WIDTH];
  const uint64_t products = plane * extents[DEPTH] * detail->taps;
  const uint32_t share = (extents[CHANNEL] + 4 * node->threads - 1) / (4 * node->threads);
  const uint64_t worth = UNIT_PRODUCTS / products + 1;
  state->channels = worth < share ? (uint32_t)worth : share;
  node->units = (extents[CHANNEL] + state->channels - 1) / state->channels;
  state->rows = 1;
  while (extents[HEIGHT] > state->rows && (uint64_t)row * (state->rows + 1) <= RUN_FLOATS)
    state->rows++;
  node->scratch_floats = (state->rows - 1) * (uint64_t)row + extents[WIDTH] + node->kernels->lanes;
  return KERF_OK;
}
