/* Programs: built once for each device and set of options, and kept between processes as binaries.
 * Internal. */
#ifndef KERF_CL_PROGRAM_H
#define KERF_CL_PROGRAM_H

#include "device.h"

/* A program, which the device owns, and the hash of all that it follows from. */
typedef struct {
  cl_program program;
  uint64_t hash;
} kerf_cl_program;

/* Builds `source`, e.g. "pool.cl", with options of its own, e.g. "-DROWS=8". */
kerf_status kerf_cl_build(kerf_cl_device *device, const kerf_cl_choice *choice, const char *source,
                          const char *options, kerf_cl_program *program, kerf_error *error);

void kerf_cl_release_built(kerf_cl_device *device);

#endif
