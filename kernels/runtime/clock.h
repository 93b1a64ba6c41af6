/* The clock that everything is timed by. Internal. */
#ifndef KERF_CLOCK_H
#define KERF_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Nanoseconds since some time. */
static inline uint64_t kerf_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

#endif
