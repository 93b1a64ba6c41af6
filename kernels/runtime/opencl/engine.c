/* Opens a plan on a device, runs it, and copies values in and out. */
#include "engine.h"

#include <stdlib.h>
#include <string.h>

#include "transfer.h"
#include "watch.h"

void kerf_cl_engine_close(kerf_cl_engine *e) {
  if (!e) return;
  if (e->queue) kerf_cl.clFinish(e->queue);
  for (uint32_t i = 0; i < e->step_count; i++) kerf_cl.clReleaseKernel(e->steps[i].kernel);
  for (uint32_t i = 0; i < e->buffer_count; i++) kerf_cl.clReleaseMemObject(e->buffers[i]);
  if (e->timed) kerf_cl.clReleaseCommandQueue(e->timed);
  if (e->queue) kerf_cl.clReleaseCommandQueue(e->queue);
  kerf_cl_device_close(e->device);
  free(e->steps);
  free(e->buffers);
  free(e);
}

/* By kerf_plan_op; NULL for forms that are the processor's alone. */
static kerf_cl_add_kind *const kinds[] = {
    [KERF_OP_CONVOLUTION] = kerf_cl_add_convolution,
    [KERF_OP_FULLY_CONNECTED] = kerf_cl_add_fully_connected,
    [KERF_OP_DEPTHWISE] = kerf_cl_add_depthwise,
    [KERF_OP_POOL] = kerf_cl_add_pool,
    [KERF_OP_ELEMENTWISE] = kerf_cl_add_elementwise,
    [KERF_OP_REDUCE] = kerf_cl_add_reduce,
    [KERF_OP_SOFTMAX] = kerf_cl_add_softmax,
    [KERF_OP_RESAMPLE] = kerf_cl_add_resample,
    [KERF_OP_LRN] = kerf_cl_add_lrn,
    [KERF_OP_MATRIX_PRODUCT] = kerf_cl_add_matrix_product,
    [KERF_OP_CLEAR] = kerf_cl_add_clear,
    [KERF_OP_DENSE_CONVOLUTION] = NULL,
};

static kerf_operand operand_of(const kerf_plan *plan, uint32_t tensor) {
  return (kerf_operand){tensor == KERF_NONE ? NULL : &plan->tensors[tensor], NULL};
}

static void add_operator(kerf_cl_engine *e, uint32_t index) {
  const kerf_plan_operator *op = &e->plan->operators[index];
  kerf_cl_site site = {.engine = e, .op = op, .index = index};
  site.out = operand_of(e->plan, op->output);
  if (op->detail) site.detail = kerf_section(e->plan, op->detail);
  for (uint32_t i = 0; i < KERF_MAX_INPUTS; i++) site.in[i] = operand_of(e->plan, op->inputs[i]);
  if (kinds[op->kind]) kinds[op->kind](&site);
  else kerf_cl_refuse(&site, "has a form for processors alone");
}

/* Kernels count in 32 bits, as is fastest on GPUs. */
static kerf_status check_reach(const kerf_plan *plan, kerf_error *error) {
  const uint64_t most = INT32_MAX;
  int fits = plan->header->arena_floats <= most && plan->header->constant_floats <= most;
  for (uint32_t i = 0; fits && i < plan->header->tensors; i++) {
    const kerf_plan_tensor *t = &plan->tensors[i];
    fits = kerf_elements(t) <= most;
    for (uint32_t axis = 0; axis < t->rank; axis++)
      fits = fits && llabs(t->strides[axis]) <= (int64_t)most;
  }
  if (fits) return KERF_OK;
  return kerf_fail(error, KERF_ERROR_MEMORY,
                   "OpenCL kernels reach 2^31 elements; the activations have %llu",
                   (unsigned long long)plan->header->arena_floats);
}

static size_t element_bytes(const kerf_cl_engine *e) { return e->choice.half ? 2 : 4; }

uint64_t kerf_cl_engine_arena_bytes(const kerf_cl_engine *e) {
  return e->plan->header->arena_floats * element_bytes(e);
}

