/* Dense convolution of any kernel, stride and dilation, see cpu/isa/dense_kernels.c.
 *
 *   for each unit (a box of outputs, some blocks of filters)    taken by the workers in turn
 *     pack the input that the box wants, padding included, into a patch
 *     for each group of blocks of filters
 *       for each chunk of input channels                        its weights stay in L1
 *         for each tile of neighbouring outputs                 one product
 *       bias, residual, activation, store
 *
 * The patch is [block of channels][sequences][positions][channel]: per axis, inputs that outputs
 * `stride` apart read are neighbours, so that a tap is one offset from an output's own position
 * whatever the stride. Where each tap has a sequence of its own, rows have no ends that some taps
 * read and others do not, and follow each other without gaps: small planes are one run. */
#include "dense_convolution.h"

#include <stdlib.h>
#include <string.h>

#include "epilogue.h"

/* Bytes of weights that all tiles of a unit pass over before the next: they stay in L1. */
#define CHUNK_BYTES 20480u
/* Floats of weights from what is used to what is prefetched, where each is used once. */
#define AHEAD 2048u

static const dense_axis *axis_of(const kerf_node *node, uint32_t a) {
  return &((const dense_convolution *)node->state)->axis[a];
}

/* Where inputs of a sequence lie: its first is input `first`, its j-th `j * stride` behind. Those
 * [begin, end) lie inside. */
typedef struct {
  int64_t first;
  uint32_t begin, end;
} sequence;

static sequence sequence_of(const dense_axis *axis, const dense_part *part, uint32_t s) {
  const int64_t stride = axis->stride, in = axis->in;
  const int64_t first = part->begin * stride + (int64_t)s * axis->dilation - axis->pad;
  const int64_t begin = first < 0 ? (-first + stride - 1) / stride : 0;
  const int64_t end = first < in ? (in - first + stride - 1) / stride : 0;
  sequence found = {first, (uint32_t)(begin < part->length ? begin : part->length),
                    (uint32_t)(end < part->length ? end : part->length)};
  if (found.end < found.begin) found.end = found.begin;
  return found;
}

static void zero(float *positions, uint64_t n) {
  memset(positions, 0, n * DENSE_BLOCK * sizeof *positions);
}

/* One row of inputs into all sequences of the width, which are `apart` positions from each other. */
static void pack_row(const kerf_node *node, const dense_unit *u, const float *row, uint32_t channels,
                     uint64_t apart, float *out) {
  const dense_part *part = &u->part[2];
  const dense_axis *axis = axis_of(node, 2);
  for (uint32_t s = 0; s < part->sequences; s++, out += apart * DENSE_BLOCK) {
    const sequence w = sequence_of(axis, part, s);
    zero(out, w.begin);
    if (w.end > w.begin)
      node->kernels->dense->pack(w.end - w.begin, axis->stride,
                                 row + w.first + (int64_t)w.begin * axis->stride,
                                 node->in[0].view->strides[CHANNEL], channels,
                                 out + (uint64_t)w.begin * DENSE_BLOCK);
    zero(out + (uint64_t)w.end * DENSE_BLOCK, part->length - w.end);
  }
}

static void pack(const kerf_node *node, const dense_unit *u, float *patch) {
  const kerf_plan_dense_convolution *detail = node->detail;
  const dense_part *depth = &u->part[0], *height = &u->part[1], *width = &u->part[2];
  const uint64_t length = width->length, plane = height->length * length;
  const uint64_t volume = depth->length * plane;
  const uint64_t apart = depth->sequences * height->sequences * volume;
  for (uint32_t c = 0; c < detail->channels; c += DENSE_BLOCK) {
    const uint32_t left = detail->channels - c, here = left < DENSE_BLOCK ? left : DENSE_BLOCK;
    float *out = patch;
    for (uint32_t sd = 0; sd < depth->sequences; sd++) {
      const sequence d = sequence_of(axis_of(node, 0), depth, sd);
      for (uint32_t sh = 0; sh < height->sequences; sh++) {
        const sequence h = sequence_of(axis_of(node, 1), height, sh);
        for (uint32_t i = 0; i < depth->length; i++)
          for (uint32_t j = 0; j < height->length; j++, out += length * DENSE_BLOCK) {
            if (i < d.begin || i >= d.end || j < h.begin || j >= h.end) {
              for (uint32_t s = 0; s < width->sequences; s++)
                zero(out + s * apart * DENSE_BLOCK, length);
              continue;
            }
            const float *row =
                kerf_element(&node->in[0], c, d.first + (int64_t)i * axis_of(node, 0)->stride,
                             h.first + (int64_t)j * axis_of(node, 1)->stride, 0);
            pack_row(node, u, row, here, apart, out);
          }
      }
    }
    patch += width->sequences * apart * DENSE_BLOCK;
  }
}

