/* How a dense convolution is cut and where its input goes. Internal. */
#ifndef KERF_DENSE_CONVOLUTION_H
#define KERF_DENSE_CONVOLUTION_H

#include "node.h"

enum { DENSE_BLOCK = KERF_DENSE_BLOCK, AXES = 3 };

/* One axis of a convolution: depth, height or width. */
typedef struct {
  uint32_t in, out; /* extents */
  uint32_t taps, stride, dilation, pad;
  /* Taps t and t + period read the same sequence of inputs. With a period of all taps each has a
   * sequence of its own, as long as the outputs. */
  uint32_t period;
} dense_axis;

/* Outputs of one axis, and the inputs that they want, as `sequences` of `length` inputs each, in
 * which neighbours are `stride` apart. So a tap reads neighbours for neighbouring outputs. */
typedef struct {
  uint32_t begin, count;
  uint32_t sequences, length;
} dense_part;

/* What a worker takes at a time: a box of outputs, for blocks of filters [first, last). */
typedef struct {
  dense_part part[AXES];
  uint32_t first, last;
} dense_unit;

typedef struct {
  dense_axis axis[AXES];
  uint32_t taps;
  uint32_t blocks; /* of filters, in one group */
  int stacked;     /* rows of the output, and of the residual, follow each other without gaps */
  dense_unit *units;
  uint64_t patch_floats; /* of the scratch; sums of a group and offsets of the taps follow */
  uint64_t block_sums;   /* floats of the sums of one block of filters */
} dense_convolution;

static inline uint32_t kerf_dense_blocks(uint32_t n) { return (n + DENSE_BLOCK - 1) / DENSE_BLOCK; }

/* Positions of a patch, for one block of channels. */
static inline uint64_t kerf_patch_positions(const dense_part part[AXES]) {
  uint64_t positions = 1;
  for (uint32_t a = 0; a < AXES; a++) positions *= (uint64_t)part[a].sequences * part[a].length;
  return positions;
}

/* The runs of a unit: outputs whose inputs are neighbours in the patch, `count` each. */
typedef struct {
  uint32_t count, runs;
  uint32_t of_plane; /* runs of each plane; 1 also where planes are joined */
} dense_runs;

static inline dense_runs kerf_dense_runs(const dense_unit *u) {
  const dense_part *depth = &u->part[0], *height = &u->part[1], *width = &u->part[2];
  if (width->length > width->count)
    return (dense_runs){width->count, depth->count * height->count, height->count};
  if (height->length > height->count || depth->sequences > 1 || height->sequences > 1)
    return (dense_runs){width->count * height->count, depth->count, 1};
  return (dense_runs){width->count * height->count * depth->count, 1, 1};
}

/* Cuts the outputs into units and says what scratch those need. */
kerf_status kerf_schedule_dense(kerf_node *node, kerf_error *error);

#endif
