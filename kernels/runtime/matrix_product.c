/* Products of matrices, by the tiles of the convolutions: rows of the first matrix are packed as
 * the weights of a tile, and a panel of columns of the second is read where it lies if it can be. */
#include <stdlib.h>
#include <string.h>

#include "axes.h"

enum { BATCH = 0, ROW = 1, COLUMN = 2, PACKED_FLOATS = 32768, MOST_ROWS = 64 };

typedef struct {
  uint32_t rows, depth, columns;
  uint32_t tile_rows, tile_columns;
  uint32_t row_block, row_blocks; /* rows that are packed at a time */
  uint32_t panels, groups;        /* of columns; a group is what an item walks */
  int in_place;                   /* panels of the second matrix can be read where they lie */
  int may_overread;               /* so can the last, behind which there are other floats */
  uint32_t *offsets;              /* [2, depth] of a panel's rows: in place, packed */
  uint64_t items;
} product_state;

/* Packs rows of the first matrix: [tile][depth][row of the tile], with zeros for missing rows. */
static void pack_rows(const kerf_node *node, const float *a, uint32_t rows, float *packed) {
  const product_state *s = node->state;
  const int64_t down = node->in[0].view->strides[ROW], along = node->in[0].view->strides[COLUMN];
  const uint32_t tile = s->tile_rows;
  for (uint32_t row = 0; row < rows; row += tile, packed += (uint64_t)tile * s->depth) {
    const uint32_t here = rows - row < tile ? rows - row : tile;
    if (here < tile) memset(packed, 0, (uint64_t)tile * s->depth * sizeof *packed);
    const float *from = a + row * down;
    if (along == 1)
      node->kernels->rows->transpose(here, s->depth, from, down, packed, tile);
    else
      for (uint32_t r = 0; r < here; r++)
        node->kernels->elementwise(KERF_COPY, s->depth, from + r * down, along, NULL, 0, NULL, 0,
                                   packed + r, tile);
  }
}

/* Packs n columns of the second matrix: [depth][tile_columns]. */
static void pack_panel(const kerf_node *node, const float *b, uint32_t n, float *packed) {
  const product_state *s = node->state;
  const int64_t down = node->in[1].view->strides[ROW], along = node->in[1].view->strides[COLUMN];
  const uint32_t width = s->tile_columns;
  if (n < width) memset(packed, 0, (uint64_t)width * s->depth * sizeof *packed);
  if (down == 1) {
    node->kernels->rows->transpose(n, s->depth, b, along, packed, width);
    return;
  }
  for (uint32_t k = 0; k < s->depth; k++)
    node->kernels->elementwise(KERF_COPY, n, b + k * down, along, NULL, 0, NULL, 0,
                               packed + (uint64_t)k * width, 1);
}

static void finish(const kerf_node *node, uint32_t batch, uint32_t row, uint32_t column, uint32_t n,
                   float *sums) {
  const int64_t *to = node->out.view->strides;
  if (node->in[2].view) {
    const int64_t *at = node->in[2].view->strides;
    const float *x = node->in[2].data + batch * at[BATCH] + row * at[ROW] + column * at[COLUMN];
    node->kernels->elementwise(KERF_ADD, n, sums, 1, x, at[COLUMN], NULL, 0, sums, 1);
  }
  kerf_put(node, n, sums,
           node->out.data + batch * to[BATCH] + row * to[ROW] + column * to[COLUMN], to[COLUMN]);
}