static void fill_with_zeros(kerf_cl_engine *e) {
  const uint32_t zero = 0;
  const size_t bytes = (kerf_cl_engine_arena_bytes(e) + 3) / 4 * 4;
  if (e->status) return;
  cl_int code = kerf_cl.clEnqueueFillBuffer(e->queue, e->arena, &zero, sizeof zero, 0, bytes, 0,
                                            NULL, NULL);
  if (!code) code = kerf_cl.clFinish(e->queue);
  if (code) e->status = kerf_cl_fail(e->device, "clear the activations", code, e->error);
}

/* A float of room behind the last, for filling in whole words. */
static void make_arena(kerf_cl_engine *e) {
  const kerf_plan_header *h = e->plan->header;
  e->arena = kerf_cl_upload(e, "activations", NULL, (h->arena_floats + 1) * element_bytes(e));
  e->constants = h->constant_floats
                     ? kerf_cl_upload_elements(e, "constants", kerf_section(e->plan, h->constants),
                                               h->constant_floats)
                     : e->arena;
  fill_with_zeros(e);
}

kerf_status kerf_cl_go_on(const kerf_cl_engine *e, const char *what, kerf_error *error) {
  return kerf_watch_stopped(e->watch)
             ? kerf_fail(error, KERF_ERROR_STOPPED, "stopped while %s", what)
             : KERF_OK;
}

/* Drivers compile while operators are added. */
static void add_operators(kerf_cl_engine *e) {
  const uint32_t count = e->plan->header->operators;
  for (uint32_t i = 0; !e->status && i < count; i++) {
    kerf_watch_tell(e->watch, KERF_STAGE_COMPILE, i, count);
    e->status = kerf_cl_go_on(e, "compiling kernels", e->error);
    if (!e->status) add_operator(e, i);
  }
}

kerf_status kerf_cl_engine_open(const kerf_plan *plan, const char *name, kerf_watch *watch,
                                kerf_cl_engine **engine, kerf_error *error) {
  *engine = NULL;
  kerf_cl_engine *e = calloc(1, sizeof *e);
  if (!e) return kerf_fail(error, KERF_ERROR_MEMORY, "no memory");
  e->plan = plan;
  e->error = error;
  e->watch = watch;
  e->status = kerf_cl_parse(name, &e->choice, error);
  if (!e->status) e->status = check_reach(plan, error);
  if (!e->status) e->status = kerf_cl_device_open(e->choice.index, &e->device, error);
  if (!e->status) {
    cl_int code;
    e->queue = kerf_cl.clCreateCommandQueue(e->device->context, e->device->id, 0, &code);
    if (!e->queue) e->status = kerf_cl_fail(e->device, "make a queue", code, error);
  }
  make_arena(e);
  add_operators(e);
  if (!e->status) e->status = kerf_cl_tune(e, error);
  fill_with_zeros(e); /* tuning has computed something */
  const kerf_status status = e->status;
  e->error = NULL;
  e->watch = NULL;
  if (status) kerf_cl_engine_close(e);
  else *engine = e;
  return status;
}

/* Says that the device stopped working in the middle of a network. */
static kerf_status lost(const kerf_cl_engine *e, cl_int code, kerf_error *error) {
  return kerf_fail(error,
                   code == CL_MEM_OBJECT_ALLOCATION_FAILURE || code == CL_OUT_OF_HOST_MEMORY
                       ? KERF_ERROR_MEMORY
                       : KERF_ERROR_DEVICE,
                   "device \"%s\" failed while it ran the network: %s (%d): it is lost or out of "
                   "memory (%llu bytes are taken of its %llu)",
                   e->device->name, kerf_cl_error_name(code), code, (unsigned long long)e->bytes,
                   (unsigned long long)e->device->global_bytes);
}

/* Steps after which the device is told to begin, while the others are still being enqueued. */
enum { STEPS_AT_ONCE = 16 };

