/* How a dense convolution is cut into units, and how its input is packed for them. */
#include <stdlib.h>

#include "dense_convolution.h"

/* Rates of one core, by which cuts are compared: products in a nanosecond, nanoseconds to pack a
 * float, bytes of a patch or of weights in a nanosecond where they come from behind L2. */
#define PRODUCTS 110.0
#define PACK 0.13
#define FAR_BYTES 60.0
/* Bytes of a patch that stay in L2. */
#define NEAR_BYTES (576.0 * 1024)
/* Floats of a worker's scratch: more no memory could hold. */
#define MOST_FLOATS (1ull << 28)
/* By how much more must be packed before rows are cut rather than planes. */
#define SHORT_ROW_COST 1.25
/* Rows shorter than this are joined, for tiles that are longer. */
#define SHORT_ROW 12u

static uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }

static uint32_t divide_up(uint32_t n, uint32_t by) { return (n + by - 1) / by; }

static uint32_t common_divisor(uint32_t a, uint32_t b) {
  while (b) {
    const uint32_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

static dense_part part_of(const dense_axis *axis, uint32_t begin, uint32_t count) {
  const uint32_t last = axis->taps - 1;
  const uint64_t length =
      count + (uint64_t)(last - last % axis->period) * axis->dilation / axis->stride;
  return (dense_part){begin, count, least(axis->taps, axis->period),
                      length < UINT32_MAX ? (uint32_t)length : UINT32_MAX};
}

/* Whether an axis has one output for each input. */
static int is_pointwise(const dense_axis *axis) {
  return axis->taps == 1 && axis->stride == 1 && !axis->pad && axis->in == axis->out;
}

/* Whether what lies within `outer`, of `extent` floats, follows each other without gaps. */
static int is_stacked(const kerf_operand *operand, uint32_t outer, uint32_t extent) {
  const kerf_plan_tensor *t = operand->view;
  return !t || t->extents[outer] == 1 || t->strides[outer] == extent;
}
static int writes_stacked(const kerf_node *node, uint32_t outer, uint32_t extent) {
  return is_stacked(&node->out, outer, extent) && is_stacked(&node->in[1], outer, extent);
}

/* Reads the axes; those that are one output for each input become one with the width. */
static void find_axes(const kerf_node *node, dense_convolution *state) {
  const kerf_plan_dense_convolution *detail = node->detail;
  state->taps = 1;
  for (uint32_t a = 0; a < AXES; a++) {
    const uint32_t stride = detail->stride[a], dilation = detail->dilation[a];
    state->axis[a] = (dense_axis){
        .in = node->in[0].view->extents[DEPTH + a],
        .out = node->out.view->extents[DEPTH + a],
        .taps = detail->kernel[a],
        .stride = stride,
        .dilation = dilation,
        .pad = detail->pad[a],
        .period = stride / common_divisor(stride, dilation),
    };
    state->taps *= detail->kernel[a];
  }
  dense_axis *width = &state->axis[2];
  for (uint32_t a = 2; a-- > 0 && is_pointwise(width) && is_pointwise(&state->axis[a]);) {
    if (!is_stacked(&node->in[0], DEPTH + a, width->out) ||
        !writes_stacked(node, DEPTH + a, width->out))
      break;
    width->out = width->in = width->out * state->axis[a].out;
    state->axis[a].out = state->axis[a].in = 1;
  }
  if (width->out < SHORT_ROW && state->axis[1].out > 1) width->period = width->taps;
}

/* Positions of each axis that units have, all the same but the last, and how many units share their
 * outputs, each for other filters. */
typedef struct {
  uint32_t step[AXES], parts;
} cut;

static uint64_t pieces_of(const dense_convolution *state, const cut *c) {
  uint64_t pieces = 1;
  for (uint32_t a = 0; a < AXES; a++) pieces *= divide_up(state->axis[a].out, c->step[a]);
  return pieces;
}

/* Floats of a patch. */
static double patch_of(const kerf_node *node, const cut *c) {
  const kerf_plan_dense_convolution *detail = node->detail;
  const dense_convolution *state = node->state;
  double floats = (double)kerf_dense_blocks(detail->channels) * DENSE_BLOCK;
  for (uint32_t a = 0; a < AXES; a++) {
    const dense_part part = part_of(&state->axis[a], 0, c->step[a]);
    floats *= (double)part.sequences * part.length;
  }
  return floats;
}

/* One piece more, along the axis for which least is packed twice; 0 if there is nothing to cut. */
static int cut_further(const kerf_node *node, cut *c) {
  const dense_convolution *state = node->state;
  const uint32_t tile = node->kernels->dense->positions[state->blocks];
  cut best = *c;
  double packed = 0;
  for (uint32_t a = 0; a < AXES; a++) {
    cut next = *c;
    const uint32_t out = state->axis[a].out, multiple = a == 2 ? tile : 1;
    const uint32_t even = divide_up(out, divide_up(out, c->step[a]) + 1);
    next.step[a] = least(divide_up(even, multiple), (c->step[a] - 1) / multiple) * multiple;
    if (!next.step[a]) continue;
    double floats = (double)pieces_of(state, &next) * patch_of(node, &next);
    if (a == 2) floats *= SHORT_ROW_COST;
    if (packed > 0 && floats >= packed) continue;
    packed = floats;
    best = next;
  }
  *c = best;
  return packed > 0;
}

static uint32_t groups_of(const kerf_node *node) {
  const uint32_t rows = ((const kerf_plan_dense_convolution *)node->detail)->rows;
  return divide_up(kerf_dense_blocks(rows), ((const dense_convolution *)node->state)->blocks);
}

/* About how many nanoseconds a convolution takes that is cut so: input is packed again for other
 * filters, weights are walked again for other outputs, and workers wait for the last one. */
static double time_of(const kerf_node *node, const cut *c) {
  const kerf_plan_dense_convolution *detail = node->detail;
  const dense_convolution *state = node->state;
  dense_unit unit;
  for (uint32_t a = 0; a < AXES; a++) unit.part[a] = part_of(&state->axis[a], 0, c->step[a]);
  const dense_runs runs = kerf_dense_runs(&unit);
  const uint32_t tile = node->kernels->dense->positions[state->blocks];
  /* A tile costs its outputs and one more. */
  const double outputs = (double)runs.runs * (runs.count + divide_up(runs.count, tile));
  const double groups = divide_up(groups_of(node), c->parts);
  const double weights = groups * state->blocks * DENSE_BLOCK * detail->channels * state->taps;
  const double patch = patch_of(node, c), bytes = patch * sizeof(float);
  const double far = bytes > NEAR_BYTES ? groups * bytes : 0;
  const double one = outputs * weights / PRODUCTS + patch * PACK +
                     (far + weights * sizeof(float)) / FAR_BYTES;
  const uint64_t units = pieces_of(state, c) * c->parts;
  return one * (double)((units + node->threads - 1) / node->threads);
}

/* The fastest of all cuts of the outputs, each with the filters in up to a few parts. */
static cut choose_cut(const kerf_node *node) {
  const dense_convolution *state = node->state;
  const uint32_t groups = groups_of(node), most = least(groups, 4 * node->threads);
  cut c = {{state->axis[0].out, state->axis[1].out, state->axis[2].out}, 1}, best = c;
  double time = time_of(node, &c);
  do {
    for (c.parts = 1; c.parts <= most; c.parts++) {
      const double found = time_of(node, &c);
      if (found >= time) continue;
      time = found;
      best = c;
    }
  } while ((pieces_of(state, &c) < 8 * node->threads ||
            patch_of(node, &c) * sizeof(float) > NEAR_BYTES / 4) &&
           cut_further(node, &c));
  return best;
}

static void add_units(const kerf_node *node, const cut *c) {
  dense_convolution *state = node->state;
  const uint32_t blocks = kerf_dense_blocks(((const kerf_plan_dense_convolution *)node->detail)->rows);
  const uint32_t groups = groups_of(node), parts = c->parts, *step = c->step;
  const dense_axis *d = &state->axis[0], *h = &state->axis[1], *w = &state->axis[2];
  dense_unit *next = state->units;
  for (uint32_t p = 0; p < parts; p++)
    for (uint32_t i = 0; i < d->out; i += step[0])
      for (uint32_t j = 0; j < h->out; j += step[1])
        for (uint32_t k = 0; k < w->out; k += step[2])
          *next++ = (dense_unit){
              .part = {part_of(d, i, least(step[0], d->out - i)),
                       part_of(h, j, least(step[1], h->out - j)),
                       part_of(w, k, least(step[2], w->out - k))},
              .first = (uint32_t)((uint64_t)groups * p / parts) * state->blocks,
              .last = least(blocks, (uint32_t)((uint64_t)groups * (p + 1) / parts) * state->blocks),
          };
}

kerf_status kerf_schedule_dense(kerf_node *node, kerf_error *error) {
  dense_convolution *state = calloc(1, sizeof *state);
  node->state = state;
  if (!state) return kerf_fail(error, KERF_ERROR_MEMORY, "no memory for a convolution");
  const kerf_dense_kernels *kernels = node->kernels->dense;
  find_axes(node, state);
  uint64_t outputs = 1;
  for (uint32_t a = 0; a < AXES; a++) outputs *= state->axis[a].out;
  state->blocks = outputs <= kernels->positions[1] ? 1 : kernels->blocks;
  state->stacked = writes_stacked(node, HEIGHT, state->axis[2].out);
  const cut c = choose_cut(node);
  const double patch = patch_of(node, &c);
  const uint64_t units = pieces_of(state, &c) * c.parts;
  uint64_t count = 1;
  for (uint32_t a = 0; a < AXES; a++) count *= c.step[a];
  if (patch > MOST_FLOATS || count > MOST_FLOATS || state->taps > MOST_FLOATS || units > UINT32_MAX)
    return kerf_fail(error, KERF_ERROR_MEMORY, "no memory for a patch of a convolution");
  state->units = calloc(units, sizeof(dense_unit));
  if (!state->units) return kerf_fail(error, KERF_ERROR_MEMORY, "no memory for a convolution");
  add_units(node, &c);
  node->units = (uint32_t)units;
  /* Sums are read in whole vectors. */
  state->block_sums = (count + DENSE_BLOCK) * DENSE_BLOCK;
  state->patch_floats = (uint64_t)patch;
  node->scratch_floats = state->patch_floats + state->blocks * state->block_sums + state->taps;
  return KERF_OK;
}
