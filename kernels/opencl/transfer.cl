/* What comes in and goes out: between row-major floats and elements of any strides. */

kernel void load(global const float *packed, global ELEMENT *out,
                 constant const kerf_cl_transfer *op) {
  const uint i = get_global_id(0);
  if (i >= op->count) return;
  STORE(packed[i], out, op->base + offset_at(&op->axes, 0, op->axes.rank, i));
}

kernel void store(global const ELEMENT *in, global float *packed,
                  constant const kerf_cl_transfer *op) {
  const uint i = get_global_id(0);
  if (i < op->count) packed[i] = LOAD(in, op->base + offset_at(&op->axes, 0, op->axes.rank, i));
}
