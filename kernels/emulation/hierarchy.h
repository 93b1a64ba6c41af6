/* The caches of some cores down to memory, and what passes between them. Internal.
 *
 * A line that is missed is put into every level above the one that has it; a level neither includes
 * nor excludes the others. Stores allocate, and what they wrote goes down when it is evicted. The
 * copies of cores are coherent: a core that writes a line takes it from all others, and one that
 * reads what another has written gets it through the first level that they share. */
#ifndef KERF_HIERARCHY_H
#define KERF_HIERARCHY_H

#include <pthread.h>
#include <stdio.h>

#include "cache.h"

#define KERF_MAX_LEVELS 4u
#define KERF_MAX_CORES 64u

/* Lines that moved. */
typedef struct {
  uint64_t misses[KERF_MAX_LEVELS];
  uint64_t written_back[KERF_MAX_LEVELS]; /* from each level to the next */
  uint64_t dram_read, dram_written;
} kerf_flow;

typedef struct {
  uint64_t accesses;
  kerf_flow demand, prefetch;
} kerf_traffic;

typedef struct {
  char name[16];
  uint64_t bytes;
  uint32_t ways;
  int shared;
} kerf_level;

typedef struct {
  uint32_t line_bytes, cores, levels;
  uint32_t prefetch_lines; /* that follow a line that the first level missed */
  kerf_level level[KERF_MAX_LEVELS];
} kerf_hierarchy_form;

typedef struct {
  kerf_hierarchy_form form;
  uint32_t line_shift;
  uint32_t own_levels; /* the first levels, of which each core has its own */
  kerf_cache own[KERF_MAX_CORES][KERF_MAX_LEVELS];
  kerf_cache shared[KERF_MAX_LEVELS];
  pthread_mutex_t lock; /* of all that changes words, where there are several cores */
} kerf_hierarchy;

/* Reads a form, lines of words:
 *
 *   line BYTES
 *   cores N
 *   prefetch LINES
 *   level NAME BYTES WAYS own|shared      the first level first
 *
 * 0 when it is not one, of which `error` then tells. */
int kerf_hierarchy_read(FILE *file, kerf_hierarchy_form *form, char *error, size_t error_bytes);

/* 0 without memory; then it is closed too. */
int kerf_hierarchy_open(kerf_hierarchy *h, const kerf_hierarchy_form *form);
void kerf_hierarchy_close(kerf_hierarchy *h);

/* Names and values of a table with one line for each row; no end of line. */
void kerf_traffic_print_names(const kerf_hierarchy_form *form, FILE *file);
void kerf_traffic_print(const kerf_hierarchy_form *form, const kerf_traffic *traffic, FILE *file);
void kerf_traffic_add(kerf_traffic *sum, const kerf_traffic *more);

/* All that is no plain hit. */
void kerf_hierarchy_miss(kerf_hierarchy *h, uint32_t core, uint64_t line, int store,
                         kerf_traffic *traffic);

/* One line is read or written by a core. Hits need no lock: others only take lines away, and which
 * of both came first is open. */
static inline void kerf_hierarchy_touch(kerf_hierarchy *h, uint32_t core, uint64_t line, int store,
                                        kerf_traffic *traffic) {
  kerf_cache *first = &h->own[core][0];
  const uint64_t at = kerf_cache_find(first, line);
  if (at != KERF_NO_LINE && (!store || (kerf_cache_word(first, at) & 1)))
    kerf_cache_use(first, at);
  else
    kerf_hierarchy_miss(h, core, line, store, traffic);
}

/* One access; one that straddles lines touches all of them. */
static inline void kerf_hierarchy_access(kerf_hierarchy *h, uint32_t core, uint64_t address,
                                         uint32_t bytes, int store, kerf_traffic *traffic) {
  traffic->accesses++;
  const uint64_t last = (address + bytes - 1) >> h->line_shift;
  for (uint64_t line = address >> h->line_shift; line <= last; line++)
    kerf_hierarchy_touch(h, core, line, store, traffic);
}

#endif
