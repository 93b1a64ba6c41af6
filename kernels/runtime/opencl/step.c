/* Buffers and launches: what operators are made of. */
#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "engine.h"

static kerf_status no_memory(kerf_cl_engine *e, const char *what, uint64_t bytes, cl_int code) {
  const kerf_cl_device *d = e->device;
  return kerf_fail(e->error, KERF_ERROR_MEMORY,
                   "device \"%s\" has no memory for %s of %llu bytes (%s): it gives at most %llu at "
                   "once, and %llu of its %llu are taken",
                   d->name, what, (unsigned long long)bytes, kerf_cl_error_name(code),
                   (unsigned long long)d->most_alloc_bytes, (unsigned long long)e->bytes,
                   (unsigned long long)d->global_bytes);
}

/* Remembers a buffer, so that it is released in the end. */
static int keep(kerf_cl_engine *e, cl_mem buffer) {
  cl_mem *longer = realloc(e->buffers, (e->buffer_count + 1u) * sizeof *longer);
  if (!longer) return 0;
  e->buffers = longer;
  longer[e->buffer_count++] = buffer;
  return 1;
}

cl_mem kerf_cl_upload(kerf_cl_engine *e, const char *what, const void *data, uint64_t bytes) {
  if (e->status) return NULL;
  const kerf_cl_device *d = e->device;
  if (!bytes) bytes = 4; /* there are no empty buffers */
  if (bytes > d->most_alloc_bytes || e->bytes + bytes > d->global_bytes) {
    e->status = no_memory(e, what, bytes, CL_INVALID_BUFFER_SIZE);
    return NULL;
  }
  cl_int code;
  const cl_mem buffer = kerf_cl.clCreateBuffer(d->context, CL_MEM_READ_WRITE, bytes, NULL, &code);
  if (!buffer) {
    e->status = no_memory(e, what, bytes, code);
    return NULL;
  }
  if (!keep(e, buffer)) {
    kerf_cl.clReleaseMemObject(buffer);
    e->status = kerf_fail(e->error, KERF_ERROR_MEMORY, "no memory");
    return NULL;
  }
  if (data) code = kerf_cl.clEnqueueWriteBuffer(e->queue, buffer, 1, 0, bytes, data, 0, NULL, NULL);
  if (data && code) {
    const int short_of = code == CL_MEM_OBJECT_ALLOCATION_FAILURE || code == CL_OUT_OF_RESOURCES ||
                         code == CL_OUT_OF_HOST_MEMORY;
    e->status = short_of ? no_memory(e, what, bytes, code) : kerf_cl_fail(d, "copy", code, e->error);
    return NULL;
  }
  e->bytes += bytes;
  return buffer;
}

kerf_cl_mark kerf_cl_mark_here(const kerf_cl_engine *e) {
  return (kerf_cl_mark){e->buffer_count, e->bytes};
}

void kerf_cl_release_since(kerf_cl_engine *e, kerf_cl_mark mark) {
  while (e->buffer_count > mark.buffers) kerf_cl.clReleaseMemObject(e->buffers[--e->buffer_count]);
  e->bytes = mark.bytes;
}

/* A step's place in a run, behind what has been added. */
static kerf_cl_step *next_step(kerf_cl_engine *e) {
  kerf_cl_step *longer = realloc(e->steps, (e->step_count + 1u) * sizeof *longer);
  if (!longer) return NULL;
  e->steps = longer;
  return &longer[e->step_count];
}

/* Work groups are whole, so there are items that have nothing to do. */
static void global_size(const kerf_cl_step *step, size_t global[3]) {
  for (uint32_t i = 0; i < 3; i++)
    global[i] = (step->items[i] + step->group[i] - 1) / step->group[i] * step->group[i];
  if (step->team) global[1] = step->group[1];
}

cl_int kerf_cl_enqueue(cl_command_queue queue, const kerf_cl_step *step, cl_event *event) {
  size_t global[3];
  global_size(step, global);
  if (step->local_floats) {
    const size_t items = step->group[0] * step->group[1];
    const cl_int code =
        kerf_cl.clSetKernelArg(step->kernel, step->local_argument,
                               items * step->local_floats * sizeof(float), NULL);
    if (code) return code;
  }
  return kerf_cl.clEnqueueNDRangeKernel(queue, step->kernel, 3, NULL, global, step->group, 0, NULL,
                                        event);
}

