#include "sample.h"

#define WINDOWS 4u

kerf_sample kerf_sample_of(uint32_t units, uint32_t wanted, uint32_t threads) {
  const kerf_sample all = {units, 1, units, 0};
  if (!wanted) return all;
  const uint32_t counted = (uint32_t)(((uint64_t)wanted + WINDOWS - 1) / WINDOWS);
  const uint64_t warm = counted / 2 > threads ? counted / 2 : threads, length = warm + counted;
  if (length * WINDOWS >= units) return all;
  return (kerf_sample){units, WINDOWS, (uint32_t)length, (uint32_t)warm};
}

uint32_t kerf_sample_unit(const kerf_sample *s, uint32_t index, int *counts) {
  const uint32_t window = index / s->length, at = index % s->length;
  *counts = at >= s->warm;
  if (s->windows == 1) return at;
  return (uint32_t)((uint64_t)(s->units - s->length) * window / (s->windows - 1)) + at;
}
