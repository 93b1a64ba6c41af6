/* The host walks through a schedule: it enqueues what the device computes, and computes and copies
 * what is left to it while the device works through its queue.
 *
 * A copy goes through a buffer of its own. The queue of kernels moves values between it and the
 * activations; a second queue moves them between it and the host, and waits for nobody. So no buffer
 * is ever used by two queues at once, which OpenCL leaves undefined. */
#include "coexecution.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "kerf.h"
#include "plan_check.h"

typedef struct {
  uint32_t kind; /* kerf_step */
  uint32_t index;
} step;

/* What one operator writes, or an input of the plan. */
typedef struct {
  cl_mem copy; /* where it crosses; NULL where it does not */
  cl_event ready; /* of the move to `copy`, until it is fetched */
  int fetched;
  uint64_t from, floats;
} value;

/* Kernels of one operator. */
typedef struct {
  uint32_t first, end;
} kernels;

struct kerf_coexecution {
  kerf_cl_engine *gpu;
  kerf_host_side cpu;
  kerf_cl_mark before; /* buffers that came behind it are of this schedule */
  cl_command_queue transfers;
  step *steps;
  uint32_t count, value_count;
  value *values;
  kernels *kernels;   /* of each operator */
  cl_event *events;   /* of each kernel, of a run with stamps */
  uint64_t *enqueued; /* when each kernel was, on the host's clock */
};

void kerf_coexecution_close(kerf_coexecution *c) {
  if (!c) return;
  kerf_cl_release_since(c->gpu, c->before);
  if (c->transfers) kerf_cl.clReleaseCommandQueue(c->transfers);
  free(c->steps);
  free(c->values);
  free(c->kernels);
  free(c->events);
  free(c->enqueued);
  free(c);
}

uint32_t kerf_coexecution_steps(const kerf_coexecution *c) { return c->count; }

static const kerf_plan_tensor *tensor_of(const kerf_plan *plan, uint32_t index) {
  const uint32_t operators = plan->header->operators;
  return &plan->tensors[index < operators ? plan->operators[index].output
                                          : plan->inputs[index - operators].tensor];
}

/* Gives a value a buffer to cross in. */
static void cross(kerf_coexecution *c, uint32_t index) {
  value *v = &c->values[index];
  if (v->copy) return;
  int64_t least, most;
  const kerf_plan_tensor *tensor = tensor_of(c->gpu->plan, index);
  kerf_reach(tensor, &least, &most);
  v->from = (uint64_t)((int64_t)tensor->base + least);
  v->floats = (uint64_t)(most - least + 1);
  v->copy = kerf_cl_upload(c->gpu, "a value that crosses", NULL, v->floats * sizeof(float));
}

/* Whether a step can be taken after those before it. */
static int accept(kerf_coexecution *c, uint32_t i, uint8_t *taken) {
  const uint32_t operators = c->gpu->plan->header->operators;
  const step s = c->steps[i];
  if (s.kind > KERF_STEP_FETCH) return 0;
  const int known = s.index < (s.kind == KERF_STEP_SEND ? c->value_count : operators);
  if (!known || taken[s.kind * c->value_count + s.index]++) return 0;
  if (s.kind == KERF_STEP_FETCH) {
    if (!taken[KERF_STEP_GPU * c->value_count + s.index]) return 0;
    c->values[s.index].fetched = 1;
  }
  if (s.kind == KERF_STEP_SEND || s.kind == KERF_STEP_FETCH) cross(c, s.index);
  return 1;
}

static kerf_status prepare(kerf_coexecution *c, kerf_error *error) {
  kerf_cl_engine *gpu = c->gpu;
  const kerf_plan_header *h = gpu->plan->header;
  uint8_t *taken = calloc((size_t)c->value_count * (KERF_STEP_FETCH + 1), 1);
  cl_int code = CL_SUCCESS;
  c->transfers = kerf_cl.clCreateCommandQueue(gpu->device->context, gpu->device->id, 0, &code);
  if (!c->transfers) {
    free(taken);
    return kerf_cl_fail(gpu->device, "make a queue", code, error);
  }
  c->values = calloc(c->value_count, sizeof *c->values);
  c->kernels = calloc(h->operators, sizeof *c->kernels);
  c->events = calloc((size_t)gpu->step_count + 1, sizeof *c->events);
  c->enqueued = calloc((size_t)gpu->step_count + 1, sizeof *c->enqueued);
  if (!taken || !c->values || !c->kernels || !c->events || !c->enqueued) {
    free(taken);
    return kerf_fail(error, KERF_ERROR_MEMORY, "no memory for a schedule");
  }
  for (uint32_t i = gpu->step_count; i--;) {
    kernels *own = &c->kernels[gpu->steps[i].op];
    own->first = i;
    if (!own->end) own->end = i + 1;
  }
  gpu->error = error;
  kerf_status status = KERF_OK;
  for (uint32_t i = 0; !status && i < c->count; i++) {
    if (!accept(c, i, taken))
      status = kerf_fail(error, KERF_ERROR_ARGUMENT,
                         "step %u of the schedule (kind %u of %u) cannot be taken there", i,
                         c->steps[i].kind, c->steps[i].index);
    else status = gpu->status;
  }
  gpu->error = NULL;
  gpu->status = KERF_OK;
  free(taken);
  return status;
}