kerf_status kerf_cl_prepare(kerf_cl_engine *e, const kerf_cl_launch *launch, kerf_cl_step *step) {
  kerf_cl_program program = {0};
  if (!e->status)
    e->status = kerf_cl_build(e->device, &e->choice, launch->source, launch->options, &program,
                              e->error);
  const cl_mem arguments =
      kerf_cl_upload(e, "arguments", launch->arguments, launch->argument_bytes);
  if (e->status) return e->status;
  cl_int code;
  step->kernel = kerf_cl.clCreateKernel(program.program, launch->kernel, &code);
  if (!step->kernel) return e->status = kerf_cl_fail(e->device, "make a kernel", code, e->error);
  cl_uint count = 0;
  for (; !code && launch->buffers[count]; count++)
    code = kerf_cl.clSetKernelArg(step->kernel, count, sizeof(cl_mem), &launch->buffers[count]);
  if (!code) code = kerf_cl.clSetKernelArg(step->kernel, count++, sizeof(cl_mem), &arguments);
  if (!code)
    code = kerf_cl.clGetKernelWorkGroupInfo(step->kernel, e->device->id, CL_KERNEL_WORK_GROUP_SIZE,
                                            sizeof step->most, &step->most, NULL);
  if (code) return e->status = kerf_cl_fail(e->device, "take arguments", code, e->error);
  memcpy(step->items, launch->items, sizeof step->items);
  step->team = launch->team;
  step->local_floats = launch->local_floats;
  step->local_argument = count;
  step->hash = kerf_hash(program.hash, launch->items, sizeof launch->items);
  step->hash = kerf_hash(step->hash, &launch->work, sizeof launch->work);
  kerf_cl_default_group(e->device, step);
  return KERF_OK;
}

void kerf_cl_add(const kerf_cl_site *site, const kerf_cl_launch *launch) {
  kerf_cl_engine *e = site->engine;
  if (e->status) return;
  kerf_cl_step *step = next_step(e);
  if (!step) {
    e->status = kerf_fail(e->error, KERF_ERROR_MEMORY, "no memory");
    return;
  }
  *step = (kerf_cl_step){.op = site->index};
  const kerf_status status = kerf_cl_prepare(e, launch, step);
  if (step->kernel) e->step_count++;
  e->status = status;
}

cl_mem kerf_cl_upload_elements(kerf_cl_engine *e, const char *what, const float *floats,
                               uint64_t count) {
  if (!e->choice.half) return kerf_cl_upload(e, what, floats, count * sizeof *floats);
  const cl_mem elements = kerf_cl_upload(e, what, NULL, count * 2);
  const kerf_cl_mark before = kerf_cl_mark_here(e);
  const kerf_cl_transfer arguments = {
      .axes = {.rank = 1, .extents = {(uint32_t)count}, .strides = {{1}}}, .count = (uint32_t)count};
  const kerf_cl_launch launch = {
      .source = "transfer.cl",
      .kernel = "load",
      .options = "",
      .items = {(uint32_t)count, 1, 1},
      .buffers = {kerf_cl_upload(e, what, floats, count * sizeof *floats), elements},
      .arguments = &arguments,
      .argument_bytes = sizeof arguments,
  };
  kerf_cl_step step = {0};
  if (!kerf_cl_prepare(e, &launch, &step)) {
    cl_int code = kerf_cl_enqueue(e->queue, &step, NULL);
    if (!code) code = kerf_cl.clFinish(e->queue);
    if (code) e->status = kerf_cl_fail(e->device, "convert weights", code, e->error);
  }
  if (step.kernel) kerf_cl.clReleaseKernel(step.kernel);
  kerf_cl_release_since(e, before);
  return e->status ? NULL : elements;
}

void kerf_cl_refuse(const kerf_cl_site *site, const char *why) {
  site->engine->status = kerf_fail(
      site->engine->error, KERF_ERROR_ISA, "operator \"%.*s\" %s: lower the model for a GPU",
      (int)site->op->name_bytes, (const char *)kerf_section(site->engine->plan, site->op->name), why);
}

kerf_cl_volume kerf_cl_volume_of(const kerf_plan_tensor *view) {
  kerf_cl_volume volume = {.base = (uint32_t)view->base};
  for (uint32_t i = 0; i < 4; i++) {
    volume.extents[i] = view->extents[i];
    volume.strides[i] = (int32_t)view->strides[i];
  }
  return volume;
}

kerf_cl_axes kerf_cl_axes_of(const kerf_axes *axes) {
  kerf_cl_axes same = {.rank = axes->rank};
  for (uint32_t i = 0; i < axes->rank; i++) {
    same.extents[i] = (uint32_t)axes->extents[i];
    for (uint32_t k = 0; k < axes->operands; k++)
      same.strides[k][i] = (int32_t)axes->strides[k][i];
  }
  return same;
}

cl_mem kerf_cl_buffer_of(const kerf_cl_engine *e, const kerf_plan_tensor *view) {
  return view && view->space == KERF_SPACE_CONSTANTS ? e->constants : e->arena;
}

const char *kerf_cl_functions(const kerf_plan_operator *op) {
  return op->activation > KERF_CLIP ? "-DKERF_FUNCTIONS" : "";
}
