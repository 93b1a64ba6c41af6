#include "program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "sources.h"

struct kerf_cl_built {
  kerf_cl_built *next;
  kerf_cl_program made;
};

void kerf_cl_release_built(kerf_cl_device *device) {
  while (device->built) {
    kerf_cl_built *next = device->built->next;
    kerf_cl.clReleaseProgram(device->built->made.program);
    free(device->built);
    device->built = next;
  }
}

static uint64_t hash_source(uint64_t hash, const kerf_cl_source *source) {
  return kerf_hash(kerf_hash_text(hash, source->name), source->begin,
                   (size_t)(source->end - source->begin));
}

/* Says where a build failed, in the compiler's own words. */
static kerf_status tell_log(const kerf_cl_device *d, cl_program program, const char *source,
                            const char *options, cl_int code, kerf_error *error) {
  size_t bytes = 0;
  if (kerf_cl.clGetProgramBuildInfo(program, d->id, CL_PROGRAM_BUILD_LOG, 0, NULL, &bytes))
    bytes = 0;
  char *log = calloc(bytes + 1, 1);
  if (log && bytes)
    kerf_cl.clGetProgramBuildInfo(program, d->id, CL_PROGRAM_BUILD_LOG, bytes, log, NULL);
  const kerf_status status =
      kerf_fail(error, KERF_ERROR_DEVICE, "device \"%s\" cannot build %s (%s): %s (%d)\n%s", d->name,
                source, options, kerf_cl_error_name(code), code, log ? log : "");
  free(log);
  return status;
}

/* From the source, of which every part begins with its name and line 1, so that logs are true. */
static kerf_status from_source(const kerf_cl_device *d, const kerf_cl_source *kernel,
                               const char *options, cl_program *program, kerf_error *error) {
  enum { PARTS = KERF_CL_PRELUDES + 1 };
  char lines[PARTS][64];
  const char *texts[2 * PARTS];
  size_t lengths[2 * PARTS];
  for (uint32_t i = 0; i < PARTS; i++) {
    const kerf_cl_source *part = i < KERF_CL_PRELUDES ? &kerf_cl_preludes[i] : kernel;
    lengths[2 * i] = (size_t)snprintf(lines[i], sizeof lines[i], "#line 1 \"%s\"\n", part->name);
    texts[2 * i] = lines[i];
    lengths[2 * i + 1] = (size_t)(part->end - part->begin);
    texts[2 * i + 1] = part->begin;
  }
  cl_int code;
  *program = kerf_cl.clCreateProgramWithSource(d->context, 2 * PARTS, texts, lengths, &code);
  if (!*program) return kerf_cl_fail(d, "take a source", code, error);
  code = kerf_cl.clBuildProgram(*program, 1, &d->id, options, NULL, NULL);
  if (!code) return KERF_OK;
  const kerf_status status = tell_log(d, *program, kernel->name, options, code, error);
  kerf_cl.clReleaseProgram(*program);
  return status;
}

/* From a binary of an earlier process; 0 where there is none, or one that the driver refuses. */
static int from_cache(const kerf_cl_device *d, const char *folder, uint64_t key,
                      const char *options, cl_program *program) {
  size_t bytes = 0;
  unsigned char *binary = kerf_cache_read(folder, key, "program", &bytes);
  if (!binary) return 0;
  const unsigned char *const_binary = binary;
  cl_int code, of_binary;
  *program = kerf_cl.clCreateProgramWithBinary(d->context, 1, &d->id, &bytes, &const_binary,
                                               &of_binary, &code);
  free(binary);
  if (*program && kerf_cl.clBuildProgram(*program, 1, &d->id, options, NULL, NULL)) {
    kerf_cl.clReleaseProgram(*program);
    *program = NULL;
  }
  return *program != NULL;
}

static void to_cache(const char *folder, uint64_t key, cl_program program) {
  size_t bytes = 0;
  if (!folder ||
      kerf_cl.clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, sizeof bytes, &bytes, NULL) ||
      !bytes)
    return;
  unsigned char *binary = malloc(bytes);
  if (binary &&
      !kerf_cl.clGetProgramInfo(program, CL_PROGRAM_BINARIES, sizeof binary, &binary, NULL))
    kerf_cache_write(folder, key, "program", binary, bytes);
  free(binary);
}

/* With the device's lock held. */
static kerf_status build(kerf_cl_device *d, const kerf_cl_choice *choice,
                         const kerf_cl_source *kernel, const char *options, kerf_cl_program *made,
                         kerf_error *error) {
  uint64_t hash = kerf_hash_text(d->hash, options);
  for (uint32_t i = 0; i < KERF_CL_PRELUDES; i++) hash = hash_source(hash, &kerf_cl_preludes[i]);
  made->hash = hash = hash_source(hash, kernel);
  for (const kerf_cl_built *b = d->built; b; b = b->next)
    if (b->made.hash == hash) {
      *made = b->made;
      return KERF_OK;
    }
  kerf_cl_built *entry = calloc(1, sizeof *entry);
  if (!entry) return kerf_fail(error, KERF_ERROR_MEMORY, "no memory for a program");
  if (!from_cache(d, choice->folder, hash, options, &made->program)) {
    const kerf_status status = from_source(d, kernel, options, &made->program, error);
    if (status) {
      free(entry);
      return status;
    }
    to_cache(choice->folder, hash, made->program);
  }
  *entry = (kerf_cl_built){d->built, *made};
  d->built = entry;
  return KERF_OK;
}

kerf_status kerf_cl_build(kerf_cl_device *device, const kerf_cl_choice *choice, const char *source,
                          const char *own, kerf_cl_program *program, kerf_error *error) {
  char options[256];
  snprintf(options, sizeof options, "-cl-std=CL1.2%s%s%s", choice->half ? " -DKERF_HALF" : "",
           *own ? " " : "", own);
  pthread_mutex_lock(&device->lock);
  const kerf_status status =
      build(device, choice, kerf_cl_find_source(source), options, program, error);
  pthread_mutex_unlock(&device->lock);
  return status;
}
