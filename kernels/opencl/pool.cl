/* Pooling: a work item has one position of the output. Padding never wins a maximum. */

/* Of one axis: the kernel positions [first, last) that fall on the input, and how many count. */
typedef struct {
  int begin;
  uint first, last, count;
} taps;

static taps taps_at(constant const kerf_plan_pool *pool, uint axis, uint to, uint extent) {
  const int step = (int)pool->dilation[axis], kernel_extent = (int)pool->window[axis];
  const int begin = (int)(to * pool->stride[axis]) - (int)pool->pad[axis];
  const int end = (int)extent - begin, padded_end = end + (int)pool->pad_end[axis];
  const int last = clamp((end + step - 1) / step, 0, kernel_extent);
  const int first = min(last, begin < 0 ? (step - 1 - begin) / step : 0);
  const int counted =
      pool->count_padding ? clamp((padded_end + step - 1) / step, 0, kernel_extent) : last - first;
  const taps t = {begin, (uint)first, (uint)last, (uint)counted};
  return t;
}

kernel void pool(global const ELEMENT *in, global ELEMENT *out, constant const kerf_cl_pool *op) {
  constant const uint *extents = op->out.extents;
  const uint w = get_global_id(0), h = get_global_id(1), z = get_global_id(2);
  if (w >= extents[3] || h >= extents[2]) return;
  const uint channel = z / extents[1], d = z % extents[1];
  constant const kerf_plan_pool *pool = &op->pool;
  const taps planes = taps_at(pool, 0, d, op->in.extents[1]);
  const taps rows = taps_at(pool, 1, h, op->in.extents[2]);
  const taps line = taps_at(pool, 2, w, op->in.extents[3]);
  float y = op->function == KERF_POOL_MAX ? -INFINITY : 0.0f;
  for (uint i = planes.first; i < planes.last; i++)
    for (uint j = rows.first; j < rows.last; j++)
      for (uint k = line.first; k < line.last; k++) {
        const float x = LOAD(in, at(&op->in, channel, planes.begin + i * pool->dilation[0],
                                    rows.begin + j * pool->dilation[1],
                                    line.begin + k * pool->dilation[2]));
        if (op->function == KERF_POOL_MAX) y = x > y || isnan(x) ? x : y;
        else if (op->function == KERF_POOL_AVERAGE) y += x;
        else y += pool->p == 1 ? fabs(x) : pool->p == 2 ? x * x : pow(fabs(x), (float)pool->p);
      }
  if (op->function == KERF_POOL_AVERAGE) y /= (float)(planes.count * rows.count * line.count);
  if (op->function == KERF_POOL_NORM && pool->p == 2) y = sqrt(y);
  if (op->function == KERF_POOL_NORM && pool->p > 2) y = pow(y, 1.0f / (float)pool->p);
  STORE(activate(&op->activation, y), out, at(&op->out, channel, d, h, w));
}
