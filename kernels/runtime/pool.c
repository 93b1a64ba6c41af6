/* Pooling, a row of the output at a time: the rows of its windows become one line, that line is cut
 * into its phases modulo the stride, and then a window is as many rows as the kernel is wide. */
#include <math.h>
#include <stdlib.h>

#include "axes.h"

/* Rows whose lines are made before the first is read again: what has just been stored in parts
 * cannot be loaded across them at once. */
enum { ROWS_AT_ONCE = 8 };

/* Of one output position on one axis: the kernel positions [first, last) that fall on the input,
 * and how many count. */
typedef struct {
  uint32_t first, last, count;
} window;

typedef struct {
  window *windows[3]; /* of depth, height and width; one allocation */
  uint32_t down, across; /* kerf_reduction: over the rows of a window, and along the line */
  uint32_t period;       /* kernel positions along a line before a phase repeats */
  uint64_t line;         /* floats that the windows of a row span, padding included */
  uint64_t phase;        /* floats of a phase */
  uint64_t rows;         /* most rows of a window */
  int gathers;           /* rows must be copied before they are combined */
  uint64_t items;
} pool_state;

static uint32_t divide_up(int64_t a, int64_t b) { return a > 0 ? (uint32_t)((a + b - 1) / b) : 0; }

static uint32_t at_most(uint32_t a, uint32_t b) { return a < b ? a : b; }

/* Of the input, at kernel position `tap` of output position `to`. */
static int64_t position(const kerf_plan_pool *pool, int axis, uint32_t to, uint32_t tap) {
  return (int64_t)to * pool->stride[axis] + (int64_t)tap * pool->dilation[axis] - pool->pad[axis];
}

static window window_of(const kerf_plan_pool *pool, int axis, uint32_t to, uint32_t extent) {
  const int64_t begin = position(pool, axis, to, 0);
  const int64_t step = pool->dilation[axis];
  const uint32_t kernel = pool->kernel[axis];
  window w = {.last = at_most(kernel, divide_up((int64_t)extent - begin, step))};
  w.first = at_most(w.last, divide_up(-begin, step));
  w.count = w.last - w.first;
  if (pool->count_padding)
    w.count = at_most(kernel, divide_up((int64_t)extent + pool->pad_end[axis] - begin, step));
  return w;
}

/* What a worker has in its scratch memory. */
typedef struct {
  const float **rows;
  float *line, *phases, *result, *scale, *space;
  uint32_t scaled_by; /* count of depth and height that `scale` was made for */
} pool_scratch;

static pool_scratch divide_scratch(const kerf_node *node, float *scratch) {
  const pool_state *s = node->state;
  const kerf_plan_pool *pool = node->detail;
  pool_scratch p = {.rows = (const float **)scratch};
  p.line = scratch + 2 * (s->rows > pool->kernel[2] ? s->rows : pool->kernel[2]);
  p.phases = p.line + ROWS_AT_ONCE * s->line;
  p.result = p.phases + pool->stride[2] * s->phase;
  p.scale = p.result + node->out.view->extents[WIDTH];
  p.space = p.scale + node->out.view->extents[WIDTH];
  return p;
}

/* Where a row of the output is. */
typedef struct {
  uint32_t c, d, h;
} place;

static place place_of(const kerf_node *node, uint64_t item) {
  const uint32_t *extents = node->out.view->extents;
  const uint64_t plane = item / extents[HEIGHT];
  return (place){(uint32_t)(plane / extents[DEPTH]), (uint32_t)(plane % extents[DEPTH]),
                 (uint32_t)(item % extents[HEIGHT])};
}

/* Makes a line of the rows of a window. */
static void make_line(const kerf_node *node, place at, pool_scratch *p, float *line) {
  const pool_state *s = node->state;
  const kerf_plan_pool *pool = node->detail;
  const kerf_plan_tensor *in = node->in[0].view;
  const window planes = s->windows[0][at.d], lines = s->windows[1][at.h];
  const uint32_t pad = pool->pad[2], width = in->extents[WIDTH];
  const size_t n = s->line > pad ? (s->line - pad < width ? s->line - pad : width) : 0;
  size_t rows = 0;
  for (uint32_t i = planes.first; i < planes.last; i++)
    for (uint32_t j = lines.first; j < lines.last; j++) {
      const int64_t d = position(pool, 0, at.d, i), h = position(pool, 1, at.h, j);
      const float *x = node->in[0].data + at.c * in->strides[CHANNEL] + d * in->strides[DEPTH] +
                       h * in->strides[HEIGHT];
      if (s->gathers) {
        float *to = p->space + rows * width;
        node->kernels->elementwise(KERF_COPY, n, x, in->strides[WIDTH], NULL, 0, NULL, 0, to, 1);
        if (pool->p > 2)
          for (size_t k = 0; k < n; k++) to[k] = powf(fabsf(to[k]), (float)pool->p);
        x = to;
      }
      p->rows[rows++] = x;
    }
  float *to = line + pad;
  if (rows)
    node->kernels->rows->combine(s->down, n, rows, p->rows, to);
  else
    for (size_t k = 0; k < n; k++) to[k] = s->down == KERF_REDUCE_MAX ? -INFINITY : 0.0f;
}

/* Makes a row of results from a line. */
static void slide(const kerf_node *node, pool_scratch *p, const float *line, float *to) {
  const pool_state *s = node->state;
  const kerf_plan_pool *pool = node->detail;
  const uint32_t stride = pool->stride[2];
  for (uint32_t k = 0; k < pool->kernel[2]; k++) {
    const uint64_t at = (uint64_t)k * pool->dilation[2], phase = at % stride;
    if (stride == 1) {
      p->rows[k] = line + at;
      continue;
    }
    if (k < s->period)
      node->kernels->elementwise(KERF_COPY, (s->line - phase + stride - 1) / stride, line + phase,
                                 stride, NULL, 0, NULL, 0, p->phases + phase * s->phase, 1);
    p->rows[k] = p->phases + phase * s->phase + at / stride;
  }
  node->kernels->rows->combine(s->across, node->out.view->extents[WIDTH], pool->kernel[2], p->rows,
                               to);
}

