/* The public interface: open and close. */
#include <stdlib.h>
#include <string.h>

#include "kerf_mark.h"
#include "network.h"
#include "pages.h"

/* Networks on both processors are called by the device's name behind this. */
static const char both[] = "cpu+";

_Static_assert(KERF_MAX_AXES == KERF_MAX_RANK, "kerf.h tells of other shapes than plans have");

const char *kerf_failure(const kerf_network *network) { return network->failure; }

/* By kerf_plan_op. */
static kerf_status (*const prepare_kind[])(kerf_node *node, kerf_error *error) = {
    [KERF_OP_CONVOLUTION] = kerf_prepare_convolution,
    [KERF_OP_FULLY_CONNECTED] = kerf_prepare_fully_connected,
    [KERF_OP_WINOGRAD] = kerf_prepare_winograd,
    [KERF_OP_DEPTHWISE] = kerf_prepare_depthwise,
    [KERF_OP_POOL] = kerf_prepare_pool,
    [KERF_OP_ELEMENTWISE] = kerf_prepare_elementwise,
    [KERF_OP_REDUCE] = kerf_prepare_reduce,
    [KERF_OP_SOFTMAX] = kerf_prepare_softmax,
    [KERF_OP_RESAMPLE] = kerf_prepare_resample,
    [KERF_OP_LRN] = kerf_prepare_lrn,
    [KERF_OP_MATRIX_PRODUCT] = kerf_prepare_matrix_product,
    [KERF_OP_CLEAR] = kerf_prepare_clear,
    [KERF_OP_DENSE_CONVOLUTION] = kerf_prepare_dense_convolution,
};

uint32_t kerf_abi_version(void) { return KERF_ABI_VERSION; }

const char *kerf_best_isa(void) { return kerf_find_kernels(NULL)->name; }

static uint64_t name_count(const kerf_plan_header *h) {
  return (uint64_t)h->operators + h->inputs + h->outputs;
}

void kerf_close(kerf_network *network) {
  if (!network) return;
  kerf_coexecution_close(network->coexecution);
  kerf_cl_engine_close(network->opencl);
  free(network->isa);
  free(network->failure);
  if (network->pool) kerf_pool_close(network->pool);
  const uint32_t operators = network->nodes ? network->plan.header->operators : 0;
  for (uint32_t i = 0; i < operators; i++) {
    kerf_node *node = &network->nodes[i];
    kerf_matrix_free(&node->matrix);
    if (node->release) node->release(node);
    else free(node->state);
  }
  const uint64_t names = network->names ? name_count(network->plan.header) : 0;
  for (uint64_t i = 0; i < names; i++) free(network->names[i]);
  free(network->names);
  free(network->nodes);
  free(network->scratch);
  free(network->stamps);
  free(network->marks);
  kerf_pages_close(network->arena, network->arena_bytes);
  kerf_plan_free(&network->plan);
  free(network);
}

/* Names lie in the file without an end; callers get them with one. */
static kerf_status copy_names(kerf_network *network, kerf_error *error) {
  const kerf_plan *plan = &network->plan;
  const kerf_plan_header *h = plan->header;
  network->names = calloc(name_count(h), sizeof *network->names);
  int complete = network->names != NULL;
  char **next = network->names;
  for (uint32_t i = 0; complete && i < h->operators; i++)
    complete = (*next++ = strndup(kerf_section(plan, plan->operators[i].name),
                                  plan->operators[i].name_bytes)) != NULL;
  for (uint32_t i = 0; complete && i < h->inputs; i++)
    complete = (*next++ = strndup(kerf_section(plan, plan->inputs[i].name),
                                  plan->inputs[i].name_bytes)) != NULL;
  for (uint32_t i = 0; complete && i < h->outputs; i++)
    complete = (*next++ = strndup(kerf_section(plan, plan->outputs[i].name),
                                  plan->outputs[i].name_bytes)) != NULL;
  return complete ? KERF_OK : kerf_fail(error, KERF_ERROR_MEMORY, "no memory for names");
}

static kerf_operand operand_of(const kerf_network *network, uint32_t tensor) {
  if (tensor == KERF_NONE) return (kerf_operand){NULL, NULL};
  const kerf_plan_tensor *view = &network->plan.tensors[tensor];
  return (kerf_operand){view, kerf_floats_of(network, view)};
}

