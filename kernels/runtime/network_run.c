/* The public interface: run, time, and tell an emulator what is worked on. */
#include "clock.h"
#include "kerf_emulation.h"
#include "kerf_mark.h"
#include "network.h"
#include "sample.h"

void kerf_forget_counts(const kerf_network *network) {
  if (network->marks) kerf_mark(network->marks, KERF_MARK_COUNT);
}

void kerf_set_sample(kerf_network *network, uint32_t units) { network->sample = units; }

static kerf_sample sample_of(const kerf_network *network, uint32_t index) {
  return kerf_sample_of(network->nodes[index].units, network->sample, network->threads);
}

/* Whether the workers have the operator. */
static int has_node(const kerf_network *network, uint32_t index) {
  return network->nodes && index < kerf_operator_count(network);
}

uint32_t kerf_operator_units(const kerf_network *network, uint32_t index) {
  return has_node(network, index) ? network->nodes[index].units : 0;
}

uint32_t kerf_counted_units(const kerf_network *network, uint32_t index) {
  if (!has_node(network, index)) return 0;
  const kerf_sample sample = sample_of(network, index);
  return kerf_sample_counted(&sample);
}

/* A worker's part of an operator. */
static void work_on_all(kerf_node *node, float *scratch) {
  uint32_t unit;
  while ((unit = atomic_fetch_add_explicit(&node->next, 1, memory_order_relaxed)) < node->units)
    node->work(node, unit, scratch);
}

static void work_on_sample(kerf_network *network, uint32_t index, const kerf_sample *sample,
                           float *scratch) {
  kerf_node *node = &network->nodes[index];
  const uint32_t run = kerf_sample_run(sample);
  uint32_t next;
  while ((next = atomic_fetch_add_explicit(&node->next, 1, memory_order_relaxed)) < run) {
    int counts;
    const uint32_t unit = kerf_sample_unit(sample, next, &counts);
    kerf_mark(network->marks, counts ? KERF_MARK_OPERATOR + index : KERF_MARK_WARM);
    node->work(node, unit, scratch);
  }
}

/* What every worker does in one call of the network. */
static void run_all(void *context, uint32_t worker) {
  kerf_network *network = context;
  const uint32_t operators = network->plan.header->operators;
  float *scratch = network->scratch + worker * network->scratch_stride;
  for (uint32_t i = 0; i < operators; i++) {
    const kerf_sample sample = sample_of(network, i);
    kerf_mark(network->marks, KERF_MARK_OPERATOR + i);
    if (sample.windows > 1) work_on_sample(network, i, &sample, scratch);
    else work_on_all(&network->nodes[i], scratch);
    kerf_mark(network->marks, KERF_MARK_IDLE);
    kerf_pool_barrier(network->pool);
    if (network->profiling && !worker) network->stamps[i + 1] = kerf_now();
  }
}

kerf_status kerf_run(kerf_network *network) {
  kerf_error failure = kerf_failure_of(network);
  if (kerf_on_device(network)) return kerf_cl_engine_run(network->opencl, &failure);
  if (network->opencl) return kerf_run_shared(network, NULL);
  for (uint32_t i = 0; i < network->plan.header->operators; i++)
    atomic_store_explicit(&network->nodes[i].next, 0, memory_order_relaxed);
  kerf_pool_run(network->pool, run_all, network);
  return KERF_OK;
}

kerf_status kerf_measure(kerf_network *network, uint32_t calls, uint64_t *nanoseconds) {
  if (calls && !nanoseconds) return KERF_ERROR_ARGUMENT;
  kerf_status status = KERF_OK;
  for (uint32_t i = 0; !status && i < calls; i++) {
    const uint64_t begin = kerf_now();
    status = kerf_run(network);
    nanoseconds[i] = kerf_now() - begin;
  }
  return status;
}

kerf_status kerf_profile(kerf_network *network, uint64_t *nanoseconds) {
  if (!nanoseconds) return KERF_ERROR_ARGUMENT;
  kerf_error failure = kerf_failure_of(network);
  if (kerf_on_device(network))
    return kerf_cl_engine_profile(network->opencl, nanoseconds, &failure);
  if (network->opencl)
    return kerf_fail(&failure, KERF_ERROR_ARGUMENT, "networks on both processors are traced");
  network->profiling = 1;
  network->stamps[0] = kerf_now();
  kerf_run(network);
  network->profiling = 0;
  for (uint32_t i = 0; i < network->plan.header->operators; i++)
    nanoseconds[i] = network->stamps[i + 1] - network->stamps[i];
  return KERF_OK;
}