static void item(const kerf_node *node, uint32_t batch, uint32_t block, uint32_t group,
                 float *scratch) {
  const product_state *s = node->state;
  const kerf_kernels *kernels = node->kernels;
  const int64_t *of_a = node->in[0].view->strides, *of_b = node->in[1].view->strides;
  float *sums = scratch, *packed_rows = sums + s->tile_rows * s->tile_columns;
  float *packed_panel = packed_rows + (uint64_t)s->row_block * s->depth;
  const uint32_t row0 = block * s->row_block, left = s->rows - row0;
  const uint32_t rows = left < s->row_block ? left : s->row_block;
  const kerf_share panels = kerf_share_of(s->panels, group, s->groups);
  pack_rows(node, node->in[0].data + batch * of_a[BATCH] + row0 * of_a[ROW], rows, packed_rows);
  for (uint64_t panel = panels.begin; panel < panels.end; panel++) {
    const uint32_t column = (uint32_t)panel * s->tile_columns, rest = s->columns - column;
    const uint32_t n = rest < s->tile_columns ? rest : s->tile_columns;
    const uint32_t vectors = (n + kernels->lanes - 1) / kernels->lanes;
    const float *b = node->in[1].data + batch * of_b[BATCH] + column * of_b[COLUMN];
    const int in_place = s->in_place && (s->may_overread || n == s->tile_columns);
    if (!in_place) {
      pack_panel(node, b, n, packed_panel);
      b = packed_panel;
    }
    for (uint32_t row = 0; row < rows; row += s->tile_rows) {
      kernels->conv[s->tile_rows][vectors](s->depth, s->offsets + (in_place ? 0 : s->depth),
                                           packed_rows + (uint64_t)row * s->depth, b, sums,
                                           s->tile_columns, 0);
      for (uint32_t r = 0; r < s->tile_rows && row + r < rows; r++)
        finish(node, batch, row0 + row + r, column, n, sums + r * s->tile_columns);
    }
  }
}

static void work(const kerf_node *node, uint32_t unit, float *scratch) {
  const product_state *s = node->state;
  const kerf_share share = kerf_share_of(s->items, unit, node->units);
  for (uint64_t i = share.begin; i < share.end; i++)
    item(node, (uint32_t)(i / s->groups / s->row_blocks), (uint32_t)(i / s->groups % s->row_blocks),
         (uint32_t)(i % s->groups), scratch);
}

static void release(kerf_node *node) {
  product_state *s = node->state;
  if (s) free(s->offsets);
  free(s);
}

kerf_status kerf_prepare_matrix_product(kerf_node *node, kerf_error *error) {
  const kerf_plan_tensor *b = node->in[1].view;
  product_state *s = node->state = calloc(1, sizeof *s);
  node->release = release;
  if (!s) return kerf_fail(error, KERF_ERROR_MEMORY, "no memory for an operator");
  const uint32_t batches = node->out.view->extents[BATCH];
  s->rows = node->out.view->extents[ROW];
  s->columns = node->out.view->extents[COLUMN];
  s->depth = b->extents[ROW];
  s->offsets = malloc(2 * (uint64_t)s->depth * sizeof *s->offsets);
  if (!s->offsets) return kerf_fail(error, KERF_ERROR_MEMORY, "no memory for an operator");
  s->tile_rows = s->rows > 4 ? 8 : s->rows > 2 ? 4 : s->rows;
  s->tile_columns = node->kernels->tile_vectors[s->tile_rows] * node->kernels->lanes;
  const uint32_t fits = PACKED_FLOATS / s->depth / s->tile_rows * s->tile_rows;
  s->row_block = fits < s->tile_rows ? s->tile_rows : fits > MOST_ROWS ? MOST_ROWS : fits;
  s->row_blocks = (s->rows + s->row_block - 1) / s->row_block;
  s->panels = (s->columns + s->tile_columns - 1) / s->tile_columns;
  const uint64_t blocks = (uint64_t)batches * s->row_blocks, wanted = 4ull * node->threads;
  s->groups = blocks >= wanted ? 1 : (uint32_t)((wanted + blocks - 1) / blocks);
  if (s->groups > s->panels) s->groups = s->panels;
  const int64_t down = b->strides[ROW];
  s->in_place = b->strides[COLUMN] == 1 && down >= 0 &&
                (uint64_t)down * (s->depth - 1) <= UINT32_MAX;
  s->may_overread = b->space == KERF_SPACE_ARENA;
  for (uint32_t k = 0; k < s->depth; k++) {
    s->offsets[k] = s->in_place ? (uint32_t)(k * (uint64_t)down) : 0;
    s->offsets[s->depth + k] = k * s->tile_columns;
  }
  s->items = blocks * s->groups;
  node->units = kerf_units_for(
      s->items, (uint64_t)batches * s->rows * s->columns * s->depth / 8, node->threads);
  node->scratch_floats = (uint64_t)s->tile_rows * s->tile_columns +
                         (uint64_t)(s->row_block + s->tile_columns) * s->depth;
  node->work = work;
  return KERF_OK;
}
