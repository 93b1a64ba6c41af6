/* Convolutions: lists of kept columns become offsets, one list for all blocks of channels, and
 * weights follow in the same order, so that a work item walks both from one end to the other. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "matrix_blocks.h"

static kerf_cl_epilogue epilogue_of(const kerf_cl_site *site, int has_bias) {
  kerf_cl_epilogue e = {
      .activation = kerf_cl_activation_of(site->op),
      .has_bias = (uint32_t)has_bias,
      .has_residual = site->in[1].view != NULL,
      .order = site->op->function,
      .out_base = (uint32_t)site->out.view->base,
  };
  for (uint32_t i = 0; i < 3; i++) e.out_strides[i] = (int32_t)site->out.view->strides[i];
  if (!e.has_residual) return e;
  e.residual_base = (uint32_t)site->in[1].view->base;
  for (uint32_t i = 0; i < 3; i++) e.residual_strides[i] = (int32_t)site->in[1].view->strides[i];
  return e;
}

/* Whether the positions of a channel lie side by side, for steps as in a volume. */
static int is_compact(const uint32_t extents[3], int32_t plane, int32_t row) {
  const int32_t width = (int32_t)extents[2], height = (int32_t)extents[1];
  return (extents[1] == 1 || row == width) && (extents[0] == 1 || plane == width * height);
}

/* Positions of an output of `extents`; one long row where nothing lies between rows. */
static kerf_cl_positions positions_of(const kerf_cl_site *site, const uint32_t extents[3],
                                      int64_t origin, const kerf_cl_epilogue *e) {
  const kerf_plan_tensor *in = site->in[0].view;
  kerf_cl_positions p = {
      .depth = extents[0],
      .height = extents[1],
      .width = extents[2],
      .base = (uint32_t)((int64_t)in->base + origin),
      .plane = (int32_t)in->strides[DEPTH],
      .row = (int32_t)in->strides[HEIGHT],
  };
  if (is_compact(extents, p.plane, p.row) &&
      is_compact(extents, e->out_strides[1], e->out_strides[2]) &&
      (!e->has_residual || is_compact(extents, e->residual_strides[1], e->residual_strides[2]))) {
    p.width *= p.height * p.depth;
    p.height = p.depth = 1;
  }
  return p;
}

void kerf_cl_add_convolution(const kerf_cl_site *site) {
  const kerf_plan_convolution *detail = site->detail;
  const kerf_plan *plan = site->engine->plan;
  if (detail->pool_kernel[0]) {
    kerf_cl_refuse(site, "has a pool fused behind it");
    return;
  }
  kerf_cl_matrix m;
  const int32_t *taps = kerf_section(plan, detail->tap_offsets);
  if (!kerf_cl_matrix_open(site->engine, &detail->matrix, taps, detail->channel_step, &m)) return;
  kerf_cl_convolution arguments = {.epilogue = epilogue_of(site, detail->matrix.bias != 0)};
  arguments.positions = positions_of(site, detail->extents, m.origin, &arguments.epilogue);
  const kerf_cl_positions *p = &arguments.positions;
  const uint32_t at_once = p->width < 3 ? 1 : 4;
  const uint32_t pieces = (p->width + at_once - 1) / at_once * p->height * p->depth;
  for (uint32_t rows = KERF_MAX_BLOCK_ROWS; rows > 0; rows /= 2) {
    char options[96];
    snprintf(options, sizeof options, "-DROWS=%u -DPOSITIONS=%u %s", rows, at_once,
             kerf_cl_functions(site->op));
    const kerf_cl_block_group group = kerf_cl_matrix_blocks(site->engine, &m, rows);
    if (!group.count) continue;
    arguments.blocks = group.count;
    kerf_cl_add(site, &(kerf_cl_launch){
                          .source = "convolution.cl",
                          .kernel = "convolution",
                          .options = options,
                          .items = {pieces, group.count, 1},
                          .work = group.columns,
                          .buffers = {site->engine->arena, m.weights, m.columns, group.blocks,
                                      m.order, m.bias, site->engine->arena},
                          .arguments = &arguments,
                          .argument_bytes = sizeof arguments,
                      });
  }
  kerf_cl_matrix_close(&m);
}

void kerf_cl_add_depthwise(const kerf_cl_site *site) {
  const kerf_plan_depthwise *detail = site->detail;
  kerf_cl_engine *e = site->engine;
  const kerf_plan *plan = e->plan;
  const uint32_t channels = site->out.view->extents[CHANNEL];
  kerf_cl_depthwise arguments = {
      .epilogue = epilogue_of(site, detail->bias != 0),
      .channels = channels,
      .multiplier = detail->multiplier,
      .taps = detail->taps,
      .channel_step = (int32_t)detail->channel_step,
  };
  arguments.positions =
      positions_of(site, site->out.view->extents + DEPTH, 0, &arguments.epilogue);
  const kerf_cl_positions *p = &arguments.positions;
  const cl_mem weights = kerf_cl_upload_elements(
      e, "weights", kerf_section(plan, detail->weights), (uint64_t)channels * detail->taps);
  const cl_mem taps = kerf_cl_upload(e, "kernel positions", kerf_section(plan, detail->tap_offsets),
                                     detail->taps * sizeof(int32_t));
  const cl_mem bias =
      detail->bias ? kerf_cl_upload(e, "biases", kerf_section(plan, detail->bias),
                                    channels * sizeof(float))
                   : taps;
  kerf_cl_add(site, &(kerf_cl_launch){
                        .source = "depthwise.cl",
                        .kernel = "depthwise",
                        .options = kerf_cl_functions(site->op),
                        .items = {(p->width + 3) / 4 * p->height * p->depth, channels, 1},
                        .work = detail->taps,
                        .buffers = {e->arena, weights, taps, bias, e->arena},
                        .arguments = &arguments,
                        .argument_bytes = sizeof arguments,
                    });
}