kerf_status kerf_coexecution_open(kerf_cl_engine *gpu, const kerf_host_side *cpu,
                                  const uint32_t *steps, uint32_t count, kerf_coexecution **made,
                                  kerf_error *error) {
  *made = NULL;
  if (gpu->choice.half)
    return kerf_fail(error, KERF_ERROR_ARGUMENT,
                     "values that cross between processors must be fp32, not fp16");
  kerf_coexecution *c = calloc(1, sizeof *c);
  step *copied = malloc((count + (size_t)1) * sizeof *copied);
  if (!c || !copied) {
    free(c), free(copied);
    return kerf_fail(error, KERF_ERROR_MEMORY, "no memory for a schedule");
  }
  for (uint32_t i = 0; i < count; i++) copied[i] = (step){steps[2 * i], steps[2 * i + 1]};
  c->gpu = gpu;
  c->before = kerf_cl_mark_here(gpu);
  c->cpu = *cpu;
  c->steps = copied;
  c->count = count;
  c->value_count = gpu->plan->header->operators + gpu->plan->header->inputs;
  const kerf_status status = prepare(c, error);
  if (status) kerf_coexecution_close(c);
  else *made = c;
  return status;
}

/* Enqueues the kernels of an operator, and the move of what they write if it will be fetched. */
static cl_int enqueue(kerf_coexecution *c, cl_command_queue queue, uint32_t index, int timed) {
  const kernels own = c->kernels[index];
  cl_int code = CL_SUCCESS;
  for (uint32_t k = own.first; !code && k < own.end; k++) {
    c->enqueued[k] = kerf_now();
    code = kerf_cl_enqueue(queue, &c->gpu->steps[k], timed ? &c->events[k] : NULL);
  }
  value *v = &c->values[index];
  if (code || !v->fetched) return code;
  return kerf_cl.clEnqueueCopyBuffer(queue, c->gpu->arena, v->copy, v->from * sizeof(float), 0,
                                     v->floats * sizeof(float), 0, NULL, &v->ready);
}

static cl_int send(kerf_coexecution *c, cl_command_queue queue, uint32_t index) {
  const value *v = &c->values[index];
  const size_t bytes = v->floats * sizeof(float);
  const cl_int code = kerf_cl.clEnqueueWriteBuffer(c->transfers, v->copy, 1, 0, bytes,
                                                   c->cpu.arena + v->from, 0, NULL, NULL);
  return code ? code
              : kerf_cl.clEnqueueCopyBuffer(queue, v->copy, c->gpu->arena, 0,
                                            v->from * sizeof(float), bytes, 0, NULL, NULL);
}

/* `began` gets when the value was there. */
static cl_int fetch(kerf_coexecution *c, uint32_t index, uint64_t *began) {
  value *v = &c->values[index];
  const cl_int waited = kerf_cl.clWaitForEvents(1, &v->ready);
  kerf_cl.clReleaseEvent(v->ready);
  v->ready = NULL;
  *began = kerf_now();
  return waited ? waited
                : kerf_cl.clEnqueueReadBuffer(c->transfers, v->copy, 1, 0,
                                              v->floats * sizeof(float), c->cpu.arena + v->from, 0,
                                              NULL, NULL);
}

/* Operators of the host that follow each other. */
typedef struct {
  const kerf_coexecution *c;
  uint32_t from, to;
  uint64_t *stamps;
} batch;

static void work(void *context, uint32_t worker) {
  const batch *b = context;
  const kerf_host_side *cpu = &b->c->cpu;
  float *scratch = cpu->scratch + worker * cpu->scratch_stride;
  uint64_t before = kerf_now();
  for (uint32_t i = b->from; i < b->to; i++) {
    kerf_node *node = &cpu->nodes[b->c->steps[i].index];
    uint32_t unit;
    while ((unit = atomic_fetch_add_explicit(&node->next, 1, memory_order_relaxed)) < node->units)
      node->work(node, unit, scratch);
    kerf_pool_barrier(cpu->pool);
    if (worker || !b->stamps) continue;
    b->stamps[2 * i] = before;
    b->stamps[2 * i + 1] = before = kerf_now();
  }
}

