/* Zeroes the padding of a volume: what lies behind each row, up to the next, and before the first.
 * The second index is a row, and the one behind the last stands for what lies before the first; the
 * work items of the first index share the gap. */

kernel void clear(global ELEMENT *out, constant const kerf_cl_clear *op) {
  constant const kerf_cl_volume *v = &op->volume;
  const uint channels = v->extents[0], planes = v->extents[1], rows = v->extents[2];
  const uint row = get_global_id(1), all = channels * planes * rows;
  if (row > all) return;
  int from = (int)v->base - (int)op->lead, to = (int)v->base;
  if (row < all) {
    const uint h = row % rows, d = row / rows % planes, c = row / rows / planes;
    from = (int)(at(v, c, d, h, v->extents[3] - 1) + 1);
    if (h + 1 < rows) to = (int)at(v, c, d, h + 1, 0);
    else if (d + 1 < planes) to = (int)at(v, c, d + 1, 0, 0);
    else if (c + 1 < channels) to = (int)at(v, c + 1, 0, 0, 0);
    else to = from + (int)op->trail;
  }
  for (int i = from + (int)get_global_id(0); i < to; i += (int)get_global_size(0))
    STORE(0.0f, out, i);
}
