/* Public interface of the Kerf runtime: load a plan file, run it, time it.
 *
 * Every function that can fail returns a kerf_status; the text of the last error of a call is
 * written to the caller's buffer, always terminated. Handles are not shared between threads. */
#ifndef KERF_H
#define KERF_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Raised whenever a signature or the meaning of an argument below changes. */
#define KERF_ABI_VERSION 4u

/* Most axes of an input or output. */
#define KERF_MAX_AXES 6u

typedef enum {
  KERF_OK = 0,
  KERF_ERROR_IO = 1,       /* the file cannot be opened, read or mapped */
  KERF_ERROR_FORMAT = 2,   /* the file is not a valid plan */
  KERF_ERROR_MEMORY = 3,   /* an allocation failed */
  KERF_ERROR_ARGUMENT = 4, /* a size, an index or a pointer of the caller is wrong */
  KERF_ERROR_ISA = 5,      /* the processor lacks the instruction set that was asked for, or the
                              plan has a form that only processors run */
  KERF_ERROR_DEVICE = 6,   /* there is no such device, it lacks something, or it failed */
  KERF_ERROR_STOPPED = 7   /* the caller has asked for an end */
} kerf_status;

typedef struct kerf_network kerf_network;

uint32_t kerf_abi_version(void);

/* Name of the widest instruction set that this library has and this processor runs:
 * "avx512", "avx2", "neon" or "reference". */
const char *kerf_best_isa(void);

/* What kerf_open is about. */
typedef enum {
  KERF_STAGE_CHECK = 0,
  KERF_STAGE_COMPILE = 1, /* the kernels of operators */
  KERF_STAGE_TUNE = 2     /* trying sizes of work groups, kernel by kernel */
} kerf_stage;

/* Another thread may read how far kerf_open is, and set `stop` to have it end with
 * KERF_ERROR_STOPPED; both atomically. What was tried by then is kept. Begins as zeros. */
typedef struct {
  uint32_t stage, done, total; /* of the stage; `total` is 0 where it has no parts */
  uint32_t stop;
} kerf_watch;

/* Maps the plan at `path`, checks it whole and prepares it for `threads` workers, each pinned to
 * a core of its own as far as there are cores. `isa` is a name as kerf_best_isa gives, or NULL
 * for the best, or "opencl[:N][:fp16][:untuned][:cache=FOLDER]" for OpenCL device N (0): with
 * elements stored as halves, without trying sizes of work groups, keeping compiled kernels and sizes
 * in a folder; or "cpu+" and such a name for both processors, on which a schedule then divides the
 * work. `watch` is NULL or outlives the call. On failure *network is NULL and `error` says why. */
kerf_status kerf_open(const char *path, uint32_t threads, const char *isa, kerf_watch *watch,
                      kerf_network **network, char *error, size_t error_bytes);

void kerf_close(kerf_network *network);

/* What the device said when it last failed in a call with this network; "" when it has not. */
const char *kerf_failure(const kerf_network *network);

/* How many OpenCL devices there are; `error` says why there are none. */
uint32_t kerf_device_count(char *error, size_t error_bytes);

/* An OpenCL device, kept open with what has been compiled for it: networks that are opened on the
 * same device meanwhile share that. `isa` is a name as above. On failure *device is NULL. */
typedef struct kerf_device kerf_device;
kerf_status kerf_device_open(const char *isa, kerf_device **device, char *error,
                             size_t error_bytes);
void kerf_device_close(kerf_device *device);

/* What it tells of itself, in lines "key: value". */
const char *kerf_device_facts(const kerf_device *device);

/* Bytes of all activations and their padding: what a run works in besides the plan. */
uint64_t kerf_arena_bytes(const kerf_network *network);

/* What a run is given and what it returns, in the order of the model. Names belong to the network;
 * an index that is not there has the name "". The shape functions write as many extents as they
 * return, at most KERF_MAX_AXES; none of them is 0. */
uint32_t kerf_input_count(const kerf_network *network);
const char *kerf_input_name(const kerf_network *network, uint32_t index);
uint32_t kerf_input_shape(const kerf_network *network, uint32_t index, uint32_t *extents);
uint32_t kerf_output_count(const kerf_network *network);
const char *kerf_output_name(const kerf_network *network, uint32_t index);
uint32_t kerf_output_shape(const kerf_network *network, uint32_t index, uint32_t *extents);

/* Operators in execution order. */
uint32_t kerf_operator_count(const kerf_network *network);
const char *kerf_operator_name(const kerf_network *network, uint32_t index);

/* Copies an input in, row-major. `floats` must be the product of its extents. It stays for all
 * runs until it is set again; before it is set it is zeros. */
kerf_status kerf_set_input(kerf_network *network, uint32_t index, const float *input,
                           uint64_t floats);

/* Steps of a network on both processors. The host takes them in order; what it enqueues, the device
 * computes in the order in which it was enqueued. */
typedef enum {
  KERF_STEP_GPU = 0,  /* enqueue an operator */
  KERF_STEP_CPU = 1,  /* compute an operator */
  KERF_STEP_SEND = 2, /* copy what an operator wrote, or with indices behind theirs an input, to the
                         device */
  KERF_STEP_FETCH = 3 /* wait for what the device writes by an operator, and copy it from there */
} kerf_step;

/* Divides a network that was opened on both processors: `count` pairs of a kerf_step and an index.
 * Whether everything is computed and copied in time is the caller's business. */
kerf_status kerf_set_schedule(kerf_network *network, const uint32_t *steps, uint32_t count);

/* Runs once by the schedule, and writes when each step began and ended: 2 values for each, in
 * nanoseconds from the start of the run. Of an operator on the device, when the device did. */
kerf_status kerf_trace(kerf_network *network, uint64_t *nanoseconds);

/* Runs the whole network once. */
kerf_status kerf_run(kerf_network *network);

/* Copies an output of the last run out, row-major. `floats` must be the product of its extents. */
kerf_status kerf_get_output(const kerf_network *network, uint32_t index, float *output,
                            uint64_t floats);

/* Runs the network `calls` times and writes the nanoseconds of each call. */
kerf_status kerf_measure(kerf_network *network, uint32_t calls, uint64_t *nanoseconds);

/* Runs once and writes the nanoseconds of each operator (kerf_operator_count values). */
kerf_status kerf_profile(kerf_network *network, uint64_t *nanoseconds);

#ifdef __cplusplus
}
#endif

#endif