/* Where a tap of one axis reads what output 0 of the unit wants, in steps of that axis. */
static uint64_t place_of(const dense_axis *axis, uint32_t tap) {
  return (uint64_t)(tap - tap % axis->period) * axis->dilation / axis->stride;
}

static void find_offsets(const kerf_node *node, const dense_unit *u, uint32_t *offsets) {
  const dense_axis *d = axis_of(node, 0), *h = axis_of(node, 1), *w = axis_of(node, 2);
  const uint64_t row = u->part[2].length, plane = u->part[1].length * row;
  const uint64_t volume = u->part[0].length * plane;
  for (uint32_t i = 0; i < d->taps; i++)
    for (uint32_t j = 0; j < h->taps; j++)
      for (uint32_t k = 0; k < w->taps; k++) {
        const uint64_t s = ((uint64_t)(k % w->period) * u->part[0].sequences + i % d->period) *
                               u->part[1].sequences + j % h->period;
        *offsets++ = (uint32_t)(DENSE_BLOCK * (s * volume + place_of(d, i) * plane +
                                               place_of(h, j) * row + place_of(w, k)));
      }
}

/* Position in the patch of the first output of a run. */
static uint64_t run_begin(const dense_unit *u, const dense_runs *r, uint32_t run) {
  const uint64_t row = u->part[2].length, plane = u->part[1].length * row;
  return run / r->of_plane * plane + run % r->of_plane * row;
}

/* Blocks of filters [first, first + blocks) at all outputs of a unit, which are numbered row by row
 * and plane by plane. */
typedef struct {
  const dense_unit *unit;
  uint32_t first, blocks;
  float *sums;
} group;

/* Neighbouring outputs of a unit from `at` on: as many as are neighbours in all tensors. */
typedef struct {
  uint32_t count;
  uint32_t depth, height, width; /* of the first */
} stretch;

static stretch stretch_at(const dense_convolution *state, const dense_unit *u, uint32_t at) {
  const dense_part *depth = &u->part[0], *height = &u->part[1], *width = &u->part[2];
  const uint32_t row = width->count, plane = height->count * row, w = at % row;
  const int joined = state->stacked && row == state->axis[2].out;
  return (stretch){joined ? plane - at % plane : row - w, depth->begin + at / plane,
                   height->begin + at % plane / row, width->begin + w};
}

static kerf_dense_rows rows_at(const kerf_operand *operand, uint32_t filter, const stretch *s) {
  if (!operand->view) return (kerf_dense_rows){NULL, 0};
  return (kerf_dense_rows){kerf_element(operand, filter, s->depth, s->height, s->width),
                           operand->view->strides[CHANNEL]};
}

/* Stores outputs [at, end). */
static void store(const kerf_node *node, const group *g, const kerf_clamp *clamp, uint32_t at,
                  uint32_t end) {
  const kerf_plan_dense_convolution *detail = node->detail;
  const dense_convolution *state = node->state;
  const float *bias = detail->bias ? kerf_section(node->plan, detail->bias) : NULL;
  const int early = node->op->function == KERF_ADD_THEN_ACTIVATE;
  while (at < end) {
    const stretch s = stretch_at(state, g->unit, at);
    const uint32_t n = s.count < end - at ? s.count : end - at;
    for (uint32_t b = 0; b < g->blocks; b++) {
      const uint32_t first = (g->first + b) * DENSE_BLOCK, left = detail->rows - first;
      const kerf_dense_rows out = rows_at(&node->out, first, &s);
      kerf_dense_rows residual = {NULL, 0};
      if (early) residual = rows_at(&node->in[1], first, &s);
      node->kernels->dense->store(n, left < DENSE_BLOCK ? left : DENSE_BLOCK,
                                  g->sums + b * state->block_sums + (uint64_t)at * DENSE_BLOCK,
                                  bias ? bias + first : NULL, &residual, clamp, &out);
    }
    at += n;
  }
}

/* All products of a group; the outputs of a tile are stored when the last of its products are made,
 * so that the next tile's go on meanwhile. */
