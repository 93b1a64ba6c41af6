/* The kernels' sources, which are part of the library. Internal. */
#ifndef KERF_CL_SOURCES_H
#define KERF_CL_SOURCES_H

#include <stddef.h>

typedef struct {
  const char *name; /* "pool.cl" */
  const char *begin, *end;
} kerf_cl_source;

/* What stands ahead of every kernel, in this order. */
#define KERF_CL_PRELUDES 4u
extern const kerf_cl_source kerf_cl_preludes[KERF_CL_PRELUDES];

/* The source called `name`, which is there. */
const kerf_cl_source *kerf_cl_find_source(const char *name);

#endif
