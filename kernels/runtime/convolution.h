/* How a convolution is cut into work: runs of positions, and units of runs and row blocks. Internal. */
#ifndef KERF_CONVOLUTION_H
#define KERF_CONVOLUTION_H

#include "node.h"

#define MAX_PREFETCH_LINES 512u

/* Positions of one output plane that are neighbours in the input. */
typedef struct {
  uint64_t input;   /* first position, floats from the tensor's origin */
  uint32_t vectors;
  uint32_t scratch; /* column of the first position in the unit's scratch */
  uint32_t plane, first, count; /* output positions [first, first + count) of the plane */
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
  uint32_t tile_vectors;
  uint32_t prefetch_lines;
  uint32_t prefetch[MAX_PREFETCH_LINES]; /* lines of one channel of a tile, floats from its start */
} convolution;

static inline int kerf_is_pooled(const kerf_plan_operator *op) { return op->pool_kernel[0] != 0; }

/* Fills node->state, node->units and node->scratch_floats; node->matrix is decoded. */
kerf_status kerf_schedule_convolution(kerf_node *node, uint32_t threads, kerf_error *error);

#endif
