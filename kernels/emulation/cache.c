#include "cache.h"

#include <stdlib.h>

int kerf_cache_open(kerf_cache *cache, uint64_t sets, uint32_t ways) {
  *cache = (kerf_cache){.set_mask = sets - 1, .ways = ways};
  cache->words = malloc(sets * ways * sizeof *cache->words);
  cache->used = calloc(sets * ways, sizeof *cache->used);
  if (!cache->words || !cache->used) return 0;
  for (uint64_t at = 0; at < sets * ways; at++) atomic_init(&cache->words[at], KERF_NO_LINE);
  return 1;
}

void kerf_cache_close(kerf_cache *cache) {
  free(cache->words);
  free(cache->used);
}

uint64_t kerf_cache_insert(kerf_cache *cache, uint64_t line, int dirty) {
  const uint64_t first = (line & cache->set_mask) * cache->ways;
  uint64_t oldest = first;
  for (uint64_t at = first; at < first + cache->ways; at++) {
    if (kerf_cache_word(cache, at) == KERF_NO_LINE) {
      oldest = at;
      break;
    }
    if (cache->used[at] < cache->used[oldest]) oldest = at;
  }
  const uint64_t displaced = kerf_cache_word(cache, oldest);
  kerf_cache_set(cache, oldest, KERF_WORD(line, dirty));
  kerf_cache_use(cache, oldest);
  return displaced;
}
