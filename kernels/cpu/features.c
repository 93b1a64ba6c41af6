/* Which tables of kernels this processor can run. */
#include <string.h>

#include "kernels.h"

static const kerf_kernels *const tables[] = { /* best first */
#if defined(__x86_64__)
    &kerf_kernels__avx512,
    &kerf_kernels__avx2,
#elif defined(__aarch64__)
    &kerf_kernels__neon,
#endif
    &kerf_kernels__reference,
};

static int runs_here(const kerf_kernels *table) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (table == &kerf_kernels__avx512)
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("fma");
  if (table == &kerf_kernels__avx2)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
  (void)table;
  return 1; /* NEON is part of every AArch64 processor */
}

const kerf_kernels *kerf_find_kernels(const char *name) {
  for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
    if ((!name || !strcmp(name, tables[i]->name)) && runs_here(tables[i])) return tables[i];
  return NULL;
}
