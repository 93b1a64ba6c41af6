/* Which units of an operator stand for all, where an emulator cannot run them all. Internal. */
#ifndef KERF_SAMPLE_H
#define KERF_SAMPLE_H

#include <stdint.h>

/* Stretches of units, spread over the operator from its first to its last. The first units of each
 * only warm the caches up. */
typedef struct {
  uint32_t units;  /* of the operator */
  uint32_t windows, length, warm;
} kerf_sample;

/* A sample of about `wanted` units; all, when that is nearly all anyway, or 0 are wanted. */
kerf_sample kerf_sample_of(uint32_t units, uint32_t wanted, uint32_t threads);

/* Units that are run. */
static inline uint32_t kerf_sample_run(const kerf_sample *s) { return s->windows * s->length; }

/* Those of them that count. */
static inline uint32_t kerf_sample_counted(const kerf_sample *s) {
  return s->windows * (s->length - s->warm);
}

/* The unit to run at `index`, and whether it counts. */
uint32_t kerf_sample_unit(const kerf_sample *s, uint32_t index, int *counts);

#endif
