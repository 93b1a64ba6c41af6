/* Softmax: a team of work items shares one row, which it walks three times: for the maximum, the
 * sum of the powers, and the results. */

/* Of what all members of a team have: their sum, or the maximum. */
static float of_team(local float *space, uint mine, uint member, uint side, uint team, int sums,
                     float x) {
  space[mine] = x;
  for (uint half_team = team / 2; half_team > 0; half_team /= 2) {
    barrier(CLK_LOCAL_MEM_FENCE);
    if (member < half_team) {
      const float other = space[mine + half_team * side];
      space[mine] = sums ? space[mine] + other : max(space[mine], other);
    }
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  const float y = space[mine - member * side];
  barrier(CLK_LOCAL_MEM_FENCE);
  return y;
}

kernel void softmax(global const ELEMENT *in, global ELEMENT *out,
                    constant const kerf_cl_softmax *op, local float *space) {
  const uint row = get_global_id(0), side = get_local_size(0), team = get_local_size(1);
  const uint member = get_local_id(1), mine = member * side + get_local_id(0);
  const int is_here = row < op->count;
  const uint place = is_here ? row : 0, rank = op->rows.rank;
  const int from = (int)op->in_base + offset_at(&op->rows, 1, rank, place);
  const int to = (int)op->out_base + offset_at(&op->rows, 0, rank, place);

  float most = -INFINITY, sum = 0.0f;
  for (uint i = member; i < op->length; i += team)
    most = max(most, LOAD(in, from + (int)i * op->in_stride));
  most = of_team(space, mine, member, side, team, 0, most);
  for (uint i = member; i < op->length; i += team)
    sum += exp(LOAD(in, from + (int)i * op->in_stride) - most);
  sum = of_team(space, mine, member, side, team, 1, sum);
  if (!is_here) return;
  const float logarithm = log(sum);
  for (uint i = member; i < op->length; i += team) {
    const float x = LOAD(in, from + (int)i * op->in_stride) - most;
    const float y = op->log ? x - logarithm : exp(x) / sum;
    STORE(activate(&op->activation, y), out, to + (int)i * op->out_stride);
  }
}