static void finish(const kerf_node *node, place at, pool_scratch *p, float *y) {
  const pool_state *s = node->state;
  const kerf_plan_pool *pool = node->detail;
  const uint32_t n = node->out.view->extents[WIDTH];
  if (node->op->function == KERF_POOL_AVERAGE) {
    const uint32_t count = s->windows[0][at.d].count * s->windows[1][at.h].count;
    if (count != p->scaled_by)
      for (uint32_t i = 0; i < n; i++) p->scale[i] = 1.0f / ((float)count * s->windows[2][i].count);
    p->scaled_by = count;
    node->kernels->elementwise(KERF_MUL, n, y, 1, p->scale, 1, NULL, 0, y, 1);
  } else if (node->op->function == KERF_POOL_NORM && pool->p == 2) {
    node->kernels->activate(KERF_SQRT, 0, 0, n, y);
  } else if (node->op->function == KERF_POOL_NORM && pool->p > 2) {
    for (uint32_t i = 0; i < n; i++) y[i] = powf(y[i], 1.0f / (float)pool->p);
  }
}

static void work(const kerf_node *node, uint32_t unit, float *scratch) {
  const pool_state *s = node->state;
  const kerf_plan_tensor *out = node->out.view;
  const kerf_share share = kerf_share_of(s->items, unit, node->units);
  pool_scratch p = divide_scratch(node, scratch);
  for (uint64_t i = 0; i < ROWS_AT_ONCE * s->line; i++)
    p.line[i] = s->down == KERF_REDUCE_MAX ? -INFINITY : 0.0f;
  for (uint64_t item = share.begin; item < share.end; item += ROWS_AT_ONCE) {
    const uint64_t left = share.end - item, rows = left < ROWS_AT_ONCE ? left : ROWS_AT_ONCE;
    for (uint64_t i = 0; i < rows; i++)
      make_line(node, place_of(node, item + i), &p, p.line + i * s->line);
    for (uint64_t i = 0; i < rows; i++) {
      const place at = place_of(node, item + i);
      float *to = node->out.data + at.c * out->strides[CHANNEL] + at.d * out->strides[DEPTH] +
                  at.h * out->strides[HEIGHT];
      float *y = out->strides[WIDTH] == 1 ? to : p.result;
      slide(node, &p, p.line + i * s->line, y);
      finish(node, at, &p, y);
      kerf_put(node, out->extents[WIDTH], y, to, out->strides[WIDTH]);
    }
  }
}

static void release(kerf_node *node) {
  pool_state *s = node->state;
  if (s) free(s->windows[0]);
  free(s);
}

kerf_status kerf_prepare_pool(kerf_node *node, kerf_error *error) {
  const kerf_plan_pool *pool = node->detail;
  const uint32_t *in = node->in[0].view->extents, *out = node->out.view->extents;
  pool_state *s = node->state = calloc(1, sizeof *s);
  node->release = release;
  const uint64_t positions = (uint64_t)out[DEPTH] + out[HEIGHT] + out[WIDTH];
  if (s) s->windows[0] = calloc(positions, sizeof *s->windows[0]);
  if (!s || !s->windows[0]) return kerf_fail(error, KERF_ERROR_MEMORY, "no memory for an operator");
  s->windows[1] = s->windows[0] + out[DEPTH];
  s->windows[2] = s->windows[1] + out[HEIGHT];
  uint64_t most[3] = {0};
  for (int axis = 0; axis < 3; axis++)
    for (uint32_t i = 0; i < out[DEPTH + axis]; i++) {
      const window w = window_of(pool, axis, i, in[DEPTH + axis]);
      s->windows[axis][i] = w;
      if (w.last - w.first > most[axis]) most[axis] = w.last - w.first;
    }
  const uint32_t stride = pool->stride[2];
  const uint32_t norm = pool->p == 1   ? KERF_REDUCE_L1
                        : pool->p == 2 ? KERF_REDUCE_SUM_SQUARE
                                       : KERF_REDUCE_SUM;
  s->across = node->op->function == KERF_POOL_MAX ? KERF_REDUCE_MAX : KERF_REDUCE_SUM;
  s->down = node->op->function == KERF_POOL_NORM ? norm : s->across;
  s->period = 1;
  while ((uint64_t)s->period * pool->dilation[2] % stride) s->period++;
  s->line = (uint64_t)(position(pool, 2, out[WIDTH] - 1, pool->kernel[2] - 1) + pool->pad[2]) + 1;
  s->phase = (s->line - 1) / stride + 1;
  s->rows = most[0] * most[1];
  s->gathers = node->in[0].view->strides[WIDTH] != 1 ||
               (node->op->function == KERF_POOL_NORM && pool->p > 2);
  s->items = (uint64_t)out[CHANNEL] * out[DEPTH] * out[HEIGHT];
  const uint64_t row_floats = (s->rows + pool->kernel[2]) * out[WIDTH];
  node->units = kerf_units_for(s->items, s->items * row_floats / 2, node->threads);
  node->scratch_floats = 2 * (s->rows > pool->kernel[2] ? s->rows : pool->kernel[2]) +
                         ROWS_AT_ONCE * s->line + stride * s->phase + 2 * (uint64_t)out[WIDTH] +
                         (s->gathers ? s->rows * in[WIDTH] : 0) + pool->pad[2];
  node->work = work;
  return KERF_OK;
}
