/* Reductions: a team of work items shares the values of one result. Where results lie side by side
 * a team is one work item, and neighbours read what lies side by side. */

static float merge(uint function, float a, float b) {
  switch (function) {
    case KERF_REDUCE_MAX: return b > a || isnan(b) ? b : a;
    case KERF_REDUCE_MIN: return b < a || isnan(b) ? b : a;
    case KERF_REDUCE_PROD: return a * b;
    default: return a + b;
  }
}

kernel void reduce(global const ELEMENT *in, global ELEMENT *out,
                   constant const kerf_cl_reduce *op, local float *space) {
  const uint result = get_global_id(0), side = get_local_size(0), team = get_local_size(1);
  const uint member = get_local_id(1), mine = member * side + get_local_id(0);
  const uint function = op->function, rank = op->kept.rank;
  const int is_here = result < op->results;
  const int base = (int)op->in_base + offset_at(&op->kept, 1, rank, is_here ? result : 0);
  const float start = function == KERF_REDUCE_MAX    ? -INFINITY
                      : function == KERF_REDUCE_MIN  ? INFINITY
                      : function == KERF_REDUCE_PROD ? 1.0f
                                                     : 0.0f;
  float y = start;
  for (uint i = member; i < op->values; i += team) {
    float x = LOAD(in, base + offset_at(&op->reduced, 1, op->reduced.rank, i));
    if (function == KERF_REDUCE_SUM_SQUARE || function == KERF_REDUCE_L2) x *= x;
    if (function == KERF_REDUCE_L1) x = fabs(x);
    y = merge(function, y, x);
  }

  space[mine] = y;
  for (uint half_team = team / 2; half_team > 0; half_team /= 2) {
    barrier(CLK_LOCAL_MEM_FENCE);
    if (member < half_team)
      space[mine] = merge(function, space[mine], space[mine + half_team * side]);
  }
  if (member || !is_here) return;
  y = space[mine];
  if (function == KERF_REDUCE_MEAN) y /= (float)op->values;
  if (function == KERF_REDUCE_L2) y = sqrt(y);
  STORE(activate(&op->activation, y), out, op->out_base + offset_at(&op->kept, 0, rank, result));
}
