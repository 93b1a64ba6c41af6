/* Local response normalization across channels: a work item has one value. */

kernel void lrn(global const ELEMENT *in, global ELEMENT *out, constant const kerf_cl_lrn *op) {
  constant const uint *extents = op->out.extents;
  const uint w = get_global_id(0), h = get_global_id(1), z = get_global_id(2);
  if (w >= extents[3] || h >= extents[2]) return;
  const uint channel = z / extents[1], d = z % extents[1], size = op->lrn.size;
  const uint before = (size - 1) / 2, last = min(channel + size / 2, extents[0] - 1);
  float squares = 0.0f;
  for (uint c = channel > before ? channel - before : 0; c <= last; c++) {
    const float x = LOAD(in, at(&op->in, c, d, h, w));
    squares += x * x;
  }
  const float x = LOAD(in, at(&op->in, channel, d, h, w));
  const float y = x / pow(op->lrn.bias + op->lrn.alpha / (float)size * squares, op->lrn.beta);
  STORE(activate(&op->activation, y), out, at(&op->out, channel, d, h, w));
}
