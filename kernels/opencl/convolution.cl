/* Convolution of any stride-1 kernel, dense or of any sparsity. A work item computes ROWS rows that
 * share a list of kept columns, at POSITIONS neighbours of one row of the output: what it loads of
 * the input serves all rows, and neighbours of a work item load what lies beside it. A column's
 * weights are the same for all work items of a block, so they are read once and broadcast. Positions
 * behind the end of a row are computed too and not stored. */

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

  ROW_VALUES sum0 = 0.0f;
#if POSITIONS == 4
  ROW_VALUES sum1 = 0.0f, sum2 = 0.0f, sum3 = 0.0f;
#endif
  for (uint i = 0; i < block.columns; i++, weight += ROWS) {
    const ROW_VALUES rows = LOAD_ROWS(weight, 0);
#if POSITIONS == 4
    const float4 values = LOAD4(x, column[i]);
    sum0 = rows * values.s0 + sum0;
    sum1 = rows * values.s1 + sum1;
    sum2 = rows * values.s2 + sum2;
    sum3 = rows * values.s3 + sum3;
#else
    sum0 = rows * LOAD(x, column[i]) + sum0;
#endif
  }

  float sums[POSITIONS][ROWS];
  PUT_ROWS(sum0, sums[0]);
#if POSITIONS == 4
  PUT_ROWS(sum1, sums[1]);
  PUT_ROWS(sum2, sums[2]);
  PUT_ROWS(sum3, sums[3]);
#endif
  for (uint r = 0; r < ROWS; r++) {
    const uint channel = order[block.row + r];
    const float b = op->epilogue.has_bias ? bias[block.row + r] : 0.0f;
    for (uint k = 0; k < POSITIONS && w + k < p->width; k++)
      finish(&op->epilogue, sums[k][r], b, channel, d, h, w + k, in, out);
  }
}
