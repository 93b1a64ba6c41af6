#include "hierarchy.h"

static kerf_cache *cache_of(kerf_hierarchy *h, uint32_t core, uint32_t level) {
  return level < h->own_levels ? &h->own[core][level] : &h->shared[level];
}

int kerf_hierarchy_open(kerf_hierarchy *h, const kerf_hierarchy_form *form) {
  *h = (kerf_hierarchy){.form = *form};
  pthread_mutex_init(&h->lock, NULL);
  while ((1u << h->line_shift) < form->line_bytes) h->line_shift++;
  while (h->own_levels < form->levels && !form->level[h->own_levels].shared) h->own_levels++;
  for (uint32_t l = 0; l < form->levels; l++) {
    const kerf_level *level = &form->level[l];
    const uint64_t sets = level->bytes / form->line_bytes / level->ways;
    for (uint32_t core = 0; core < (level->shared ? 1 : form->cores); core++) {
      if (kerf_cache_open(cache_of(h, core, l), sets, level->ways)) continue;
      kerf_hierarchy_close(h);
      return 0;
    }
  }
  return 1;
}

void kerf_hierarchy_close(kerf_hierarchy *h) {
  for (uint32_t l = 0; l < h->form.levels; l++)
    for (uint32_t core = 0; core < (l < h->own_levels ? h->form.cores : 1); core++)
      kerf_cache_close(cache_of(h, core, l));
  pthread_mutex_destroy(&h->lock);
}

static void write_back(kerf_hierarchy *h, uint32_t core, uint32_t level, uint64_t line,
                       kerf_flow *flow);

static void install(kerf_hierarchy *h, uint32_t core, uint32_t level, uint64_t line, int dirty,
                    kerf_flow *flow) {
  const uint64_t displaced = kerf_cache_insert(cache_of(h, core, level), line, dirty);
  if (displaced == KERF_NO_LINE || !(displaced & 1)) return;
  flow->written_back[level]++;
  write_back(h, core, level + 1, displaced >> 1, flow);
}

/* A whole line comes from above, so that nothing is fetched for it. */
static void write_back(kerf_hierarchy *h, uint32_t core, uint32_t level, uint64_t line,
                       kerf_flow *flow) {
  if (level == h->form.levels) {
    flow->dram_written++;
    return;
  }
  kerf_cache *cache = cache_of(h, core, level);
  const uint64_t at = kerf_cache_find(cache, line);
  if (at == KERF_NO_LINE) {
    install(h, core, level, line, 1, flow);
  } else {
    kerf_cache_set(cache, at, KERF_WORD(line, 1));
    kerf_cache_use(cache, at);
  }
}

/* Takes a line from all other cores, or only makes it clean there, so that it can be shared. What
 * one of them has written goes to the first level that all share. */
static void snoop(kerf_hierarchy *h, uint32_t core, uint64_t line, int take, kerf_flow *flow) {
  int written = 0;
  for (uint32_t other = 0; other < h->form.cores; other++) {
    if (other == core) continue;
    for (uint32_t level = 0; level < h->own_levels; level++) {
      kerf_cache *cache = &h->own[other][level];
      const uint64_t at = kerf_cache_find(cache, line);
      if (at == KERF_NO_LINE) continue;
      written |= kerf_cache_word(cache, at) & 1;
      kerf_cache_set(cache, at, take ? KERF_NO_LINE : KERF_WORD(line, 0));
    }
  }
  if (written) write_back(h, core, h->own_levels, line, flow);
}

/* Brings a line into the first level; whether it was not there. */
static int fetch(kerf_hierarchy *h, uint32_t core, uint64_t line, int store, kerf_flow *flow) {
  kerf_cache *first = &h->own[core][0];
  const uint64_t at = kerf_cache_find(first, line);
  if (at != KERF_NO_LINE) {
    if (store) {
      snoop(h, core, line, 1, flow);
      kerf_cache_set(first, at, KERF_WORD(line, 1));
    }
    kerf_cache_use(first, at);
    return 0;
  }
  uint32_t level = 0;
  for (; level < h->form.levels; level++) {
    if (level == h->own_levels) snoop(h, core, line, store, flow);
    kerf_cache *cache = cache_of(h, core, level);
    const uint64_t found = kerf_cache_find(cache, line);
    if (found != KERF_NO_LINE) {
      kerf_cache_use(cache, found);
      break;
    }
    flow->misses[level]++;
  }
  if (level == h->form.levels) {
    if (level == h->own_levels) snoop(h, core, line, store, flow);
    flow->dram_read++;
  } else if (store && level < h->own_levels) {
    snoop(h, core, line, 1, flow);
  }
  while (level-- > 0) install(h, core, level, line, store && level == 0, flow);
  return 1;
}

void kerf_hierarchy_miss(kerf_hierarchy *h, uint32_t core, uint64_t line, int store,
                         kerf_traffic *traffic) {
  const int several = h->form.cores > 1;
  if (several) pthread_mutex_lock(&h->lock);
  if (fetch(h, core, line, store, &traffic->demand))
    for (uint32_t next = 1; next <= h->form.prefetch_lines; next++)
      if (kerf_cache_find(&h->own[core][0], line + next) == KERF_NO_LINE)
        fetch(h, core, line + next, 0, &traffic->prefetch);
  if (several) pthread_mutex_unlock(&h->lock);
}
