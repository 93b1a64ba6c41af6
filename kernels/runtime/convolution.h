/* How a convolution is cut into work: runs of positions, and units of runs and row blocks. Internal. */
#ifndef KERF_CONVOLUTION_H
#define KERF_CONVOLUTION_H

#include "node.h"

#define MAX_PREFETCH_LINES 512u

/* Output positions that are neighbours in the input, padding between rows and planes included. */
typedef struct {
  uint64_t first;   /* position, floats from the input's origin */
  uint32_t count;
  uint32_t vectors;
  uint32_t scratch; /* column of the first position in the unit's scratch */
} run;

/* What a worker takes at a time. */
typedef struct {
  uint32_t first_run, runs;
  uint32_t width;                   /* of the scratch, floats */
  uint32_t first_block, last_block; /* row blocks [first, last) */
  uint32_t pooled_plane, pooled_row, pooled_rows; /* of the output, when a pool is fused */
} unit;

/* The schedule of a layer. */
typedef struct {
  run *runs;
  unit *units;
  int compact; /* neither the input nor what is written has anything between rows and planes */
  uint32_t tile_vectors;
  uint32_t prefetch_lines;
  uint32_t prefetch[MAX_PREFETCH_LINES]; /* lines of one channel of a tile, floats from its start */
} convolution;

static inline int kerf_is_pooled(const kerf_plan_convolution *detail) {
  return detail->pool_kernel[0] != 0;
}

/* From one row of the padded input to the next, and from one plane to the next. */
static inline uint64_t kerf_row_step(const kerf_node *node) {
  return (uint64_t)node->in[0].view->strides[HEIGHT];
}
static inline uint64_t kerf_plane_step(const kerf_node *node) {
  return (uint64_t)node->in[0].view->strides[DEPTH];
}

/* Fills node->state, node->units and node->scratch_floats; node->matrix is decoded. */
kerf_status kerf_schedule_convolution(kerf_node *node, kerf_error *error);

#endif
