/* A weight matrix as the kernels walk it. Internal. */
#ifndef KERF_CL_MATRIX_BLOCKS_H
#define KERF_CL_MATRIX_BLOCKS_H

#include "engine.h"

typedef struct {
  int64_t origin; /* least tap offset: columns count from it */
  cl_mem columns, weights, order, bias; /* bias: any buffer where there is none */
  kerf_cl_block *blocks; /* all, as the matrix has them */
  const uint32_t *block_rows;
  uint32_t count;
} kerf_cl_matrix;

/* Blocks of the same number of rows, on the device. */
typedef struct {
  cl_mem blocks;
  uint32_t count;
  uint64_t columns; /* of all */
} kerf_cl_block_group;

/* Uploads a matrix. 0 when something has failed; else the matrix is to be closed. */
int kerf_cl_matrix_open(kerf_cl_engine *engine, const kerf_plan_matrix *packed, const int32_t *taps,
                        uint64_t channel_step, kerf_cl_matrix *matrix);
/* Blocks that have `rows` rows. */
kerf_cl_block_group kerf_cl_matrix_blocks(kerf_cl_engine *engine, const kerf_cl_matrix *matrix,
                                          uint32_t rows);
void kerf_cl_matrix_close(kerf_cl_matrix *matrix);

#endif
