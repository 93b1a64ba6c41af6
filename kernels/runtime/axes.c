#include "axes.h"

#include <stdlib.h>

enum { UNIT_FLOATS = 4096, UNITS_PER_THREAD = 8 };

static void swap(kerf_axes *axes, uint32_t i, uint32_t j) {
  const uint64_t extent = axes->extents[i];
  axes->extents[i] = axes->extents[j];
  axes->extents[j] = extent;
  for (uint32_t k = 0; k < axes->operands; k++) {
    const int64_t stride = axes->strides[k][i];
    axes->strides[k][i] = axes->strides[k][j];
    axes->strides[k][j] = stride;
  }
}

void kerf_axes_remove(kerf_axes *axes, uint32_t axis) {
  for (; axis + 1 < axes->rank; axis++) swap(axes, axis, axis + 1);
  axes->rank--;
}

static int one_step(const kerf_axes *axes, uint32_t outer) {
  for (uint32_t k = 0; k < axes->operands; k++)
    if (axes->strides[k][outer] !=
        axes->strides[k][outer + 1] * (int64_t)axes->extents[outer + 1])
      return 0;
  return 1;
}

void kerf_axes_tidy(kerf_axes *axes) {
  for (uint32_t i = axes->rank; i-- > 0;)
    if (axes->extents[i] == 1) kerf_axes_remove(axes, i);
  for (uint32_t i = 1; i < axes->rank; i++)
    for (uint32_t j = i; j > 0 && llabs(axes->strides[0][j]) > llabs(axes->strides[0][j - 1]); j--)
      swap(axes, j, j - 1);
  for (uint32_t i = axes->rank; i-- > 1;) {
    if (!one_step(axes, i - 1)) continue;
    axes->extents[i] *= axes->extents[i - 1];
    kerf_axes_remove(axes, i - 1);
  }
  if (axes->rank) return;
  axes->rank = 1; /* one value, as a row of one */
  axes->extents[0] = 1;
  for (uint32_t k = 0; k < axes->operands; k++) axes->strides[k][0] = 1;
}

kerf_axes kerf_axes_of(uint32_t operands, const kerf_operand *const *views, uint32_t without) {
  kerf_axes axes = {.operands = operands};
  for (uint32_t i = 0; i < views[0]->view->rank; i++) {
    if (i == without) continue;
    axes.extents[axes.rank] = views[0]->view->extents[i];
    for (uint32_t k = 0; k < operands; k++)
      axes.strides[k][axes.rank] = views[k]->view->strides[i];
    axes.rank++;
  }
  kerf_axes_tidy(&axes);
  return axes;
}

uint64_t kerf_axes_positions(const kerf_axes *axes, uint32_t rank) {
  uint64_t positions = 1;
  for (uint32_t i = 0; i < rank; i++) positions *= axes->extents[i];
  return positions;
}

kerf_cursor kerf_cursor_at(const kerf_axes *axes, uint32_t rank, uint64_t position) {
  kerf_cursor cursor = {.axes = axes, .rank = rank};
  for (uint32_t i = rank; i-- > 0;) {
    cursor.at[i] = position % axes->extents[i];
    position /= axes->extents[i];
    for (uint32_t k = 0; k < axes->operands; k++)
      cursor.offsets[k] += (int64_t)cursor.at[i] * axes->strides[k][i];
  }
  return cursor;
}

uint32_t kerf_units_for(uint64_t items, uint64_t floats, uint32_t threads) {
  const uint64_t most = (uint64_t)threads * UNITS_PER_THREAD;
  uint64_t units = floats / UNIT_FLOATS;
  if (units > most) units = most;
  if (units > items) units = items;
  return units ? (uint32_t)units : 1;
}
