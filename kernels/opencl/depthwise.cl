/* Convolution of each channel with kernels of its own: a work item has four neighbours of one row
 * of one output channel. */

kernel void depthwise(global const ELEMENT *in, global const ELEMENT *weights,
                      global const int *taps, global const float *bias, global ELEMENT *out,
                      constant const kerf_cl_depthwise *op) {
  constant const kerf_cl_positions *p = &op->positions;
  const uint across = (p->width + 3) / 4;
  const uint piece = get_global_id(0), channel = get_global_id(1);
  if (piece >= across * p->height * p->depth || channel >= op->channels) return;
  const uint w = piece % across * 4, h = piece / across % p->height;
  const uint d = piece / across / p->height;
  global const ELEMENT *x = in + p->base + (int)(channel / op->multiplier) * op->channel_step +
                            (int)d * p->plane + (int)h * p->row + w;
  float4 sums = 0.0f;
  for (uint k = 0; k < op->taps; k++)
    sums = LOAD(weights, channel * op->taps + k) * LOAD4(x, taps[k]) + sums;

  const float b = op->epilogue.has_bias ? bias[channel] : 0.0f;
  const float of_row[4] = {sums.s0, sums.s1, sums.s2, sums.s3};
  for (uint k = 0; k < 4 && w + k < p->width; k++)
    finish(&op->epilogue, of_row[k], b, channel, d, h, w + k, in, out);
}
