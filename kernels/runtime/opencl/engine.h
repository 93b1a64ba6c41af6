/* A plan on an OpenCL device: buffers and launches, prepared once, enqueued together in every run.
 * Internal. */
#ifndef KERF_CL_ENGINE_H
#define KERF_CL_ENGINE_H

#include "arguments.h"
#include "program.h"
#include "axes.h"

/* One kernel with all its arguments. */
typedef struct {
  cl_kernel kernel;
  uint32_t op;         /* operator that it computes, or a part of */
  uint32_t items[3];   /* work items that have something to do */
  size_t group[3];
  size_t most;         /* work items that a group of this kernel may have */
  int team;            /* the second index of a group shares work, instead of having more of it */
  uint32_t local_floats; /* of shared memory for each work item */
  cl_uint local_argument;
  uint64_t hash;       /* of the program and what says how long it takes */
} kerf_cl_step;

typedef struct {
  kerf_cl_device *device;
  kerf_cl_choice choice;
  const kerf_plan *plan;
  cl_command_queue queue, timed; /* timed: with profiling; made when it is first needed */
  cl_mem arena, constants;
  cl_mem *buffers; /* all, to be released */
  uint32_t buffer_count;
  kerf_cl_step *steps;
  uint32_t step_count;
  uint64_t bytes; /* of all buffers */
  /* While it is prepared: once something has failed the rest does nothing. */
  kerf_status status;
  kerf_error *error;
  kerf_watch *watch;
} kerf_cl_engine;

/* `name` is as kerf_cl_parse takes it, and outlives the engine. */
kerf_status kerf_cl_engine_open(const kerf_plan *plan, const char *name, kerf_watch *watch,
                                kerf_cl_engine **engine, kerf_error *error);
void kerf_cl_engine_close(kerf_cl_engine *engine);
uint64_t kerf_cl_engine_arena_bytes(const kerf_cl_engine *engine);
kerf_status kerf_cl_engine_run(kerf_cl_engine *engine, kerf_error *error);
/* Nanoseconds of each operator on the device. */
kerf_status kerf_cl_engine_profile(kerf_cl_engine *engine, uint64_t *nanoseconds,
                                   kerf_error *error);
kerf_status kerf_cl_engine_set(kerf_cl_engine *engine, const kerf_plan_tensor *view,
                               const float *packed, kerf_error *error);
kerf_status kerf_cl_engine_get(kerf_cl_engine *engine, const kerf_plan_tensor *view, float *packed,
                               kerf_error *error);

/* A launch before it is a step. The arguments are the buffers in order, then `arguments` as a
 * constant, then shared memory where `local_floats` is not 0. */
typedef struct {
  const char *source, *kernel, *options;
  uint32_t items[3];
  uint64_t work; /* what besides `items` says how long it takes, e.g. columns */
  int team;
  uint32_t local_floats;
  cl_mem buffers[8];
  const void *arguments;
  size_t argument_bytes;
} kerf_cl_launch;

/* What an operator is prepared from. */
typedef struct {
  kerf_cl_engine *engine;
  const kerf_plan_operator *op;
  uint32_t index;
  const void *detail;
  kerf_operand in[KERF_MAX_INPUTS], out; /* without data */
} kerf_cl_site;

/* Copies to the device. NULL when something has failed. `what` is for the error. */
cl_mem kerf_cl_upload(kerf_cl_engine *engine, const char *what, const void *data, uint64_t bytes);
/* The same of floats that become elements. */
cl_mem kerf_cl_upload_elements(kerf_cl_engine *engine, const char *what, const float *floats,
                               uint64_t count);
/* Buffers that are needed for a while: what has been uploaded since a mark is released. */
typedef struct {
  uint32_t buffers;
  uint64_t bytes;
} kerf_cl_mark;
kerf_cl_mark kerf_cl_mark_here(const kerf_cl_engine *engine);
void kerf_cl_release_since(kerf_cl_engine *engine, kerf_cl_mark mark);
/* Adds a step. */
void kerf_cl_add(const kerf_cl_site *site, const kerf_cl_launch *launch);
/* Makes the kernel of a launch. */
kerf_status kerf_cl_prepare(kerf_cl_engine *engine, const kerf_cl_launch *launch,
                            kerf_cl_step *step);
/* Enqueues a step; its event is given where `event` is not NULL. */
cl_int kerf_cl_enqueue(cl_command_queue queue, const kerf_cl_step *step, cl_event *event);
void kerf_cl_refuse(const kerf_cl_site *site, const char *why);

/* Nanoseconds between the start and the end of an event, which is released. */
cl_int kerf_cl_time(cl_event event, uint64_t *nanoseconds);
/* The queue with profiling. */
cl_int kerf_cl_timed_queue(kerf_cl_engine *engine);
/* Fails when the caller wants no more; `what` was being done. */
kerf_status kerf_cl_go_on(const kerf_cl_engine *engine, const char *what, kerf_error *error);
/* Chooses the sizes of groups: those of an earlier process, or the fastest. */
kerf_status kerf_cl_tune(kerf_cl_engine *engine, kerf_error *error);
/* A size that is fair everywhere. */
void kerf_cl_default_group(const kerf_cl_device *device, kerf_cl_step *step);

/* Each adds the steps of one kind of operator. */
typedef void kerf_cl_add_kind(const kerf_cl_site *site);
kerf_cl_add_kind kerf_cl_add_convolution, kerf_cl_add_depthwise, kerf_cl_add_fully_connected,
    kerf_cl_add_pool, kerf_cl_add_elementwise, kerf_cl_add_reduce, kerf_cl_add_softmax,
    kerf_cl_add_resample, kerf_cl_add_lrn, kerf_cl_add_matrix_product, kerf_cl_add_clear;

/* Parts of arguments. */
static inline kerf_cl_activation kerf_cl_activation_of(const kerf_plan_operator *op) {
  return (kerf_cl_activation){op->activation, op->alpha, op->beta};
}
kerf_cl_volume kerf_cl_volume_of(const kerf_plan_tensor *view);
kerf_cl_axes kerf_cl_axes_of(const kerf_axes *axes);
cl_mem kerf_cl_buffer_of(const kerf_cl_engine *engine, const kerf_plan_tensor *view);
/* Which part of the common functions an operator's program needs. */
const char *kerf_cl_functions(const kerf_plan_operator *op);

#endif
