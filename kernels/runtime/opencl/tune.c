/* Sizes of work groups. The fastest of a few is found by trying, once for each kernel and shape, and
 * kept; without that a size that is fair everywhere. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "engine.h"
#include "watch.h"

enum { FAIR_ITEMS = 64, TRIALS = 3 };

/* Times from which on one trial is enough: nanoseconds. */
#define LONG_TIME 20000000u

/* Teams add up by halves, so they have a power of two of members. */
static int fits(const kerf_cl_device *d, const kerf_cl_step *step, size_t x, size_t y) {
  return x && y && x <= d->most_items[0] && y <= d->most_items[1] && x * y <= step->most &&
         x * y <= d->most_group && x * y * step->local_floats * sizeof(float) <= d->local_bytes &&
         !(step->team && (y & (y - 1)));
}

/* One, a few or all of `all` items, for n that there are: of three sizes only, since some drivers
 * compile a kernel anew for each. */
static size_t share_of(uint32_t n, size_t all) {
  const size_t few = all > 8 ? all / 8 : 1;
  return n <= 1 ? 1 : n <= 2 * few ? few : all;
}

/* A team has as many members as its second index has items; others fill up the first index first.
 * The other index has the rest. */
void kerf_cl_default_group(const kerf_cl_device *d, kerf_cl_step *step) {
  size_t items = FAIR_ITEMS;
  while (items > 1 && !fits(d, step, items, 1)) items /= 2;
  const uint32_t first = step->team ? 1 : 0;
  step->group[first] = share_of(step->items[first], items);
  step->group[1 - first] = step->items[1 - first] > 1 ? items / step->group[first] : 1;
  step->group[2] = 1;
}

cl_int kerf_cl_timed_queue(kerf_cl_engine *e) {
  cl_int code = CL_SUCCESS;
  if (!e->timed)
    e->timed = kerf_cl.clCreateCommandQueue(e->device->context, e->device->id,
                                            CL_QUEUE_PROFILING_ENABLE, &code);
  return code;
}

cl_int kerf_cl_time(cl_event event, uint64_t *nanoseconds) {
  cl_ulong begin = 0, end = 0;
  cl_int code = kerf_cl.clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_START, sizeof begin,
                                                &begin, NULL);
  if (!code)
    code = kerf_cl.clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_END, sizeof end, &end, NULL);
  kerf_cl.clReleaseEvent(event);
  *nanoseconds = end > begin ? end - begin : 0;
  return code;
}

/* One time; none where a driver refuses the size, or the caller wants no more. */
static uint64_t time_once(kerf_cl_engine *e, const kerf_cl_step *step) {
  cl_event event;
  uint64_t ns;
  if (kerf_watch_stopped(e->watch)) return UINT64_MAX;
  if (kerf_cl_enqueue(e->timed, step, &event)) return UINT64_MAX;
  const cl_int code = kerf_cl.clFinish(e->timed);
  return kerf_cl_time(event, &ns) || code ? UINT64_MAX : ns;
}

/* The shortest of some times; of one where that is long, or far from `best` already. */
static uint64_t time_of(kerf_cl_engine *e, const kerf_cl_step *step, uint64_t best) {
  uint64_t least = time_once(e, step);
  for (uint32_t i = 0; i < TRIALS && least < LONG_TIME && least / 2 < best; i++) {
    const uint64_t ns = time_once(e, step);
    if (ns < least) least = ns;
  }
  return least;
}

static void try_sizes(kerf_cl_engine *e, kerf_cl_step *step) {
  uint64_t least = time_of(e, step, UINT64_MAX);
  kerf_cl_step trial = *step;
  for (size_t items = 32; items <= 256; items *= 2)
    for (size_t y = 1; y <= items; y *= 2) {
      const size_t x = items / y;
      if (!fits(e->device, step, x, y) || x / 2 >= step->items[0] || y / 2 >= step->items[1] ||
          (step->team && x > 1 && y > 1))
        continue;
      trial.group[0] = x;
      trial.group[1] = y;
      const uint64_t ns = time_of(e, &trial, least);
      if (ns >= least) continue;
      least = ns;
      step->group[0] = x;
      step->group[1] = y;
    }
}

/* Takes the size of an equal step before it; 0 where there is none. */
static int copy_equal(const kerf_cl_engine *e, kerf_cl_step *step) {
  for (const kerf_cl_step *s = e->steps; s < step; s++)
    if (s->hash == step->hash) {
      memcpy(step->group, s->group, sizeof step->group);
      return 1;
    }
  return 0;
}

/* Takes the size that an earlier process found; 0 where there is none. */
static int recall(const kerf_cl_engine *e, kerf_cl_step *step) {
  size_t bytes, x, y;
  char *text = (char *)kerf_cache_read(e->choice.folder, step->hash, "group", &bytes);
  const int found = text && sscanf(text, "%zu %zu", &x, &y) == 2 &&
                    fits(e->device, step, x, y);
  if (found) step->group[0] = x, step->group[1] = y;
  free(text);
  return found;
}

kerf_status kerf_cl_tune(kerf_cl_engine *e, kerf_error *error) {
  if (e->choice.untuned) return KERF_OK;
  const cl_int code = kerf_cl_timed_queue(e);
  if (code) return kerf_cl_fail(e->device, "make a queue that takes times", code, error);
  for (uint32_t i = 0; i < e->step_count; i++) {
    kerf_cl_step *step = &e->steps[i];
    kerf_watch_tell(e->watch, KERF_STAGE_TUNE, i, e->step_count);
    if (copy_equal(e, step) || recall(e, step)) continue;
    try_sizes(e, step);
    /* What was tried by halves is not kept. */
    const kerf_status status = kerf_cl_go_on(e, "trying sizes of work groups", error);
    if (status) return status;
    char text[64];
    const int length = snprintf(text, sizeof text, "%zu %zu\n", step->group[0], step->group[1]);
    kerf_cache_write(e->choice.folder, step->hash, "group", text, (size_t)length);
  }
  return KERF_OK;
}
