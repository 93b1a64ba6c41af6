/* What convolutions of all kinds do with their sums: bias, residual, activation, store. Internal. */
#ifndef KERF_EPILOGUE_H
#define KERF_EPILOGUE_H

#include <math.h>

#include "node.h"

/* Bounds of the store. Functions that are no clamp are applied to what has been stored. */
static inline kerf_clamp kerf_clamp_of(const kerf_plan_operator *op) {
  switch (op->activation) {
    case KERF_RELU: return (kerf_clamp){1.0f, 0.0f, INFINITY};
    case KERF_LEAKY_RELU: return (kerf_clamp){op->alpha, -INFINITY, INFINITY};
    case KERF_CLIP: return (kerf_clamp){1.0f, op->alpha, op->beta};
    default: return (kerf_clamp){1.0f, -INFINITY, INFINITY};
  }
}

/* The element at a position of an image. */
static inline float *kerf_element(const kerf_operand *operand, int64_t channel, int64_t depth,
                                  int64_t height, int64_t width) {
  const int64_t *strides = operand->view->strides;
  return operand->data + channel * strides[CHANNEL] + depth * strides[DEPTH] +
         height * strides[HEIGHT] + width * strides[WIDTH];
}

/* What a clamp could not do to n values of one row that have been stored. */
static inline void kerf_finish_stored(const kerf_node *node, size_t n, const float *residual,
                                      float *out) {
  const kerf_plan_operator *op = node->op;
  if (op->activation > KERF_CLIP)
    node->kernels->activate(op->activation, op->alpha, op->beta, n, out);
  if (residual && op->function == KERF_ACTIVATE_THEN_ADD)
    node->kernels->elementwise(KERF_ADD, n, out, 1, residual, 1, NULL, 0, out, 1);
}

/* Finishes n sums of one row of the output, from a position on. */
static inline void kerf_finish(const kerf_node *node, const kerf_clamp *clamp, size_t n,
                               const float *sums, float bias, int64_t channel, int64_t depth,
                               int64_t height, int64_t width) {
  const int first = node->op->function == KERF_ADD_THEN_ACTIVATE;
  const float *residual =
      node->in[1].view ? kerf_element(&node->in[1], channel, depth, height, width) : NULL;
  float *out = kerf_element(&node->out, channel, depth, height, width);
  node->kernels->store(n, sums, bias, first ? residual : NULL, clamp, out);
  kerf_finish_stored(node, n, residual, out);
}

#endif
