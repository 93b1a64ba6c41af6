#include "api.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

kerf_cl_api kerf_cl;

/* Debian and most others, then where phones have it. */
static const char *const places[] = {
    "libOpenCL.so.1",
    "libOpenCL.so",
    "/vendor/lib64/libOpenCL.so",
    "/system/vendor/lib64/libOpenCL.so",
    "/system/lib64/libOpenCL.so",
    "/vendor/lib64/egl/libGLES_mali.so",
    "/vendor/lib64/libGLES_mali.so",
};

static char problem[256];

/* Opens what KERF_OPENCL names, else the first of `places`. */
static void *open_library(const char *given) {
#ifdef KERF_STATIC /* such executables cannot open libraries */
  (void)given, (void)places;
  return NULL;
#else
  if (given) return dlopen(given, RTLD_NOW | RTLD_LOCAL);
  void *library = NULL;
  for (size_t i = 0; !library && i < sizeof places / sizeof *places; i++)
    library = dlopen(places[i], RTLD_NOW | RTLD_LOCAL);
  return library;
#endif
}

#ifdef KERF_STATIC
#define MISSING "this executable is linked statically, and so can open no libraries"
#else
#define MISSING                                                                      \
  "libOpenCL.so.1 cannot be opened; on Debian, apt-get install ocl-icd-libopencl1, " \
  "and pocl-opencl-icd for a device that is the processor"
#endif

/* Fills kerf_cl, or says in `problem` what is missing. */
static void load(void) {
  const char *given = getenv("KERF_OPENCL");
  void *library = open_library(given);
  if (!library && given)
    snprintf(problem, sizeof problem, "no OpenCL: KERF_OPENCL names \"%s\", which cannot be opened",
             given);
  else if (!library)
    snprintf(problem, sizeof problem, "no OpenCL: " MISSING);
  if (!library) return;
#define FIND(result, name, parameters)                                                      \
  {                                                                                         \
    void *found = dlsym(library, #name);                                                    \
    if (!found) snprintf(problem, sizeof problem, "the OpenCL library has no " #name);      \
    memcpy(&kerf_cl.name, &found, sizeof found);                                            \
  }
  KERF_CL_FUNCTIONS(FIND)
#undef FIND
}

kerf_status kerf_cl_load(kerf_error *error) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, load);
  return *problem ? kerf_fail(error, KERF_ERROR_DEVICE, "%s", problem) : KERF_OK;
}

const char *kerf_cl_error_name(cl_int code) {
#define NAME(name) \
  case name: return #name;
  switch (code) {
    NAME(CL_DEVICE_NOT_FOUND)
    NAME(CL_DEVICE_NOT_AVAILABLE)
    NAME(CL_COMPILER_NOT_AVAILABLE)
    NAME(CL_MEM_OBJECT_ALLOCATION_FAILURE)
    NAME(CL_OUT_OF_RESOURCES)
    NAME(CL_OUT_OF_HOST_MEMORY)
    NAME(CL_PROFILING_INFO_NOT_AVAILABLE)
    NAME(CL_BUILD_PROGRAM_FAILURE)
    NAME(CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST)
    NAME(CL_INVALID_VALUE)
    NAME(CL_INVALID_DEVICE)
    NAME(CL_INVALID_CONTEXT)
    NAME(CL_INVALID_COMMAND_QUEUE)
    NAME(CL_INVALID_MEM_OBJECT)
    NAME(CL_INVALID_BINARY)
    NAME(CL_INVALID_BUILD_OPTIONS)
    NAME(CL_INVALID_PROGRAM_EXECUTABLE)
    NAME(CL_INVALID_KERNEL_NAME)
    NAME(CL_INVALID_KERNEL_ARGS)
    NAME(CL_INVALID_WORK_GROUP_SIZE)
    NAME(CL_INVALID_WORK_ITEM_SIZE)
    NAME(CL_INVALID_EVENT)
    NAME(CL_INVALID_OPERATION)
    NAME(CL_INVALID_BUFFER_SIZE)
    NAME(CL_PLATFORM_NOT_FOUND_KHR)
    default: return "an error";
  }
#undef NAME
}
