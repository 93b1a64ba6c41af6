/* Convolution of any stride-1 kernel, dense or of any sparsity. A work item computes ROWS rows that
 * share a list of kept columns, at POSITIONS neighbours of one row of the output: what it loads of
 * the input serves all rows, and neighbours of a work item load what lies beside it. A column's
 * weights are the same for all work items of a block, so they are read once and broadcast. Positions
 * behind the end of a row are computed too and not stored. */

#if POSITIONS == 4
#define VALUES float4
#define LOAD_VALUES(x, i) LOAD4(x, i)
#else
#define VALUES float
#define LOAD_VALUES(x, i) LOAD(x, i)
#endif

kernel void convolution(global const ELEMENT *in, global const ELEMENT *weights,
                        global const uint *columns, global const kerf_cl_block *blocks,
                        global const uint *order, global const float *bias, global ELEMENT *out,
                        constant const kerf_cl_convolution *op) {
  constant const kerf_cl_positions *p = &op->positions;
  const uint across = (p->width + POSITIONS - 1) / POSITIONS;
  const uint piece = get_global_id(0), index = get_global_id(1);
  if (piece >= across * p->height * p->depth || index >= op->blocks) return;
  const uint w = piece % across * POSITIONS, h = piece / across % p->height;
  const uint d = piece / across / p->height;
  const kerf_cl_block block = blocks[index];
  global const ELEMENT *x = in + p->base + (int)d * p->plane + (int)h * p->row + w;
  global const uint *column = columns + block.column;
  global const ELEMENT *weight = weights + block.weight;

  VALUES sums[ROWS];
  for (uint r = 0; r < ROWS; r++) sums[r] = 0.0f;
  for (uint i = 0; i < block.columns; i++, weight += ROWS) {
    const VALUES values = LOAD_VALUES(x, column[i]);
#if ROWS == 8
    const float8 v = LOAD8(weight, 0);
    const float row[8] = {v.s0, v.s1, v.s2, v.s3, v.s4, v.s5, v.s6, v.s7};
#elif ROWS == 4
    const float4 v = LOAD4(weight, 0);
    const float row[4] = {v.s0, v.s1, v.s2, v.s3};
#elif ROWS == 2
    const float2 v = LOAD2(weight, 0);
    const float row[2] = {v.s0, v.s1};
#else
    const float row[1] = {LOAD(weight, 0)};
#endif
    for (uint r = 0; r < ROWS; r++) sums[r] = row[r] * values + sums[r];
  }

  for (uint r = 0; r < ROWS; r++) {
    const uint channel = order[block.row + r];
    const float b = op->epilogue.has_bias ? bias[block.row + r] : 0.0f;
#if POSITIONS == 4
    const float of_row[4] = {sums[r].s0, sums[r].s1, sums[r].s2, sums[r].s3};
    for (uint k = 0; k < 4 && w + k < p->width; k++)
      finish(&op->epilogue, of_row[k], b, channel, d, h, w + k, in, out);
#else
    finish(&op->epilogue, sums[r], b, channel, d, h, w, in, out);
#endif
  }
}
