/* Interpolation by tables, a row of the output at a time: first the input rows that it is made of
 * become one line, then positions along the line are mixed. */
#include <stdlib.h>
#include <string.h>

#include "axes.h"

typedef struct {
  int32_t *positions; /* [taps, width]: along a line */
  float *weights;     /* [taps, width] */
  uint8_t *repeats;   /* [height] whether a row is made of the same as the row before */
  int keeps_width;
  uint64_t items;
} resample_state;

/* A row of the table of an axis: depth 0, height 1, width 2. */
static const uint32_t *positions_of(const kerf_node *node, int axis, uint32_t position) {
  const kerf_plan_resample *r = node->detail;
  return (const uint32_t *)kerf_section(node->plan, r->positions[axis]) +
         (uint64_t)position * r->taps[axis];
}

static const float *weights_of(const kerf_node *node, int axis, uint32_t position) {
  const kerf_plan_resample *r = node->detail;
  return (const float *)kerf_section(node->plan, r->weights[axis]) +
         (uint64_t)position * r->taps[axis];
}

/* The weighted sum of the input rows that output row (c, d, h) is made of. */
static const float *line_of(const kerf_node *node, uint32_t c, uint32_t d, uint32_t h,
                            float *line) {
  const kerf_plan_resample *r = node->detail;
  const kerf_plan_tensor *in = node->in[0].view;
  const uint32_t *planes = positions_of(node, 0, d), *rows = positions_of(node, 1, h);
  const float *plane_weights = weights_of(node, 0, d), *row_weights = weights_of(node, 1, h);
  const size_t n = in->extents[WIDTH];
  const int64_t stride = in->strides[WIDTH];
  const float *channel = node->in[0].data + c * in->strides[CHANNEL];
  const float zero = 0.0f;
  int begun = 0;
  for (uint32_t i = 0; i < r->taps[0]; i++)
    for (uint32_t j = 0; j < r->taps[1]; j++) {
      const float weight = plane_weights[i] * row_weights[j];
      if (weight == 0.0f) continue;
      const float *x = channel + planes[i] * in->strides[DEPTH] + rows[j] * in->strides[HEIGHT];
      if (r->taps[0] * r->taps[1] == 1 && weight == 1.0f) return kerf_row(node, n, x, stride, line);
      node->kernels->elementwise(begun ? KERF_MULTIPLY_ADD : KERF_MUL, n, x, stride, &weight, 0,
                                 begun ? line : NULL, 1, line, 1);
      begun = 1;
    }
  if (!begun) node->kernels->elementwise(KERF_COPY, n, &zero, 0, NULL, 0, NULL, 0, line, 1);
  return line;
}

static void work(const kerf_node *node, uint32_t unit, float *scratch) {
  const resample_state *s = node->state;
  const kerf_plan_resample *r = node->detail;
  const kerf_plan_tensor *out = node->out.view;
  const uint32_t planes = out->extents[DEPTH], rows = out->extents[HEIGHT];
  const size_t n = out->extents[WIDTH];
  const int64_t step = out->strides[WIDTH];
  const kerf_share share = kerf_share_of(s->items, unit, node->units);
  for (uint64_t item = share.begin; item < share.end; item++) {
    const uint32_t h = (uint32_t)(item % rows), d = (uint32_t)(item / rows % planes);
    const uint32_t c = (uint32_t)(item / rows / planes);
    float *to = node->out.data + c * out->strides[CHANNEL] + d * out->strides[DEPTH] +
                h * out->strides[HEIGHT];
    if (item > share.begin && s->repeats[h]) {
      node->kernels->elementwise(KERF_COPY, n, to - out->strides[HEIGHT], step, NULL, 0, NULL, 0,
                                 to, step);
      continue;
    }
    const float *line = line_of(node, c, d, h, scratch);
    float *y = step == 1 ? to : scratch + node->in[0].view->extents[WIDTH];
    if (s->keeps_width)
      node->kernels->elementwise(KERF_COPY, n, line, 1, NULL, 0, NULL, 0, y, 1);
    else
      node->kernels->rows->interpolate(n, r->taps[2], s->positions, s->weights, line, y);
    kerf_put(node, n, y, to, step);
  }
}

static void release(kerf_node *node) {
  resample_state *s = node->state;
  if (s) free(s->positions), free(s->weights), free(s->repeats);
  free(s);
}

kerf_status kerf_prepare_resample(kerf_node *node, kerf_error *error) {
  const kerf_plan_resample *r = node->detail;
  const uint32_t *in = node->in[0].view->extents, *out = node->out.view->extents;
  const uint64_t entries = (uint64_t)r->taps[2] * out[WIDTH];
  resample_state *s = node->state = calloc(1, sizeof *s);
  node->release = release;
  if (s) {
    s->positions = malloc(entries * sizeof *s->positions);
    s->weights = malloc(entries * sizeof *s->weights);
    s->repeats = calloc(out[HEIGHT], 1);
  }
  if (!s || !s->positions || !s->weights || !s->repeats)
    return kerf_fail(error, KERF_ERROR_MEMORY, "no memory for an operator");
  s->keeps_width = r->taps[2] == 1 && in[WIDTH] == out[WIDTH];
  for (uint32_t w = 0; w < out[WIDTH]; w++) {
    const uint32_t *positions = positions_of(node, 2, w);
    const float *weights = weights_of(node, 2, w);
    for (uint32_t t = 0; t < r->taps[2]; t++) {
      s->positions[(uint64_t)t * out[WIDTH] + w] = (int32_t)positions[t];
      s->weights[(uint64_t)t * out[WIDTH] + w] = weights[t];
    }
    s->keeps_width &= positions[0] == w && weights[0] == 1.0f;
  }
  for (uint32_t h = 1; h < out[HEIGHT]; h++)
    s->repeats[h] =
        !memcmp(positions_of(node, 1, h), positions_of(node, 1, h - 1), r->taps[1] * 4u) &&
        !memcmp(weights_of(node, 1, h), weights_of(node, 1, h - 1), r->taps[1] * 4u);
  s->items = (uint64_t)out[CHANNEL] * out[DEPTH] * out[HEIGHT];
  node->units = kerf_units_for(s->items, s->items * (in[WIDTH] + entries), node->threads);
  node->scratch_floats = (uint64_t)in[WIDTH] + out[WIDTH];
  node->work = work;
  return KERF_OK;
}
