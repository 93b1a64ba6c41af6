/* Ahead of every kernel: how elements are stored, and what happens to values on their way out.
 * Elements are floats, or halves that are computed with as floats; the functions that convert them
 * are part of every OpenCL, whether or not the device computes with halves. A product and a sum are
 * written as such, not as fma(), so that a device without that instruction is fast too. */

#ifdef KERF_HALF
#define ELEMENT half
#define LOAD(x, i) vload_half(i, x)
#define LOAD2(x, i) vload_half2(0, (x) + (i))
#define LOAD4(x, i) vload_half4(0, (x) + (i))
#define LOAD8(x, i) vload_half8(0, (x) + (i))
#define STORE(value, x, i) vstore_half_rte(value, i, x)
#else
#define ELEMENT float
#define LOAD(x, i) ((x)[i])
#define LOAD2(x, i) vload2(0, (x) + (i))
#define LOAD4(x, i) vload4(0, (x) + (i))
#define LOAD8(x, i) vload8(0, (x) + (i))
#define STORE(value, x, i) ((x)[i] = (value))
#endif

/* The rows of a block, as one vector: rows are many products that one loaded value goes into. */
#ifdef ROWS
#if ROWS == 8
#define ROW_VALUES float8
#define LOAD_ROWS(x, i) LOAD8(x, i)
#define GET_ROWS(from) vload8(0, from)
#define PUT_ROWS(values, to) vstore8(values, 0, to)
#elif ROWS == 4
#define ROW_VALUES float4
#define LOAD_ROWS(x, i) LOAD4(x, i)
#define GET_ROWS(from) vload4(0, from)
#define PUT_ROWS(values, to) vstore4(values, 0, to)
#elif ROWS == 2
#define ROW_VALUES float2
#define LOAD_ROWS(x, i) LOAD2(x, i)
#define GET_ROWS(from) vload2(0, from)
#define PUT_ROWS(values, to) vstore2(values, 0, to)
#else
#define ROW_VALUES float
#define LOAD_ROWS(x, i) LOAD(x, i)
#define GET_ROWS(from) (*(from))
#define PUT_ROWS(values, to) (*(to) = (values))
#endif
#endif

static float clip(float x, float least, float most) {
  x = x < least ? least : x;
  return x > most ? most : x;
}

#ifdef KERF_FUNCTIONS
static float sigmoid(float x) {
  const float e = exp(-fabs(x));
  return (x < 0 ? e : 1.0f) / (1.0f + e);
}

static float softplus(float x) { return (x > 0 ? x : 0.0f) + log1p(exp(-fabs(x))); }

/* x * tanh(softplus(x)) as a quotient of powers, of which none underflows before the result. */
static float mish(float x) {
  const float e = exp(-fabs(x));
  if (!(x < 0)) return x * (1.0f + 2.0f * e) / (1.0f + 2.0f * e + 2.0f * e * e);
  const float root = exp(0.5f * x);
  return x * root * root * (e + 2.0f) / (e * (e + 2.0f) + 2.0f);
}
#endif

/* NaN stays NaN. Functions that are no clamp are left out of programs that do without: they would
 * cost registers. */
static float activate(constant const kerf_cl_activation *f, float x) {
  const float alpha = f->alpha, beta = f->beta;
  switch (f->kind) {
    case KERF_RELU: return x < 0 ? 0.0f : x;
    case KERF_LEAKY_RELU: return x < 0 ? alpha * x : x;
    case KERF_CLIP: return clip(x, alpha, beta);
#ifdef KERF_FUNCTIONS
    case KERF_SIGMOID: return sigmoid(x);
    case KERF_HARD_SIGMOID: return clip(alpha * x + beta, 0.0f, 1.0f);
    case KERF_HARD_SWISH: return x * clip(x / 6.0f + 0.5f, 0.0f, 1.0f);
    case KERF_SILU: return x * sigmoid(x);
    case KERF_MISH: return mish(x);
    case KERF_TANH: return tanh(x);
    case KERF_ELU: return x < 0 ? alpha * expm1(x) : x;
    case KERF_CELU: return x < 0 ? alpha * expm1(x / alpha) : x;
    case KERF_SELU: return beta * (x < 0 ? alpha * expm1(x) : x);
    case KERF_GELU: return x * 0.5f * erfc(-x * M_SQRT1_2_F);
    case KERF_GELU_TANH: return x * sigmoid(1.59576912f * (x + 0.044715f * x * x * x));
    case KERF_SOFTPLUS: return softplus(x);
    case KERF_SOFTSIGN: return x / (1.0f + fabs(x));
    case KERF_ERF: return erf(x);
    case KERF_EXP: return exp(x);
    case KERF_LOG: return log(x);
    case KERF_SQRT: return sqrt(x);
    case KERF_ABS: return fabs(x);
    case KERF_NEG: return -x;
    case KERF_RECIPROCAL: return 1.0f / x;
    case KERF_FLOOR: return floor(x);
    case KERF_CEIL: return ceil(x);
#endif
    default: return x;
  }
}

/* Offset of one operand at a position of the first `rank` axes, counted with the last fastest. */
static int offset_at(constant const kerf_cl_axes *axes, uint operand, uint rank, uint position) {
  int offset = 0;
  for (uint i = rank; i-- > 0;) {
    offset += (int)(position % axes->extents[i]) * axes->strides[operand][i];
    position /= axes->extents[i];
  }
  return offset;
}

static uint at(constant const kerf_cl_volume *v, uint channel, uint depth, uint height,
               uint width) {
  return v->base + (int)channel * v->strides[0] + (int)depth * v->strides[1] +
         (int)height * v->strides[2] + (int)width * v->strides[3];
}

/* Finishes and stores one sum of a convolution. */
static void finish(constant const kerf_cl_epilogue *e, float sum, float bias, uint channel,
                   uint depth, uint height, uint width, global const ELEMENT *residuals,
                   global ELEMENT *out) {
  float y = sum + bias, residual = 0.0f;
  if (e->has_residual) {
    const int offset = (int)channel * e->residual_strides[0] + (int)depth * e->residual_strides[1] +
                       (int)height * e->residual_strides[2] + (int)width;
    residual = LOAD(residuals, e->residual_base + offset);
    if (e->order == KERF_ADD_THEN_ACTIVATE) y += residual;
  }
  y = activate(&e->activation, y);
  if (e->has_residual && e->order == KERF_ACTIVATE_THEN_ADD) y += residual;
  const int offset = (int)channel * e->out_strides[0] + (int)depth * e->out_strides[1] +
                     (int)height * e->out_strides[2] + (int)width;
  STORE(y, out, e->out_base + offset);
}
