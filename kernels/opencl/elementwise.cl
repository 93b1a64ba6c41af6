/* Functions of one to three values, position by position. The first index walks the axis along
 * which the output lies densest, the second the next, the third all others. */

static float combine(uint function, float a, float b, float c) {
  switch (function) {
    case KERF_ADD: return a + b;
    case KERF_SUB: return a - b;
    case KERF_MUL: return a * b;
    case KERF_DIV: return a / b;
    case KERF_POW: return pow(a, b);
    case KERF_MAX: return a > b || isnan(a) ? a : b;
    case KERF_MIN: return a < b || isnan(a) ? a : b;
    case KERF_PRELU: return a < 0 ? a * b : a;
    case KERF_MULTIPLY_ADD: return a * b + c;
    default: return a;
  }
}

kernel void elementwise(global const ELEMENT *a, global const ELEMENT *b, global const ELEMENT *c,
                        global ELEMENT *out, constant const kerf_cl_elementwise *op) {
  constant const kerf_cl_axes *axes = &op->axes;
  const uint inner = axes->rank - 1, outer = axes->rank > 1 ? inner - 1 : 0;
  const uint x = get_global_id(0), y = get_global_id(1), z = get_global_id(2);
  if (x >= axes->extents[inner] || (axes->rank > 1 && y >= axes->extents[outer])) return;
  uint at[KERF_CL_OPERANDS];
  for (uint k = 0; k <= op->inputs; k++) {
    int offset = (int)x * axes->strides[k][inner] + offset_at(axes, k, outer, z);
    if (axes->rank > 1) offset += (int)y * axes->strides[k][outer];
    at[k] = op->bases[k] + offset;
  }
  const float value = combine(op->function, LOAD(a, at[1]), op->inputs > 1 ? LOAD(b, at[2]) : 0.0f,
                              op->inputs > 2 ? LOAD(c, at[3]) : 0.0f);
  STORE(activate(&op->activation, value), out, at[0]);
}
