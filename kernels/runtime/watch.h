/* What another thread may see of a call and say to it: the words of a kerf_watch, which both access
 * atomically. Internal. */
#ifndef KERF_WATCH_H
#define KERF_WATCH_H

#include "kerf.h"

static inline void kerf_watch_tell(kerf_watch *watch, kerf_stage stage, uint32_t done,
                                   uint32_t total) {
  if (!watch) return;
  __atomic_store_n(&watch->stage, (uint32_t)stage, __ATOMIC_RELAXED);
  __atomic_store_n(&watch->done, done, __ATOMIC_RELAXED);
  __atomic_store_n(&watch->total, total, __ATOMIC_RELAXED);
}

static inline int kerf_watch_stopped(const kerf_watch *watch) {
  return watch && __atomic_load_n(&watch->stop, __ATOMIC_RELAXED);
}

#endif
