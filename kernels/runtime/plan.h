/* A mapped plan file. Internal; the format is in kerf_plan.h. */
#ifndef KERF_RUNTIME_PLAN_H
#define KERF_RUNTIME_PLAN_H

#include <stdint.h>

#include "error.h"
#include "kerf_plan.h"

typedef struct {
  const uint8_t *bytes;
  uint64_t size;
  const kerf_plan_header *header;
  const kerf_plan_tensor *tensors;
  const kerf_plan_operator *operators;
  const kerf_plan_value *inputs, *outputs;
} kerf_plan;

kerf_status kerf_plan_load(const char *path, kerf_plan *plan, kerf_error *error);

/* Sets the tables. Nothing else of a plan may be used before this has found it good: then no
 * offset or size in the tables leads outside the file or the arena. */
kerf_status kerf_plan_check(kerf_plan *plan, kerf_error *error);

void kerf_plan_free(kerf_plan *plan);

static inline const void *kerf_section(const kerf_plan *plan, uint64_t offset) {
  return plan->bytes + offset;
}

#endif
