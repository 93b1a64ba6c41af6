/* Fully connected layers: a team of work items shares the kept columns of a block of ROWS rows, so
 * that neighbours read weights that lie side by side, and adds up what each has found. */

kernel void fully_connected(global const ELEMENT *in, global const ELEMENT *weights,
                            global const uint *columns, global const kerf_cl_block *blocks,
                            global const uint *order, global const float *bias,
                            global ELEMENT *out, constant const kerf_cl_fully_connected *op,
                            local float *space) {
  const uint index = get_global_id(0), side = get_local_size(0), team = get_local_size(1);
  const uint member = get_local_id(1), mine = member * side + get_local_id(0);
  const int is_here = index < op->blocks;
  const kerf_cl_block block = blocks[is_here ? index : 0];
  global const ELEMENT *x = in + op->in_base;

  ROW_VALUES sums = 0.0f;
  for (uint i = member; i < block.columns; i += team)
    sums = LOAD_ROWS(weights, block.weight + i * ROWS) * LOAD(x, columns[block.column + i]) + sums;

  PUT_ROWS(sums, space + mine * ROWS);
  for (uint half_team = team / 2; half_team > 0; half_team /= 2) {
    barrier(CLK_LOCAL_MEM_FENCE);
    if (member < half_team) {
      sums += GET_ROWS(space + (mine + half_team * side) * ROWS);
      PUT_ROWS(sums, space + mine * ROWS);
    }
  }
  if (member || !is_here) return;
  for (uint r = 0; r < ROWS; r++) {
    const float b = op->has_bias ? bias[block.row + r] : 0.0f;
    STORE(activate(&op->activation, space[mine * ROWS + r] + b), out,
          op->out_base + order[block.row + r]);
  }
}
