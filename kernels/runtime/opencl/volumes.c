/* Operators of which a work item has one position of an output volume: pools, interpolation, local
 * response normalization; and the clearing of padding. */
#include <stdlib.h>
#include <string.h>

#include "engine.h"

/* A launch over all positions of the output. */
static void add_volume(const kerf_cl_site *site, const char *source, const char *kernel,
                       uint64_t work, const cl_mem *tables, const void *arguments, size_t bytes) {
  const uint32_t *extents = site->out.view->extents;
  kerf_cl_launch launch = {
      .source = source,
      .kernel = kernel,
      .options = kerf_cl_functions(site->op),
      .items = {extents[WIDTH], extents[HEIGHT], extents[CHANNEL] * extents[DEPTH]},
      .work = work,
      .arguments = arguments,
      .argument_bytes = bytes,
  };
  cl_mem *next = launch.buffers;
  *next++ = kerf_cl_buffer_of(site->engine, site->in[0].view);
  if (tables) {
    *next++ = tables[0];
    *next++ = tables[1];
  }
  *next = site->engine->arena;
  kerf_cl_add(site, &launch);
}

void kerf_cl_add_pool(const kerf_cl_site *site) {
  const kerf_plan_pool *pool = site->detail;
  const kerf_cl_pool arguments = {
      .pool = *pool,
      .in = kerf_cl_volume_of(site->in[0].view),
      .out = kerf_cl_volume_of(site->out.view),
      .function = site->op->function,
      .activation = kerf_cl_activation_of(site->op),
  };
  const uint64_t window = (uint64_t)pool->kernel[0] * pool->kernel[1] * pool->kernel[2];
  add_volume(site, "pool.cl", "pool", window, NULL, &arguments, sizeof arguments);
}

void kerf_cl_add_lrn(const kerf_cl_site *site) {
  const kerf_cl_lrn arguments = {
      .lrn = *(const kerf_plan_lrn *)site->detail,
      .in = kerf_cl_volume_of(site->in[0].view),
      .out = kerf_cl_volume_of(site->out.view),
      .activation = kerf_cl_activation_of(site->op),
  };
  add_volume(site, "lrn.cl", "lrn", arguments.lrn.size, NULL, &arguments, sizeof arguments);
}

void kerf_cl_add_resample(const kerf_cl_site *site) {
  const kerf_plan_resample *detail = site->detail;
  kerf_cl_engine *e = site->engine;
  kerf_cl_resample arguments = {
      .in = kerf_cl_volume_of(site->in[0].view),
      .out = kerf_cl_volume_of(site->out.view),
      .activation = kerf_cl_activation_of(site->op),
  };
  uint64_t entries = 0;
  for (uint32_t axis = 0; axis < 3; axis++) {
    arguments.taps[axis] = detail->taps[axis];
    arguments.start[axis] = (uint32_t)entries;
    entries += (uint64_t)detail->taps[axis] * site->out.view->extents[DEPTH + axis];
  }
  uint32_t *positions = malloc(entries * sizeof *positions);
  float *weights = malloc(entries * sizeof *weights);
  if (positions && weights) {
    for (uint32_t axis = 0; axis < 3; axis++) {
      const size_t bytes =
          (size_t)detail->taps[axis] * site->out.view->extents[DEPTH + axis] * sizeof(uint32_t);
      const uint32_t start = arguments.start[axis];
      memcpy(positions + start, kerf_section(e->plan, detail->positions[axis]), bytes);
      memcpy(weights + start, kerf_section(e->plan, detail->weights[axis]), bytes);
    }
    const cl_mem tables[] = {
        kerf_cl_upload(e, "positions", positions, entries * sizeof *positions),
        kerf_cl_upload(e, "weights of positions", weights, entries * sizeof *weights),
    };
    const uint64_t taps = (uint64_t)detail->taps[0] * detail->taps[1] * detail->taps[2];
    add_volume(site, "resample.cl", "resample", taps, tables, &arguments, sizeof arguments);
  } else {
    e->status = kerf_fail(e->error, KERF_ERROR_MEMORY, "no memory for a table");
  }
  free(positions);
  free(weights);
}

/* Work items that share the gap behind a row. */
enum { SHARERS = 16 };

void kerf_cl_add_clear(const kerf_cl_site *site) {
  const kerf_plan_clear *detail = site->detail;
  const uint32_t *extents = site->out.view->extents;
  const uint32_t rows = extents[CHANNEL] * extents[DEPTH] * extents[HEIGHT];
  const kerf_cl_clear arguments = {
      .volume = kerf_cl_volume_of(site->out.view),
      .lead = (uint32_t)detail->lead,
      .trail = (uint32_t)detail->trail,
  };
  kerf_cl_add(site, &(kerf_cl_launch){
                        .source = "clear.cl",
                        .kernel = "clear",
                        .options = "",
                        .items = {SHARERS, rows + 1, 1},
                        .buffers = {site->engine->arena},
                        .arguments = &arguments,
                        .argument_bytes = sizeof arguments,
                    });
}
