/* One cache: set-associative, the least recently used line of a set is evicted. Internal. */
#ifndef KERF_CACHE_H
#define KERF_CACHE_H

#include <stdatomic.h>
#include <stdint.h>

/* A line's number and whether it is newer than what lies behind the cache; no line has this one. */
#define KERF_NO_LINE UINT64_MAX
#define KERF_WORD(line, dirty) ((line) << 1 | (uint64_t)(dirty))

typedef struct {
  uint64_t set_mask;
  uint32_t ways;
  _Atomic uint64_t *words; /* [set][way] */
  uint64_t *used;          /* when each was last used */
  uint64_t clock;
} kerf_cache;

/* 0 without memory. `sets` is a power of two. */
int kerf_cache_open(kerf_cache *cache, uint64_t sets, uint32_t ways);
void kerf_cache_close(kerf_cache *cache);

static inline uint64_t kerf_cache_word(const kerf_cache *cache, uint64_t at) {
  return atomic_load_explicit(&cache->words[at], memory_order_relaxed);
}

static inline void kerf_cache_set(kerf_cache *cache, uint64_t at, uint64_t word) {
  atomic_store_explicit(&cache->words[at], word, memory_order_relaxed);
}

/* Where a line is, KERF_NO_LINE if it is not there. */
static inline uint64_t kerf_cache_find(const kerf_cache *cache, uint64_t line) {
  const uint64_t first = (line & cache->set_mask) * cache->ways, clean = KERF_WORD(line, 0);
  for (uint32_t way = 0; way < cache->ways; way++)
    if ((kerf_cache_word(cache, first + way) ^ clean) < 2) return first + way;
  return KERF_NO_LINE;
}

static inline void kerf_cache_use(kerf_cache *cache, uint64_t at) {
  cache->used[at] = ++cache->clock;
}

/* Puts in a line that is not there; the word that it displaced, KERF_NO_LINE if none. */
uint64_t kerf_cache_insert(kerf_cache *cache, uint64_t line, int dirty);

#endif