static void multiply(const kerf_node *node, const group *g, const uint32_t *offsets,
                     const float *patch) {
  const kerf_plan_dense_convolution *detail = node->detail;
  const dense_convolution *state = node->state;
  const kerf_dense_kernels *kernels = node->kernels->dense;
  const kerf_clamp clamp = kerf_clamp_of(node->op);
  const dense_runs r = kerf_dense_runs(g->unit);
  const uint32_t most = kernels->positions[g->blocks], tiles = (r.count + most - 1) / most;
  const uint64_t filters = (uint64_t)detail->channels * state->taps * DENSE_BLOCK;
  const uint64_t x_step = kerf_patch_positions(g->unit->part) * DENSE_BLOCK;
  const int alone = r.runs * tiles == 1;
  const uint64_t column = (uint64_t)g->blocks * DENSE_BLOCK * state->taps * sizeof(float);
  uint32_t chunk = (uint32_t)(CHUNK_BYTES / column) / DENSE_BLOCK * DENSE_BLOCK;
  if (!chunk) chunk = DENSE_BLOCK;
  if (alone) chunk = detail->channels;
  const float *weights = (const float *)kerf_section(node->plan, detail->weights) + g->first * filters;
  for (uint32_t c = 0; c < detail->channels; c += chunk) {
    const uint32_t left = detail->channels - c, here = left < chunk ? left : chunk;
    const kerf_dense_walk walk = {here, state->taps, offsets, x_step, filters, state->block_sums};
    const float *w = weights + (uint64_t)c * state->taps * DENSE_BLOCK;
    const float *x = patch + c / DENSE_BLOCK * x_step;
    const float *next = alone          ? w + AHEAD
                        : left > chunk ? w + (uint64_t)here * state->taps * DENSE_BLOCK
                                       : weights + g->blocks * filters;
    uint32_t ahead = 0; /* block of which the next weights are prefetched meanwhile */
    for (uint32_t run = 0; run < r.runs; run++)
      for (uint32_t t = 0; t < tiles; t++) {
        const uint32_t begin = (uint32_t)((uint64_t)r.count * t / tiles);
        const uint32_t end = (uint32_t)((uint64_t)r.count * (t + 1) / tiles);
        const uint32_t at = run * r.count + begin;
        kernels->product[g->blocks][end - begin](
            &walk, w, x + (run_begin(g->unit, &r, run) + begin) * DENSE_BLOCK,
            g->sums + (uint64_t)at * DENSE_BLOCK, c > 0, next + ahead * filters);
        if (ahead + 1 < g->blocks) ahead++;
        if (left <= chunk) store(node, g, &clamp, at, at + end - begin);
      }
  }
}

/* What a clamp could not do, to whole rows of what has been stored. */
static void finish(const kerf_node *node, const group *g) {
  const kerf_plan_dense_convolution *detail = node->detail;
  const dense_part *part = g->unit->part;
  const uint32_t count = part[0].count * part[1].count * part[2].count;
  const uint32_t end = (g->first + g->blocks) * DENSE_BLOCK;
  for (uint32_t m = g->first * DENSE_BLOCK; m < end && m < detail->rows; m++)
    for (uint32_t at = 0; at < count;) {
      const stretch s = stretch_at(node->state, g->unit, at);
      kerf_finish_stored(node, s.count, rows_at(&node->in[1], m, &s).data,
                         rows_at(&node->out, m, &s).data);
      at += s.count;
    }
}

static void work(const kerf_node *node, uint32_t index, float *scratch) {
  const dense_convolution *state = node->state;
  const dense_unit *u = &state->units[index];
  float *patch = scratch, *sums = patch + state->patch_floats;
  uint32_t *offsets = (uint32_t *)(sums + state->blocks * state->block_sums);
  const kerf_plan_operator *op = node->op;
  find_offsets(node, u, offsets);
  pack(node, u, patch);
  for (group g = {u, u->first, 0, sums}; g.first < u->last; g.first += g.blocks) {
    const uint32_t left = u->last - g.first;
    g.blocks = left < state->blocks ? left : state->blocks;
    multiply(node, &g, offsets, patch);
    if (op->activation > KERF_CLIP || op->function == KERF_ACTIVATE_THEN_ADD) finish(node, &g);
  }
}

static void release(kerf_node *node) {
  dense_convolution *state = node->state;
  if (state) free(state->units);
  free(state);
}

kerf_status kerf_prepare_dense_convolution(kerf_node *node, kerf_error *error) {
  node->release = release;
  node->work = work;
  return kerf_schedule_dense(node, error);
}
