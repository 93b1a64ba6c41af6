/* Interpolation by tables: a work item has one position of the output. */

kernel void resample(global const ELEMENT *in, global const uint *positions,
                     global const float *weights, global ELEMENT *out,
                     constant const kerf_cl_resample *op) {
  constant const uint *extents = op->out.extents, *taps = op->taps;
  const uint w = get_global_id(0), h = get_global_id(1), z = get_global_id(2);
  if (w >= extents[3] || h >= extents[2]) return;
  const uint channel = z / extents[1], d = z % extents[1];
  const uint planes = op->start[0] + d * taps[0], rows = op->start[1] + h * taps[1];
  const uint line = op->start[2] + w * taps[2];
  float y = 0.0f;
  for (uint i = 0; i < taps[0]; i++)
    for (uint j = 0; j < taps[1]; j++) {
      const float weight = weights[planes + i] * weights[rows + j];
      for (uint k = 0; k < taps[2]; k++) {
        const float all = weight * weights[line + k];
        if (all != 0.0f)
          y += all * LOAD(in, at(&op->in, channel, positions[planes + i], positions[rows + j],
                                 positions[line + k]));
      }
    }
  STORE(activate(&op->activation, y), out, at(&op->out, channel, d, h, w));
}