kerf_status kerf_cl_engine_run(kerf_cl_engine *e, kerf_error *error) {
  cl_int code = CL_SUCCESS;
  for (uint32_t i = 0; !code && i < e->step_count; i++) {
    code = kerf_cl_enqueue(e->queue, &e->steps[i], NULL);
    if (!code && i % STEPS_AT_ONCE == STEPS_AT_ONCE - 1) code = kerf_cl.clFlush(e->queue);
  }
  const cl_int finished = kerf_cl.clFinish(e->queue);
  if (!code) code = finished;
  return code ? lost(e, code, error) : KERF_OK;
}

kerf_status kerf_cl_engine_profile(kerf_cl_engine *e, uint64_t *nanoseconds, kerf_error *error) {
  memset(nanoseconds, 0, e->plan->header->operators * sizeof *nanoseconds);
  cl_event *events = calloc((size_t)e->step_count + 1, sizeof *events);
  if (!events) return kerf_fail(error, KERF_ERROR_MEMORY, "no memory for events");
  cl_int code = kerf_cl_timed_queue(e);
  uint32_t enqueued = 0;
  while (!code && enqueued < e->step_count) {
    code = kerf_cl_enqueue(e->timed, &e->steps[enqueued], &events[enqueued]);
    if (!code) enqueued++;
  }
  const cl_int finished = e->timed ? kerf_cl.clFinish(e->timed) : CL_SUCCESS;
  if (!code) code = finished;
  for (uint32_t i = 0; i < enqueued; i++) {
    uint64_t ns = 0;
    const cl_int timed = kerf_cl_time(events[i], &ns);
    if (!code) code = timed;
    nanoseconds[e->steps[i].op] += ns;
  }
  free(events);
  return code ? lost(e, code, error) : KERF_OK;
}

/* Moves values between row-major floats, in a buffer that lasts as long as this, and a view. */
static kerf_status move(kerf_cl_engine *e, const kerf_plan_tensor *view, const float *from,
                        float *to, kerf_error *error) {
  const uint64_t count = kerf_elements(view);
  kerf_cl_transfer arguments = {.base = (uint32_t)view->base, .count = (uint32_t)count};
  arguments.axes.rank = view->rank;
  for (uint32_t i = 0; i < view->rank; i++) {
    arguments.axes.extents[i] = view->extents[i];
    arguments.axes.strides[0][i] = (int32_t)view->strides[i];
  }
  const kerf_cl_mark before = kerf_cl_mark_here(e);
  e->error = error;
  const cl_mem packed = kerf_cl_upload(e, "an input or output", from, count * sizeof(float));
  const kerf_cl_launch launch = {
      .source = "transfer.cl",
      .kernel = from ? "load" : "store",
      .options = "",
      .items = {(uint32_t)count, 1, 1},
      .buffers = {from ? packed : e->arena, from ? e->arena : packed},
      .arguments = &arguments,
      .argument_bytes = sizeof arguments,
  };
  kerf_cl_step step = {0};
  kerf_status status = kerf_cl_prepare(e, &launch, &step);
  if (!status) {
    cl_int code = kerf_cl_enqueue(e->queue, &step, NULL);
    if (!code && to)
      code = kerf_cl.clEnqueueReadBuffer(e->queue, packed, 0, 0, count * sizeof(float), to, 0, NULL,
                                         NULL);
    const cl_int finished = kerf_cl.clFinish(e->queue);
    if (!code) code = finished;
    if (code) status = lost(e, code, error);
  }
  if (step.kernel) kerf_cl.clReleaseKernel(step.kernel);
  kerf_cl_release_since(e, before);
  e->status = KERF_OK;
  e->error = NULL;
  return status;
}

kerf_status kerf_cl_engine_set(kerf_cl_engine *e, const kerf_plan_tensor *view, const float *packed,
                               kerf_error *error) {
  return move(e, view, packed, NULL, error);
}

kerf_status kerf_cl_engine_get(kerf_cl_engine *e, const kerf_plan_tensor *view, float *packed,
                               kerf_error *error) {
  return move(e, view, NULL, packed, error);
}
