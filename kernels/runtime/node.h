/* One operator, ready to be executed. Internal. */
#ifndef KERF_NODE_H
#define KERF_NODE_H

#include <stdatomic.h>

#include "kernels.h"
#include "matrix.h"

typedef struct kerf_node kerf_node;

/* Prepared once, then worked on by all workers in every run. */
struct kerf_node {
  const kerf_plan *plan;
  const kerf_plan_operator *op;
  const kerf_plan_tensor *in, *out;
  const kerf_kernels *kernels;
  float *arena;
  uint32_t units;   /* independent pieces of work */
  atomic_uint next; /* next piece to take */
  void (*work)(const kerf_node *node, uint32_t unit, float *scratch);
  kerf_matrix matrix;
  void *state;             /* of the operator's own */
  uint64_t scratch_floats; /* each worker's need */
};

/* Each prepares `node`, whose plan, op, tensors, kernels and arena are set. */
kerf_status kerf_prepare_convolution(kerf_node *node, uint32_t threads, kerf_error *error);
kerf_status kerf_prepare_fully_connected(kerf_node *node, kerf_error *error);
kerf_status kerf_prepare_elementwise(kerf_node *node);
void kerf_release_convolution(kerf_node *node);

#endif
