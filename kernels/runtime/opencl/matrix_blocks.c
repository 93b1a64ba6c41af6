#include "matrix_blocks.h"

#include <stdlib.h>
#include <string.h>

#include "matrix.h"

/* What is made of the matrix on the way to the device. */
typedef struct {
  const kerf_plan_matrix *packed;
  const kerf_matrix *m;
  const uint32_t *list_of;
  uint64_t channel_step;
} source;

static uint64_t columns_of(const source *s, uint32_t cb, uint32_t block) {
  const uint32_t list = s->list_of[(uint64_t)cb * s->packed->blocks + block];
  return s->m->list_start[list + 1] - s->m->list_start[list];
}

/* Whether a block has the lists of the block before it, as the blocks of one class of rows have. */
static int shares_lists(const source *s, uint32_t block) {
  if (!block) return 0;
  for (uint32_t cb = 0; cb < s->m->channel_blocks; cb++) {
    const uint32_t *lists = s->list_of + (uint64_t)cb * s->packed->blocks;
    if (lists[block] != lists[block - 1]) return 0;
  }
  return 1;
}

/* Says where each block's columns and weights will be; gives how many columns there are. */
static uint64_t lay_out(const source *s, kerf_cl_block *blocks) {
  uint64_t columns = 0, weights = 0;
  for (uint32_t b = 0; b < s->packed->blocks; b++) {
    kerf_cl_block *block = &blocks[b];
    const uint32_t rows = s->m->block_row[b + 1] - s->m->block_row[b];
    uint64_t n = 0;
    for (uint32_t cb = 0; cb < s->m->channel_blocks; cb++) n += columns_of(s, cb, b);
    const int shared = shares_lists(s, b);
    *block = (kerf_cl_block){
        .column = shared ? blocks[b - 1].column : (uint32_t)columns,
        .columns = (uint32_t)n,
        .weight = (uint32_t)weights,
        .row = s->m->block_row[b],
    };
    if (!shared) columns += n;
    weights += n * rows;
  }
  return columns;
}

/* Joins the lists and weights of all blocks of channels. */
static void join(const source *s, const kerf_cl_block *blocks, const float *from, uint32_t *columns,
                 float *weights) {
  for (uint32_t b = 0; b < s->packed->blocks; b++) {
    const uint32_t rows = s->m->block_row[b + 1] - s->m->block_row[b];
    uint32_t *column = columns + blocks[b].column;
    float *weight = weights + blocks[b].weight;
    for (uint32_t cb = 0; cb < s->m->channel_blocks; cb++) {
      const uint64_t pair = (uint64_t)cb * s->packed->blocks + b, n = columns_of(s, cb, b);
      const uint32_t *list = s->m->columns + s->m->list_start[s->list_of[pair]];
      const uint64_t step = cb * s->packed->channel_block * s->channel_step;
      for (uint64_t i = 0; i < n; i++) *column++ = (uint32_t)(list[i] + step);
      memcpy(weight, from + s->m->weight_start[pair], n * rows * sizeof *weight);
      weight += n * rows;
    }
  }
}

static void upload(kerf_cl_engine *e, const source *s, kerf_cl_matrix *matrix) {
  const kerf_plan_matrix *packed = s->packed;
  matrix->blocks = malloc(packed->blocks * sizeof *matrix->blocks);
  const uint64_t count = matrix->blocks ? lay_out(s, matrix->blocks) : 0;
  uint32_t *columns = malloc((count + 1) * sizeof *columns);
  float *weights = malloc((packed->weight_floats + 1) * sizeof *weights);
  if (matrix->blocks && columns && weights && packed->weight_floats <= INT32_MAX) {
    join(s, matrix->blocks, kerf_section(e->plan, packed->weights), columns, weights);
    matrix->columns = kerf_cl_upload(e, "column lists", columns, count * sizeof *columns);
    matrix->weights = kerf_cl_upload_elements(e, "weights", weights, packed->weight_floats);
    matrix->order = kerf_cl_upload(e, "the order of rows", kerf_section(e->plan, packed->row_order),
                                   packed->rows * sizeof(uint32_t));
    matrix->bias = packed->bias ? kerf_cl_upload(e, "biases", kerf_section(e->plan, packed->bias),
                                                 packed->rows * sizeof(float))
                                : matrix->order;
  } else {
    e->status = kerf_fail(e->error, KERF_ERROR_MEMORY, "no memory for %llu weights",
                          (unsigned long long)packed->weight_floats);
  }
  free(columns);
  free(weights);
}

int kerf_cl_matrix_open(kerf_cl_engine *e, const kerf_plan_matrix *packed, const int32_t *taps,
                        uint64_t channel_step, kerf_cl_matrix *matrix) {
  kerf_matrix m;
  *matrix = (kerf_cl_matrix){0};
  if (e->status) return 0;
  e->status = kerf_matrix_decode(e->plan, packed, taps, channel_step, &m, e->error);
  if (e->status) return 0;
  const source s = {packed, &m, kerf_section(e->plan, packed->list_of), channel_step};
  matrix->origin = m.origin;
  matrix->count = packed->blocks;
  matrix->block_rows = kerf_section(e->plan, packed->block_rows);
  upload(e, &s, matrix);
  kerf_matrix_free(&m);
  if (e->status) kerf_cl_matrix_close(matrix);
  return !e->status;
}

kerf_cl_block_group kerf_cl_matrix_blocks(kerf_cl_engine *e, const kerf_cl_matrix *matrix,
                                          uint32_t rows) {
  kerf_cl_block_group group = {0};
  kerf_cl_block *chosen = malloc(matrix->count * sizeof *chosen);
  for (uint32_t b = 0; chosen && b < matrix->count; b++)
    if (matrix->block_rows[b] == rows) {
      chosen[group.count++] = matrix->blocks[b];
      group.columns += matrix->blocks[b].columns;
    }
  if (!chosen) e->status = kerf_fail(e->error, KERF_ERROR_MEMORY, "no memory for blocks of rows");
  if (group.count)
    group.blocks = kerf_cl_upload(e, "blocks of rows", chosen, group.count * sizeof *chosen);
  free(chosen);
  return group;
}

void kerf_cl_matrix_close(kerf_cl_matrix *matrix) {
  free(matrix->blocks);
  matrix->blocks = NULL;
}
