#include "transfer.h"

#include <string.h>

uint64_t kerf_elements(const kerf_plan_tensor *view) {
  uint64_t product = 1;
  for (uint32_t axis = 0; axis < view->rank; axis++) product *= view->extents[axis];
  return product;
}

/* Moves `n` neighbours of the packed side, which lie `step` apart on the other. */
static void move_run(uint64_t n, float *data, int64_t step, float *packed, int into_packed) {
  if (step == 1) {
    if (into_packed) memcpy(packed, data, n * sizeof *data);
    else memcpy(data, packed, n * sizeof *data);
  } else if (into_packed) {
    for (uint64_t i = 0; i < n; i++) packed[i] = data[(int64_t)i * step];
  } else {
    for (uint64_t i = 0; i < n; i++) data[(int64_t)i * step] = packed[i];
  }
}

static void move(const kerf_plan_tensor *view, float *data, float *packed, int into_packed) {
  /* The last axes, as long as they lie one step apart throughout, are one run. */
  uint32_t outer = view->rank;
  uint64_t run = 1;
  int64_t step = 1;
  while (outer > 0) {
    const uint32_t extent = view->extents[outer - 1];
    const int64_t stride = view->strides[outer - 1];
    if (run == 1) step = stride;
    else if (extent > 1 && stride != (int64_t)run * step) break;
    run *= extent;
    outer--;
  }
  uint32_t position[KERF_MAX_RANK] = {0};
  for (;;) {
    move_run(run, data, step, packed, into_packed);
    packed += run;
    uint32_t axis = outer;
    for (;;) { /* to the next position of the outer axes, as an odometer turns */
      if (!axis--) return;
      data += view->strides[axis];
      if (++position[axis] < view->extents[axis]) break;
      data -= (int64_t)view->extents[axis] * view->strides[axis];
      position[axis] = 0;
    }
  }
}

void kerf_unpack(const kerf_plan_tensor *view, float *data, const float *packed) {
  move(view, data, (float *)packed, 0);
}

void kerf_pack(const kerf_plan_tensor *view, const float *data, float *packed) {
  move(view, (float *)data, packed, 1);
}
