/* Zeroes the padding of an image: what lies between its rows, planes and channels. A unit is some
 * channels. */
#include <string.h>

#include "axes.h"

/* Zeroes from one offset to another; nothing where they are in the other order. */
static void zero(float *data, int64_t from, int64_t to) {
  if (to > from) memset(data + from, 0, (size_t)(to - from) * sizeof *data);
}

static void work(const kerf_node *node, uint32_t unit, float *scratch) {
  (void)scratch;
  const kerf_plan_clear *clear = node->detail;
  const kerf_plan_tensor *t = node->out.view;
  const int64_t *strides = t->strides, row = (t->extents[WIDTH] - 1) * strides[WIDTH] + 1;
  const uint32_t channels = t->extents[CHANNEL], planes = t->extents[DEPTH];
  const uint32_t rows = t->extents[HEIGHT];
  const kerf_share share = kerf_share_of(channels, unit, node->units);
  if (!unit) zero(node->out.data, -(int64_t)clear->lead, 0);
  for (uint64_t c = share.begin; c < share.end; c++)
    for (uint32_t d = 0; d < planes; d++)
      for (uint32_t h = 0; h < rows; h++) {
        const int64_t end = (int64_t)c * strides[CHANNEL] + d * strides[DEPTH] +
                            h * strides[HEIGHT] + row;
        int64_t next = end + (int64_t)clear->trail; /* behind the last row of all */
        if (h + 1 < rows)
          next = end - row + strides[HEIGHT];
        else if (d + 1 < planes)
          next = (int64_t)c * strides[CHANNEL] + (d + 1) * strides[DEPTH];
        else if (c + 1 < channels)
          next = (int64_t)(c + 1) * strides[CHANNEL];
        zero(node->out.data, end, next);
      }
}

kerf_status kerf_prepare_clear(kerf_node *node, kerf_error *error) {
  (void)error;
  const kerf_plan_tensor *t = node->out.view;
  const uint64_t rows = (uint64_t)t->extents[DEPTH] * t->extents[HEIGHT];
  node->units = kerf_units_for(t->extents[CHANNEL], t->extents[CHANNEL] * rows * 64, node->threads);
  node->work = work;
  return KERF_OK;
}
