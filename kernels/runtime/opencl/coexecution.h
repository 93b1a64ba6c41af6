/* One network on two processors: an OpenCL device and the workers of this one, each with activations
 * of its own at the same places, and copies between them. Internal. */
#ifndef KERF_CL_COEXECUTION_H
#define KERF_CL_COEXECUTION_H

#include "engine.h"
#include "node.h"
#include "threads.h"

/* What the workers need; belongs to the network. */
typedef struct {
  kerf_node *nodes; /* one for each operator */
  kerf_pool *pool;
  float *arena, *scratch;
  uint64_t scratch_stride;
} kerf_host_side;

typedef struct kerf_coexecution kerf_coexecution;

/* `steps` are `count` pairs of a kerf_step and an index, as kerf_set_schedule takes them. Both sides
 * have to outlive what is made. */
kerf_status kerf_coexecution_open(kerf_cl_engine *gpu, const kerf_host_side *cpu,
                                  const uint32_t *steps, uint32_t count, kerf_coexecution **made,
                                  kerf_error *error);
void kerf_coexecution_close(kerf_coexecution *c);

uint32_t kerf_coexecution_steps(const kerf_coexecution *c);

/* Takes all steps. `stamps`, where not NULL, gets when each began and ended, in nanoseconds from the
 * start of the run. */
kerf_status kerf_coexecution_run(kerf_coexecution *c, uint64_t *stamps, kerf_error *error);

#endif
