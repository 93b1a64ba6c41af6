/* A device with its context and the programs built for it, shared by all networks that are open on
 * it. Internal. */
#ifndef KERF_CL_DEVICE_H
#define KERF_CL_DEVICE_H

#include <pthread.h>

#include "api.h"

/* What was asked for: "opencl", then any of ":N" (which device), ":fp16", ":untuned", and last
 * ":cache=FOLDER". */
typedef struct {
  uint32_t index;
  int half;           /* elements are stored as halves */
  int untuned;        /* sizes of work groups are not tried out */
  const char *folder; /* of what is kept between processes, NULL for none; in the text itself */
} kerf_cl_choice;

/* Whether a name is of this kind at all. */
int kerf_cl_is_name(const char *name);
kerf_status kerf_cl_parse(const char *name, kerf_cl_choice *choice, kerf_error *error);

typedef struct kerf_cl_built kerf_cl_built; /* programs, see program.c */

typedef struct kerf_cl_device {
  struct kerf_cl_device *next;
  uint32_t index, references;
  cl_device_id id;
  cl_context context;
  pthread_mutex_t lock; /* of `built` */
  kerf_cl_built *built;
  uint64_t hash; /* of the device and its driver */
  cl_ulong most_alloc_bytes, global_bytes, local_bytes;
  size_t most_group, most_items[3];
  char *name;  /* of the device */
  char *facts; /* lines "key: value" */
} kerf_cl_device;

/* Opens device `index` of all platforms, or gives the one that is open already. */
kerf_status kerf_cl_device_open(uint32_t index, kerf_cl_device **device, kerf_error *error);
void kerf_cl_device_close(kerf_cl_device *device);

/* Says which call went wrong on which device. */
kerf_status kerf_cl_fail(const kerf_cl_device *device, const char *what, cl_int code,
                         kerf_error *error);

#endif
