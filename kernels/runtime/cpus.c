#include "cpus.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads one number of a list and moves on behind it; -1 when there is none. */
static long core(const char **text) {
  char *end;
  if (**text < '0' || **text > '9') return -1;
  const long cpu = strtol(*text, &end, 10);
  *text = end;
  return cpu < CPU_SETSIZE ? cpu : -1;
}

static int parse_list(const char *list, cpu_set_t *set) {
  CPU_ZERO(set);
  for (;; list++) {
    const long first = core(&list);
    long last = first;
    if (*list == '-') {
      list++;
      last = core(&list);
    }
    if (first < 0 || last < first) return 0;
    for (long cpu = first; cpu <= last; cpu++) CPU_SET(cpu, set);
    if (!*list) return 1;
    if (*list != ',') return 0;
  }
}

int kerf_use_cpus(const char *list, char *error, size_t error_bytes) {
  cpu_set_t wanted, got;
  if (!parse_list(list, &wanted)) {
    snprintf(error, error_bytes, "not a list of cores such as 0,4-7: %s", list);
    return 0;
  }
  /* The system leaves out in silence what a container or a cpuset forbids, so that is asked. */
  if (sched_setaffinity(0, sizeof wanted, &wanted) || sched_getaffinity(0, sizeof got, &got)) {
    snprintf(error, error_bytes, "cannot run on cores %s: %s", list, strerror(errno));
    return 0;
  }
  if (CPU_EQUAL(&wanted, &got)) return 1;
  snprintf(error, error_bytes, "cannot run on all of the cores %s: %d of %d are allowed", list,
           CPU_COUNT(&got), CPU_COUNT(&wanted));
  return 0;
}

uint32_t kerf_read_clocks(kerf_clock *clocks, uint32_t room) {
  cpu_set_t allowed;
  uint32_t count = 0;
  if (sched_getaffinity(0, sizeof allowed, &allowed)) return 0;
  for (uint32_t cpu = 0; cpu < CPU_SETSIZE && count < room; cpu++) {
    if (!CPU_ISSET(cpu, &allowed)) continue;
    char path[96];
    unsigned long khz = 0;
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%u/cpufreq/scaling_cur_freq", cpu);
    FILE *file = fopen(path, "r");
    if (!file) continue;
    if (fscanf(file, "%lu", &khz) == 1 && khz)
      clocks[count++] = (kerf_clock){cpu, (uint64_t)khz * 1000u};
    fclose(file);
  }
  return count;
}
