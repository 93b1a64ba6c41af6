/* The public interface: open, run, time, close. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kerf.h"
#include "node.h"
#include "pages.h"
#include "threads.h"

struct kerf_network {
  kerf_plan plan;
  kerf_pool *pool;
  float *arena;
  uint64_t arena_bytes;
  kerf_node *nodes;
  char **names;
  float *scratch; /* one stretch for each worker */
  uint64_t scratch_stride;
  uint64_t *stamps; /* of the operators' ends, while profiling */
};

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint32_t kerf_abi_version(void) { return KERF_ABI_VERSION; }

const char *kerf_best_isa(void) { return kerf_find_kernels(NULL)->name; }

void kerf_close(kerf_network *network) {
  if (!network) return;
  if (network->pool) kerf_pool_close(network->pool);
  const uint32_t operators = network->nodes ? network->plan.header->operators : 0;
  for (uint32_t i = 0; i < operators; i++) {
    kerf_node *node = &network->nodes[i];
    kerf_matrix_free(&node->matrix);
    if (node->op && node->op->kind == KERF_OP_CONVOLUTION) kerf_release_convolution(node);
    free(node->state);
    if (network->names) free(network->names[i]);
  }
  free(network->names);
  free(network->nodes);
  free(network->scratch);
  free(network->stamps);
  kerf_pages_close(network->arena, network->arena_bytes);
  kerf_plan_free(&network->plan);
  free(network);
}

static kerf_status prepare(kerf_network *network, uint32_t threads, const kerf_kernels *kernels,
                           kerf_error *error) {
  const kerf_plan *plan = &network->plan;
  const uint32_t operators = plan->header->operators;
  network->arena_bytes = plan->header->arena_floats * sizeof(float);
  network->arena = kerf_pages_open(network->arena_bytes);
  if (!network->arena)
    return kerf_fail(error, KERF_ERROR_MEMORY, "no memory for activations of %llu bytes",
                     (unsigned long long)network->arena_bytes);
  network->nodes = calloc(operators, sizeof *network->nodes);
  network->names = calloc(operators, sizeof *network->names);
  network->stamps = calloc((size_t)operators + 1, sizeof *network->stamps);
  if (!network->nodes || !network->names || !network->stamps)
    return kerf_fail(error, KERF_ERROR_MEMORY, "no memory for %u operators", operators);
  uint64_t scratch = 16;
  for (uint32_t i = 0; i < operators; i++) {
    kerf_node *node = &network->nodes[i];
    node->plan = plan;
    node->op = &plan->operators[i];
    node->in = &plan->tensors[node->op->input];
    node->out = &plan->tensors[node->op->output];
    node->kernels = kernels;
    node->arena = network->arena;
    network->names[i] = strndup(kerf_section(plan, node->op->name), node->op->name_bytes);
    if (!network->names[i]) return kerf_fail(error, KERF_ERROR_MEMORY, "no memory for a name");
    const kerf_status status =
        node->op->kind == KERF_OP_CONVOLUTION       ? kerf_prepare_convolution(node, threads, error)
        : node->op->kind == KERF_OP_FULLY_CONNECTED ? kerf_prepare_fully_connected(node, error)
                                                    : kerf_prepare_elementwise(node);
    if (status) return status;
    if (node->scratch_floats > scratch) scratch = node->scratch_floats;
  }
  network->scratch_stride = (scratch + 1023) / 1024 * 1024;
  network->scratch = aligned_alloc(4096, network->scratch_stride * threads * sizeof(float));
  if (!network->scratch) return kerf_fail(error, KERF_ERROR_MEMORY, "no memory for scratch");
  network->pool = kerf_pool_open(threads);
  if (!network->pool) return kerf_fail(error, KERF_ERROR_MEMORY, "cannot start %u threads", threads);
  return KERF_OK;
}

kerf_status kerf_open(const char *path, uint32_t threads, const char *isa, kerf_network **network,
                      char *text, size_t text_bytes) {
  kerf_error error = {text, text_bytes};
  if (text && text_bytes) *text = 0;
  if (network) *network = NULL;
  if (!network || !path || !threads || threads > 1024)
    return kerf_fail(&error, KERF_ERROR_ARGUMENT, "a path and 1 to 1024 threads are needed");
  const kerf_kernels *kernels = kerf_find_kernels(isa && *isa ? isa : NULL);
  if (!kernels)
    return kerf_fail(&error, KERF_ERROR_ISA, "no kernels \"%s\" for this processor; the best are \"%s\"",
                     isa, kerf_best_isa());
  kerf_network *made = calloc(1, sizeof *made);
  if (!made) return kerf_fail(&error, KERF_ERROR_MEMORY, "no memory");
  kerf_status status = kerf_plan_load(path, &made->plan, &error);
  if (!status) status = kerf_plan_check(&made->plan, &error);
  if (!status) status = prepare(made, threads, kernels, &error);
  if (status) {
    kerf_close(made);
    return status;
  }
  *network = made;
  return KERF_OK;
}

