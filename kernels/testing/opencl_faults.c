/* An OpenCL that goes wrong as KERF_FAULT says; otherwise the system's. What is not defined here is
 * found in the system's library, which this one is linked to. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "opencl/api.h"

static int fault(const char *name) {
  const char *wanted = getenv("KERF_FAULT");
  return wanted && !strcmp(wanted, name);
}

/* The system's own function. */
static void *real(const char *name) {
  static void *library;
  if (!library) library = dlopen("libOpenCL.so.1", RTLD_NOW | RTLD_LOCAL);
  return dlsym(library, name);
}

cl_int clGetPlatformIDs(cl_uint entries, cl_platform_id *platforms, cl_uint *count) {
  cl_int (*next)(cl_uint, cl_platform_id *, cl_uint *) = real("clGetPlatformIDs");
  return fault("no platform") ? CL_PLATFORM_NOT_FOUND_KHR : next(entries, platforms, count);
}

/* Gives a number in place of what the device says. */
static cl_int told(cl_ulong number, size_t bytes, void *value) {
  if (value) memcpy(value, &number, bytes < sizeof number ? bytes : sizeof number);
  return CL_SUCCESS;
}

cl_int clGetDeviceInfo(cl_device_id device, cl_uint what, size_t bytes, void *value, size_t *size) {
  cl_int (*next)(cl_device_id, cl_uint, size_t, void *, size_t *) = real("clGetDeviceInfo");
  if (what == CL_DEVICE_COMPILER_AVAILABLE && fault("no compiler")) return told(0, bytes, value);
  if (what == CL_DEVICE_MAX_MEM_ALLOC_SIZE && fault("little memory")) return told(512, bytes, value);
  const cl_int code = next(device, what, bytes, value, size);
  if (what == CL_DEVICE_VERSION && value && fault("old version"))
    memcpy(value, "OpenCL 1.1", strlen("OpenCL 1.1"));
  return code;
}

cl_mem clCreateBuffer(cl_context context, cl_bitfield flags, size_t bytes, void *host, cl_int *code) {
  cl_mem (*next)(cl_context, cl_bitfield, size_t, void *, cl_int *) = real("clCreateBuffer");
  if (!fault("no buffers")) return next(context, flags, bytes, host, code);
  *code = CL_MEM_OBJECT_ALLOCATION_FAILURE;
  return NULL;
}

cl_program clCreateProgramWithSource(cl_context context, cl_uint count, const char **texts,
                                     const size_t *lengths, cl_int *code) {
  cl_program (*next)(cl_context, cl_uint, const char **, const size_t *, cl_int *) =
      real("clCreateProgramWithSource");
  if (!fault("no sources")) return next(context, count, texts, lengths, code);
  *code = CL_OUT_OF_HOST_MEMORY;
  return NULL;
}

cl_int clBuildProgram(cl_program program, cl_uint count, const cl_device_id *devices,
                      const char *options, void (*notify)(cl_program, void *), void *data) {
  cl_int (*next)(cl_program, cl_uint, const cl_device_id *, const char *,
                 void (*)(cl_program, void *), void *) = real("clBuildProgram");
  char worse[512];
  snprintf(worse, sizeof worse, "%s%s", options, fault("bad build") ? " -Dacross=3" : "");
  return next(program, count, devices, worse, notify, data);
}

cl_int clEnqueueNDRangeKernel(cl_command_queue queue, cl_kernel kernel, cl_uint axes,
                              const size_t *offset, const size_t *global, const size_t *local,
                              cl_uint count, const cl_event *events, cl_event *event) {
  cl_int (*next)(cl_command_queue, cl_kernel, cl_uint, const size_t *, const size_t *,
                 const size_t *, cl_uint, const cl_event *, cl_event *) =
      real("clEnqueueNDRangeKernel");
  if (fault("lost")) return CL_DEVICE_NOT_AVAILABLE;
  if (fault("tell groups")) fprintf(stderr, "group %zu x %zu\n", local[0], local[1]);
  return next(queue, kernel, axes, offset, global, local, count, events, event);
}
