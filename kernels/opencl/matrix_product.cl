/* Products of matrices of any strides: a work item has 4 rows and 4 columns, a quarter of the
 * columns apart, so that neighbours read columns side by side. What lies outside is computed from
 * the last row or column and not stored. */

kernel void matrix_product(global const ELEMENT *a, global const ELEMENT *b,
                           global const ELEMENT *c, global ELEMENT *out,
                           constant const kerf_cl_matrix_product *op) {
  const uint quarter = (op->columns + 3) / 4;
  const uint x = get_global_id(0), y = get_global_id(1) * 4, batch = get_global_id(2);
  if (x >= quarter || y >= op->rows) return;
  int of_a[4], of_b[4];
  for (uint i = 0; i < 4; i++) {
    of_a[i] = (int)op->a_base + (int)batch * op->a[0] + (int)min(y + i, op->rows - 1) * op->a[1];
    of_b[i] = (int)op->b_base + (int)batch * op->b[0] +
              (int)min(x + i * quarter, op->columns - 1) * op->b[2];
  }
  float4 sum0 = 0.0f, sum1 = 0.0f, sum2 = 0.0f, sum3 = 0.0f; /* of a row each */
  for (int k = 0; k < (int)op->depth; k++) {
    const int row = k * op->b[1], column = k * op->a[2];
    const float4 values = (float4)(LOAD(b, of_b[0] + row), LOAD(b, of_b[1] + row),
                                   LOAD(b, of_b[2] + row), LOAD(b, of_b[3] + row));
    sum0 = LOAD(a, of_a[0] + column) * values + sum0;
    sum1 = LOAD(a, of_a[1] + column) * values + sum1;
    sum2 = LOAD(a, of_a[2] + column) * values + sum2;
    sum3 = LOAD(a, of_a[3] + column) * values + sum3;
  }
  float sums[4][4];
  vstore4(sum0, 0, sums[0]);
  vstore4(sum1, 0, sums[1]);
  vstore4(sum2, 0, sums[2]);
  vstore4(sum3, 0, sums[3]);
  for (uint i = 0; i < 4 && y + i < op->rows; i++)
    for (uint j = 0; j < 4; j++) {
      const int row = (int)(y + i), column = (int)(x + j * quarter);
      if (column >= (int)op->columns) continue;
      float value = sums[i][j];
      if (op->has_c)
        value += LOAD(c, (int)op->c_base + (int)batch * op->c[0] + row * op->c[1] +
                             column * op->c[2]);
      STORE(activate(&op->activation, value), out,
            (int)op->out_base + (int)batch * op->out[0] + row * op->out[1] + column * op->out[2]);
    }
}