static const kerf_plan_tensor *input_of(const kerf_network *network) {
  return &network->plan.tensors[network->plan.header->input];
}

static const kerf_plan_tensor *output_of(const kerf_network *network) {
  return &network->plan.tensors[network->plan.header->output];
}

static uint64_t floats_of(const kerf_plan_tensor *t) {
  return (uint64_t)t->channels * t->depth * t->height * t->width;
}

uint64_t kerf_input_floats(const kerf_network *network) { return floats_of(input_of(network)); }
uint64_t kerf_output_floats(const kerf_network *network) { return floats_of(output_of(network)); }
uint32_t kerf_operator_count(const kerf_network *network) { return network->plan.header->operators; }

const char *kerf_operator_name(const kerf_network *network, uint32_t index) {
  return index < network->plan.header->operators ? network->names[index] : "";
}

/* Calls copy(padded line, packed line) for every row of a tensor. */
#define FOR_EACH_ROW(t, padded)                                                       \
  for (uint64_t c = 0; c < (t)->channels; c++)                                        \
    for (uint64_t d = 0; d < (t)->depth; d++)                                         \
      for (uint64_t h = 0; h < (t)->height; h++)                                      \
        for (float *padded = network->arena + (t)->base + c * (t)->channel +          \
                             d * (t)->plane + h * (t)->row; padded; padded = NULL)

kerf_status kerf_set_input(kerf_network *network, const float *input, uint64_t floats) {
  const kerf_plan_tensor *t = input_of(network);
  if (!input || floats != floats_of(t)) return KERF_ERROR_ARGUMENT;
  FOR_EACH_ROW(t, row) {
    memcpy(row, input, t->width * sizeof *row);
    input += t->width;
  }
  return KERF_OK;
}

kerf_status kerf_get_output(const kerf_network *network, float *output, uint64_t floats) {
  const kerf_plan_tensor *t = output_of(network);
  if (!output || floats != floats_of(t)) return KERF_ERROR_ARGUMENT;
  FOR_EACH_ROW(t, row) {
    memcpy(output, row, t->width * sizeof *row);
    output += t->width;
  }
  return KERF_OK;
}

/* What every worker does in one call of the network. */
static void run_all(void *context, uint32_t worker) {
  kerf_network *network = context;
  float *scratch = network->scratch + worker * network->scratch_stride;
  for (uint32_t i = 0; i < network->plan.header->operators; i++) {
    kerf_node *node = &network->nodes[i];
    uint32_t unit;
    while ((unit = atomic_fetch_add_explicit(&node->next, 1, memory_order_relaxed)) < node->units)
      node->work(node, unit, scratch);
    kerf_pool_barrier(network->pool);
    if (!worker) network->stamps[i + 1] = now();
  }
}

kerf_status kerf_run(kerf_network *network) {
  for (uint32_t i = 0; i < network->plan.header->operators; i++)
    atomic_store_explicit(&network->nodes[i].next, 0, memory_order_relaxed);
  network->stamps[0] = now();
  kerf_pool_run(network->pool, run_all, network);
  return KERF_OK;
}

kerf_status kerf_measure(kerf_network *network, uint32_t calls, uint64_t *nanoseconds) {
  if (!nanoseconds) return KERF_ERROR_ARGUMENT;
  for (uint32_t i = 0; i < calls; i++) {
    const uint64_t begin = now();
    kerf_run(network);
    nanoseconds[i] = now() - begin;
  }
  return KERF_OK;
}

kerf_status kerf_profile(kerf_network *network, uint64_t *nanoseconds) {
  if (!nanoseconds) return KERF_ERROR_ARGUMENT;
  kerf_run(network);
  for (uint32_t i = 0; i < network->plan.header->operators; i++)
    nanoseconds[i] = network->stamps[i + 1] - network->stamps[i];
  return KERF_OK;
}
