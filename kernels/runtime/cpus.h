/* The cores that kerf-run may use, and their clocks. Internal. */
#ifndef KERF_CPUS_H
#define KERF_CPUS_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
  uint32_t cpu;
  uint64_t hertz;
} kerf_clock;

/* Keeps this thread, and those that it will make, to the cores of a list such as "0,4-7". Gives 0
 * and the reason when the list cannot be read or the system refuses one of them, else 1. */
int kerf_use_cpus(const char *list, char *error, size_t error_bytes);

/* Writes the present clocks of the cores that this thread may use, at most `room`; gives their
 * number. Cores whose clock the system does not tell are left out. */
uint32_t kerf_read_clocks(kerf_clock *clocks, uint32_t room);

#endif
