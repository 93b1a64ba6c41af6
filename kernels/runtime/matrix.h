/* The kept columns of a weight matrix, decoded. Internal. */
#ifndef KERF_MATRIX_H
#define KERF_MATRIX_H

#include "plan.h"

typedef struct {
  uint32_t channel_blocks;
  uint32_t *columns;      /* offsets of all lists, one after the other */
  uint64_t *list_start;   /* [lists + 1] into columns */
  uint8_t *contiguous;    /* [lists] 1 where the offsets are 0, 1, 2, ... */
  uint64_t *weight_start; /* [channel blocks * blocks + 1] into the weights */
  uint32_t *block_row;    /* [blocks + 1] first packed row of each block */
  int64_t origin;         /* least tap offset: offsets count from it */
} kerf_matrix;

/* `taps` are the offsets of the matrix's taps and `channel_step` that of a channel, floats. */
kerf_status kerf_matrix_decode(const kerf_plan *plan, const kerf_plan_matrix *packed,
                               const int32_t *taps, uint64_t channel_step, kerf_matrix *matrix,
                               kerf_error *error);
void kerf_matrix_free(kerf_matrix *matrix);

#endif
