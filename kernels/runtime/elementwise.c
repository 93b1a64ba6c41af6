/* Operators without weights: max pooling, ReLU and the split into strided phases. A unit is one
 * channel. */
#include <math.h>
#include <string.h>

#include "node.h"

static const float *line(const kerf_node *node, uint64_t c, uint64_t d, uint64_t h) {
  return node->arena + node->in->base + c * node->in->channel + d * node->in->plane +
         h * node->in->row;
}

static float *out_line(const kerf_node *node, uint64_t c, uint64_t d, uint64_t h) {
  return node->arena + node->out->base + c * node->out->channel + d * node->out->plane +
         h * node->out->row;
}

typedef struct {
  uint32_t first, last;
} window;

/* The input positions [first, last) of output position o, without the padding. */
static window window_of(const kerf_plan_operator *op, int axis, uint32_t o, uint32_t extent) {
  const uint32_t begin = o * op->pool_stride[axis], end = begin + op->pool_kernel[axis];
  const uint32_t pad = op->pool_pad[axis];
  const uint32_t last = end > pad ? end - pad : 0;
  return (window){begin > pad ? begin - pad : 0, last < extent ? last : extent};
}

static void max_pool(const kerf_node *node, uint32_t c, float *scratch) {
  const kerf_plan_operator *op = node->op;
  const uint32_t width = node->in->width;
  for (uint32_t d = 0; d < node->out->depth; d++) {
    const window planes = window_of(op, 0, d, node->in->depth);
    for (uint32_t h = 0; h < node->out->height; h++) {
      const window rows = window_of(op, 1, h, node->in->height);
      memcpy(scratch, line(node, c, planes.first, rows.first), width * sizeof *scratch);
      for (uint32_t i = planes.first; i < planes.last; i++)
        for (uint32_t j = rows.first; j < rows.last; j++)
          node->kernels->max(width, line(node, c, i, j), scratch);
      float *out = out_line(node, c, d, h);
      for (uint32_t w = 0; w < node->out->width; w++) {
        const window columns = window_of(op, 2, w, width);
        float most = scratch[columns.first];
        for (uint32_t k = columns.first + 1; k < columns.last; k++)
          most = most < scratch[k] || scratch[k] != scratch[k] ? scratch[k] : most;
        out[w] = most;
      }
    }
  }
}

static void relu(const kerf_node *node, uint32_t c, float *scratch) {
  (void)scratch;
  for (uint32_t d = 0; d < node->out->depth; d++)
    for (uint32_t h = 0; h < node->out->height; h++)
      node->kernels->store(node->out->width, line(node, c, d, h), 0.0f, 0.0f, out_line(node, c, d, h));
}

/* Phase (i, j, k) of channel c holds the values at positions that are i, j, k modulo the stride,
 * and so becomes a channel of its own on which the strided convolution has stride 1. */
static void phases(const kerf_node *node, uint32_t c, float *scratch) {
  (void)scratch;
  const uint32_t *s = node->op->pool_stride;
  for (uint32_t p = 0; p < s[0] * s[1] * s[2]; p++) {
    const uint32_t i = p / (s[1] * s[2]), j = p / s[2] % s[1], k = p % s[2];
    const uint64_t channel = (uint64_t)c * s[0] * s[1] * s[2] + p;
    for (uint32_t d = 0; d < node->out->depth && d * s[0] + i < node->in->depth; d++)
      for (uint32_t h = 0; h < node->out->height && h * s[1] + j < node->in->height; h++) {
        const float *from = line(node, c, d * s[0] + i, h * s[1] + j);
        float *to = out_line(node, channel, d, h);
        for (uint32_t w = 0; w < node->out->width && w * s[2] + k < node->in->width; w++)
          to[w] = from[w * s[2] + k];
      }
  }
}

kerf_status kerf_prepare_elementwise(kerf_node *node) {
  node->units = node->in->channels;
  node->scratch_floats = node->in->width;
  node->work = node->op->kind == KERF_OP_MAX_POOL ? max_pool
               : node->op->kind == KERF_OP_RELU   ? relu
                                                  : phases;
  return KERF_OK;
}
