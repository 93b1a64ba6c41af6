/* The public interface of networks on both processors. */
#include "network.h"

kerf_status kerf_set_schedule(kerf_network *network, const uint32_t *steps, uint32_t count) {
  kerf_error failure = kerf_failure_of(network);
  if (!steps || !network->opencl || kerf_on_device(network))
    return kerf_fail(&failure, KERF_ERROR_ARGUMENT, "schedules are for networks on both processors");
  const kerf_host_side host = {network->nodes, network->pool, network->arena, network->scratch,
                               network->scratch_stride};
  kerf_coexecution_close(network->coexecution);
  return kerf_coexecution_open(network->opencl, &host, steps, count, &network->coexecution,
                               &failure);
}

kerf_status kerf_run_shared(kerf_network *network, uint64_t *stamps) {
  kerf_error failure = kerf_failure_of(network);
  if (network->coexecution) return kerf_coexecution_run(network->coexecution, stamps, &failure);
  return kerf_fail(&failure, KERF_ERROR_ARGUMENT, "no schedule is set that divides the network");
}

kerf_status kerf_trace(kerf_network *network, uint64_t *stamps) {
  kerf_error failure = kerf_failure_of(network);
  if (stamps && network->opencl && !kerf_on_device(network)) return kerf_run_shared(network, stamps);
  return kerf_fail(&failure, KERF_ERROR_ARGUMENT, "traces are of networks on both processors");
}