static kerf_status prepare_node(const kerf_network *network, uint32_t index, uint32_t threads,
                                const kerf_kernels *kernels, kerf_error *error) {
  kerf_node *node = &network->nodes[index];
  node->plan = &network->plan;
  node->op = &network->plan.operators[index];
  if (node->op->detail) node->detail = kerf_section(node->plan, node->op->detail);
  for (uint32_t i = 0; i < KERF_MAX_INPUTS; i++)
    node->in[i] = operand_of(network, node->op->inputs[i]);
  node->out = operand_of(network, node->op->output);
  node->kernels = kernels;
  node->threads = threads;
  return prepare_kind[node->op->kind](node, error);
}

static kerf_status prepare(kerf_network *network, uint32_t threads, const kerf_kernels *kernels,
                           kerf_error *error) {
  const uint32_t operators = network->plan.header->operators;
  network->arena_bytes = network->plan.header->arena_floats * sizeof(float);
  network->arena = kerf_pages_open(network->arena_bytes);
  if (!network->arena)
    return kerf_fail(error, KERF_ERROR_MEMORY, "no memory for activations of %llu bytes",
                     (unsigned long long)network->arena_bytes);
  network->nodes = calloc(operators, sizeof *network->nodes);
  network->stamps = calloc((size_t)operators + 1, sizeof *network->stamps);
  network->marks = calloc((size_t)operators + KERF_MARK_OPERATOR, 1);
  if (!network->nodes || !network->stamps || !network->marks)
    return kerf_fail(error, KERF_ERROR_MEMORY, "no memory for %u operators", operators);
  kerf_status status = KERF_OK;
  uint64_t scratch = 16;
  for (uint32_t i = 0; !status && i < operators; i++) {
    status = prepare_node(network, i, threads, kernels, error);
    if (network->nodes[i].scratch_floats > scratch) scratch = network->nodes[i].scratch_floats;
  }
  if (status) return status;
  network->scratch_stride = (scratch + 1023) / 1024 * 1024;
  network->scratch = aligned_alloc(4096, network->scratch_stride * threads * sizeof(float));
  if (!network->scratch) return kerf_fail(error, KERF_ERROR_MEMORY, "no memory for scratch");
  network->pool = kerf_pool_open(threads);
  if (!network->pool) return kerf_fail(error, KERF_ERROR_MEMORY, "cannot start %u threads", threads);
  return KERF_OK;
}

static kerf_status prepare_opencl(kerf_network *network, const char *isa, kerf_watch *watch,
                                  kerf_error *error) {
  network->isa = strdup(isa);
  if (!network->isa) return kerf_fail(error, KERF_ERROR_MEMORY, "no memory");
  const kerf_status status =
      kerf_cl_engine_open(&network->plan, network->isa, watch, &network->opencl, error);
  if (!status) network->arena_bytes = kerf_cl_engine_arena_bytes(network->opencl);
  return status;
}

kerf_status kerf_open(const char *path, uint32_t threads, const char *isa, kerf_watch *watch,
                      kerf_network **network, char *text, size_t text_bytes) {
  kerf_error error = {text, text_bytes};
  if (text && text_bytes) *text = 0;
  if (network) *network = NULL;
  if (!network || !path || !threads || threads > 1024)
    return kerf_fail(&error, KERF_ERROR_ARGUMENT, "a path and 1 to 1024 threads are needed");
  const int shared = isa && !strncmp(isa, both, strlen(both));
  if (shared) isa += strlen(both);
  const int opencl = kerf_cl_is_name(isa);
  const kerf_kernels *kernels = kerf_find_kernels(isa && *isa && !opencl ? isa : NULL);
  if (!kernels)
    return kerf_fail(&error, KERF_ERROR_ISA, "no kernels \"%s\" for this processor; the best are \"%s\"",
                     isa, kerf_best_isa());
  kerf_network *made = calloc(1, sizeof *made);
  if (made) made->failure = calloc(KERF_FAILURE_BYTES, 1);
  if (!made || !made->failure) {
    free(made);
    return kerf_fail(&error, KERF_ERROR_MEMORY, "no memory");
  }
  kerf_status status = kerf_plan_load(path, &made->plan, &error);
  if (!status) status = kerf_plan_check(&made->plan, &error);
  if (!status) status = copy_names(made, &error);
  if (!status && opencl) status = prepare_opencl(made, isa, watch, &error);
  if (!status && (shared || !opencl)) status = prepare(made, threads, kernels, &error);
  if (status) {
    kerf_close(made);
    return status;
  }
  made->threads = threads;
  if (made->marks) kerf_mark(made->marks, KERF_MARK_IDLE);
  *network = made;
  return KERF_OK;
}
