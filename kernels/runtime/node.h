/* One operator, ready to be executed. Internal. */
#ifndef KERF_NODE_H
#define KERF_NODE_H

#include <stdatomic.h>

#include "kernels.h"
#include "matrix.h"

typedef struct kerf_node kerf_node;

/* A tensor with its floats: element (i, j, ...) is at data[i*strides[0] + j*strides[1] + ...]. */
typedef struct {
  const kerf_plan_tensor *view; /* NULL where there is none */
  float *data;                  /* of the element at position 0 of all axes; constants are read only */
} kerf_operand;

/* Axes of an image. */
enum { CHANNEL = 0, DEPTH = 1, HEIGHT = 2, WIDTH = 3 };

/* Prepared once, then worked on by all workers in every run. */
struct kerf_node {
  const kerf_plan *plan;
  const kerf_plan_operator *op;
  const void *detail; /* the kind's record, NULL for none */
  kerf_operand in[KERF_MAX_INPUTS], out;
  const kerf_kernels *kernels;
  uint32_t threads; /* workers that will share the units */
  uint32_t units;   /* independent pieces of work */
  atomic_uint next; /* next piece to take */
  void (*work)(const kerf_node *node, uint32_t unit, float *scratch);
  kerf_matrix matrix;
  void *state;             /* of the operator's own, freed by release */
  void (*release)(kerf_node *node); /* NULL where free(state) is enough */
  uint64_t scratch_floats; /* each worker's need */
};

/* Each prepares `node`, of which everything down to `threads` is set and checked. */
kerf_status kerf_prepare_convolution(kerf_node *node, kerf_error *error);
kerf_status kerf_prepare_winograd(kerf_node *node, kerf_error *error);
kerf_status kerf_prepare_dense_convolution(kerf_node *node, kerf_error *error);
kerf_status kerf_prepare_depthwise(kerf_node *node, kerf_error *error);
kerf_status kerf_prepare_fully_connected(kerf_node *node, kerf_error *error);
kerf_status kerf_prepare_pool(kerf_node *node, kerf_error *error);
kerf_status kerf_prepare_elementwise(kerf_node *node, kerf_error *error);
kerf_status kerf_prepare_reduce(kerf_node *node, kerf_error *error);
kerf_status kerf_prepare_softmax(kerf_node *node, kerf_error *error);
kerf_status kerf_prepare_resample(kerf_node *node, kerf_error *error);
kerf_status kerf_prepare_lrn(kerf_node *node, kerf_error *error);
kerf_status kerf_prepare_matrix_product(kerf_node *node, kerf_error *error);
kerf_status kerf_prepare_clear(kerf_node *node, kerf_error *error);

#endif
