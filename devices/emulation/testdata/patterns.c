/* One pattern of accesses, named by the argument: done here, for a simulator to watch; or, compiled
 * with RECORD, written to standard output as kerf-cache reads it. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define BYTES (8u << 20)
static _Alignas(4u << 20) volatile uint32_t memory[BYTES / 4];

#ifdef RECORD
static void touch(uint32_t at, uint16_t store) {
  const struct {
    uint64_t address;
    uint32_t bytes;
    uint16_t core, store;
  } record = {(uint64_t)at * 4, 4, 0, store};
  fwrite(&record, sizeof record, 1, stdout);
}
static uint32_t load(uint32_t at) { return touch(at, 0), 0; }
static void store(uint32_t at) { touch(at, 1); }
#else
static inline uint32_t load(uint32_t at) { return memory[at]; }
static inline void store(uint32_t at) { memory[at] = at; }
#endif

/* Valgrind leaves out loads of what is not used, so all is summed. Each pattern is a function of
 * few variables, which then stay in registers: their own accesses would be seen as well. */
#define PATTERN static __attribute__((noinline)) uint32_t

PATTERN stream(void) {
  uint32_t sum = 0;
  for (uint32_t i = 0; i < BYTES / 4; i++) sum += load(i);
  return sum;
}

PATTERN strided(void) {
  for (uint32_t round = 0; round < 4; round++)
    for (uint32_t i = 0; i < BYTES / 4; i += 40) store(i);
  return 0;
}

#define N 96u
#define BLOCK 16u

/* A product of matrices of N rows in blocks; one count goes through blocks, their places, and the
 * terms of a place. */
PATTERN blocked(void) {
  uint32_t sum = 0;
  for (uint32_t i = 0; i < N * N * N; i++) {
    const uint32_t block = i / (BLOCK * BLOCK * BLOCK), place = i / BLOCK % (BLOCK * BLOCK);
    const uint32_t x = block / 36 * BLOCK + place / BLOCK, z = block % 6 * BLOCK + i % BLOCK;
    const uint32_t y = block / 6 % 6 * BLOCK + place % BLOCK;
    sum += load(x * N + z);
    sum += load(N * N + z * N + y);
    if (i % BLOCK == BLOCK - 1) store(2 * N * N + x * N + y);
  }
  return sum;
}

PATTERN scattered(void) {
  uint32_t seed = 1, sum = 0;
  for (uint32_t i = 0; i < 400000; i++) {
    seed = seed * 1664525u + 1013904223u;
    const uint32_t at = seed >> 12 & (BYTES / 16 - 1);
    if (seed & 0x10000) sum += load(at);
    else store(at);
  }
  return sum;
}

PATTERN none(void) { return 0; }

int main(int argc, char **argv) {
  static const struct {
    const char *name;
    uint32_t (*run)(void);
  } patterns[] = {{"stream", stream}, {"strided", strided}, {"blocked", blocked},
                  {"random", scattered}, {"none", none}};
  for (size_t i = 0; argc > 1 && i < sizeof patterns / sizeof *patterns; i++)
    if (!strcmp(argv[1], patterns[i].name)) return patterns[i].run() == UINT32_MAX;
  return 2;
}