static uint32_t compute(const kerf_coexecution *c, uint32_t from, uint64_t *stamps) {
  batch b = {c, from, from, stamps};
  for (; b.to < c->count && c->steps[b.to].kind == KERF_STEP_CPU; b.to++)
    atomic_store_explicit(&c->cpu.nodes[c->steps[b.to].index].next, 0, memory_order_relaxed);
  kerf_pool_run(c->cpu.pool, work, &b);
  return b.to;
}

/* Takes the steps; stamps of kernels are still missing. */
static cl_int walk(kerf_coexecution *c, cl_command_queue queue, uint64_t *stamps) {
  cl_int code = CL_SUCCESS;
  for (uint32_t i = 0; !code && i < c->count;) {
    const step s = c->steps[i];
    if (s.kind == KERF_STEP_GPU) {
      code = enqueue(c, queue, s.index, stamps != NULL);
      i++;
      continue;
    }
    code = kerf_cl.clFlush(queue); /* the device begins, if it has not */
    if (code) return code;
    if (s.kind == KERF_STEP_CPU) {
      i = compute(c, i, stamps);
      continue;
    }
    uint64_t began = kerf_now();
    code = s.kind == KERF_STEP_SEND ? send(c, queue, s.index) : fetch(c, s.index, &began);
    if (stamps) stamps[2 * i] = began, stamps[2 * i + 1] = kerf_now();
    i++;
  }
  return code;
}

/* The device's clock has another zero: no kernel was queued before the host enqueued it, and one of
 * them right then. */
static cl_int stamp_kernels(kerf_coexecution *c, uint64_t *stamps) {
  cl_int code = CL_SUCCESS;
  int64_t ahead = INT64_MIN;
  for (uint32_t i = 0; !code && i < c->gpu->step_count; i++) {
    cl_ulong queued = 0;
    if (!c->events[i]) continue;
    code = kerf_cl.clGetEventProfilingInfo(c->events[i], CL_PROFILING_COMMAND_QUEUED, sizeof queued,
                                           &queued, NULL);
    const int64_t least = (int64_t)c->enqueued[i] - (int64_t)queued;
    if (least > ahead) ahead = least;
  }
  for (uint32_t i = 0; !code && i < c->count; i++) {
    if (c->steps[i].kind != KERF_STEP_GPU) continue;
    const kernels own = c->kernels[c->steps[i].index];
    cl_ulong begin = 0, end = 0;
    code = kerf_cl.clGetEventProfilingInfo(c->events[own.first], CL_PROFILING_COMMAND_START,
                                           sizeof begin, &begin, NULL);
    if (!code)
      code = kerf_cl.clGetEventProfilingInfo(c->events[own.end - 1], CL_PROFILING_COMMAND_END,
                                             sizeof end, &end, NULL);
    stamps[2 * i] = (uint64_t)((int64_t)begin + ahead);
    stamps[2 * i + 1] = (uint64_t)((int64_t)end + ahead);
  }
  return code;
}

static void release_events(kerf_coexecution *c) {
  for (uint32_t i = 0; i < c->gpu->step_count; i++) {
    if (c->events[i]) kerf_cl.clReleaseEvent(c->events[i]);
    c->events[i] = NULL;
  }
  for (uint32_t i = 0; i < c->value_count; i++) {
    if (c->values[i].ready) kerf_cl.clReleaseEvent(c->values[i].ready);
    c->values[i].ready = NULL;
  }
}

kerf_status kerf_coexecution_run(kerf_coexecution *c, uint64_t *stamps, kerf_error *error) {
  const uint64_t start = kerf_now();
  cl_int code = stamps ? kerf_cl_timed_queue(c->gpu) : CL_SUCCESS;
  const cl_command_queue queue = stamps ? c->gpu->timed : c->gpu->queue;
  if (stamps) memset(stamps, 0, 2 * (size_t)c->count * sizeof *stamps);
  if (!code) {
    code = walk(c, queue, stamps);
    const cl_int finished = kerf_cl.clFinish(queue);
    if (!code) code = finished;
  }
  if (!code && stamps) code = stamp_kernels(c, stamps);
  release_events(c);
  for (uint32_t i = 0; stamps && i < 2 * c->count; i++)
    stamps[i] = stamps[i] > start ? stamps[i] - start : 0;
  return code ? kerf_cl_fail(c->gpu->device, "run its part of the network", code, error) : KERF_OK;
}
