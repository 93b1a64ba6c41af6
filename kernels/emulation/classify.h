/* What kind of work an AArch64 instruction is. Internal. */
#ifndef KERF_CLASSIFY_H
#define KERF_CLASSIFY_H

#include <stdint.h>

typedef enum {
  KERF_VECTOR,       /* Advanced SIMD on vectors, arithmetic and moves alike */
  KERF_SCALAR_FLOAT, /* floating point and Advanced SIMD on one value */
  KERF_INTEGER,      /* on general registers, addresses included */
  KERF_LOAD,         /* also prefetches and read-modify-write atomics */
  KERF_STORE,
  KERF_BRANCH,
  KERF_OTHER, /* system, barriers, hints */
  KERF_CLASSES
} kerf_class;

kerf_class kerf_classify(uint32_t opcode);

/* Whether it loads or stores registers of 128 bits. */
int kerf_is_wide(uint32_t opcode);

#endif
