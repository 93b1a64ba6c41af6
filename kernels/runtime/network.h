/* A network that is open: on the workers, on an OpenCL device, or on both. Internal. */
#ifndef KERF_NETWORK_H
#define KERF_NETWORK_H

#include "kerf.h"
#include "opencl/coexecution.h"

struct kerf_network {
  kerf_plan plan;
  kerf_pool *pool;
  float *arena;
  uint64_t arena_bytes;
  kerf_node *nodes;
  char **names; /* of the operators, the inputs and the outputs */
  float *scratch; /* one stretch for each worker */
  uint64_t scratch_stride;
  uint64_t *stamps; /* of the operators' ends */
  int profiling;    /* whether stamps are wanted */
  uint8_t *marks;   /* where an emulator is told what is worked on */
  uint32_t threads, sample; /* units that are wanted of each operator, 0 for all */
  kerf_cl_engine *opencl; /* runs it instead of the workers, or with them; NULL where those do */
  kerf_coexecution *coexecution; /* who does what when both do; NULL until a schedule is set */
  char *isa;              /* of which the engine keeps parts */
  char *failure;          /* of KERF_FAILURE_BYTES */
};

enum { KERF_FAILURE_BYTES = 1024 };

static inline kerf_error kerf_failure_of(const kerf_network *network) {
  return (kerf_error){network->failure, KERF_FAILURE_BYTES};
}

/* Whether the workers have no part in it. */
static inline int kerf_on_device(const kerf_network *network) {
  return network->opencl && !network->nodes;
}

/* Where a view begins, of a network that the workers have a part in. */
static inline float *kerf_floats_of(const kerf_network *network, const kerf_plan_tensor *view) {
  const float *constants = kerf_section(&network->plan, network->plan.header->constants);
  return (view->space == KERF_SPACE_ARENA ? network->arena : (float *)constants) + view->base;
}

/* One run on both processors; `stamps` as kerf_trace gives them, or NULL. */
kerf_status kerf_run_shared(kerf_network *network, uint64_t *stamps);

#endif
