/* The public interface: what goes in and comes out, and what all is called. */
#include <string.h>

#include "network.h"
#include "transfer.h"

uint64_t kerf_arena_bytes(const kerf_network *network) { return network->arena_bytes; }

uint32_t kerf_input_count(const kerf_network *network) { return network->plan.header->inputs; }
uint32_t kerf_output_count(const kerf_network *network) { return network->plan.header->outputs; }
uint32_t kerf_operator_count(const kerf_network *network) { return network->plan.header->operators; }

const char *kerf_operator_name(const kerf_network *network, uint32_t index) {
  return index < network->plan.header->operators ? network->names[index] : "";
}

const char *kerf_input_name(const kerf_network *network, uint32_t index) {
  const kerf_plan_header *h = network->plan.header;
  return index < h->inputs ? network->names[h->operators + (uint64_t)index] : "";
}

const char *kerf_output_name(const kerf_network *network, uint32_t index) {
  const kerf_plan_header *h = network->plan.header;
  return index < h->outputs ? network->names[(uint64_t)h->operators + h->inputs + index] : "";
}

/* The tensor of the value at `index` of a table, NULL if it is not there. */
static const kerf_plan_tensor *view_of(const kerf_network *network, const kerf_plan_value *table,
                                       uint32_t count, uint32_t index) {
  return index < count ? &network->plan.tensors[table[index].tensor] : NULL;
}

static const kerf_plan_tensor *input_of(const kerf_network *network, uint32_t index) {
  return view_of(network, network->plan.inputs, network->plan.header->inputs, index);
}

static const kerf_plan_tensor *output_of(const kerf_network *network, uint32_t index) {
  return view_of(network, network->plan.outputs, network->plan.header->outputs, index);
}

static uint32_t shape_of(const kerf_plan_tensor *view, uint32_t *extents) {
  if (!view) return 0;
  memcpy(extents, view->extents, view->rank * sizeof *extents);
  return view->rank;
}

uint32_t kerf_input_shape(const kerf_network *network, uint32_t index, uint32_t *extents) {
  return shape_of(input_of(network, index), extents);
}

uint32_t kerf_output_shape(const kerf_network *network, uint32_t index, uint32_t *extents) {
  return shape_of(output_of(network, index), extents);
}

kerf_status kerf_set_input(kerf_network *network, uint32_t index, const float *input,
                           uint64_t floats) {
  const kerf_plan_tensor *view = input_of(network, index);
  if (!view || !input || floats != kerf_elements(view)) return KERF_ERROR_ARGUMENT;
  kerf_error failure = kerf_failure_of(network);
  if (kerf_on_device(network)) return kerf_cl_engine_set(network->opencl, view, input, &failure);
  kerf_unpack(view, kerf_floats_of(network, view), input);
  return KERF_OK;
}

kerf_status kerf_get_output(const kerf_network *network, uint32_t index, float *output,
                            uint64_t floats) {
  const kerf_plan_tensor *view = output_of(network, index);
  if (!view || !output || floats != kerf_elements(view)) return KERF_ERROR_ARGUMENT;
  kerf_error failure = kerf_failure_of(network);
  if (kerf_on_device(network)) return kerf_cl_engine_get(network->opencl, view, output, &failure);
  kerf_pack(view, kerf_floats_of(network, view), output);
  return KERF_OK;
}
