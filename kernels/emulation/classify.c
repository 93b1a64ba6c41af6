/* After the "Top-level encodings for A64" of the Arm Architecture Reference Manual (DDI 0487): bits
 * 28 to 25 tell the group, the rest is told apart within it. */
#include "classify.h"

static uint32_t bits(uint32_t opcode, uint32_t high, uint32_t low) {
  return opcode >> low & ((1u << (high - low + 1)) - 1);
}

/* Loads and stores are six families, by bits 29 to 27; in most of them bit 22 says which it is. */
static kerf_class classify_memory(uint32_t opcode) {
  const uint32_t is_vector = bits(opcode, 26, 26), family = bits(opcode, 29, 27);
  if (family == 3 && !bits(opcode, 24, 24)) return KERF_LOAD; /* relative to the program */
  /* A single register, of which stores have the opc 0; and with an ordered unscaled address. */
  if (!is_vector && (family == 7 || family == 3))
    return bits(opcode, 23, 22) ? KERF_LOAD
           : family == 7 && bits(opcode, 21, 21) && !bits(opcode, 11, 10) ? KERF_LOAD /* atomics */
                                                                          : KERF_STORE;
  return bits(opcode, 22, 22) ? KERF_LOAD : KERF_STORE;
}

kerf_class kerf_classify(uint32_t opcode) {
  const uint32_t group = bits(opcode, 28, 25);
  if ((group & 0x5) == 0x4) return classify_memory(opcode);
  if (group == 0x7) return KERF_VECTOR;
  if (group == 0xf) return KERF_SCALAR_FLOAT;
  if ((group & 0xe) == 0x8 || (group & 0x7) == 0x5) return KERF_INTEGER;
  if ((group & 0xe) == 0xa) return bits(opcode, 31, 25) == 0x6a ? KERF_OTHER : KERF_BRANCH;
  return KERF_OTHER;
}

int kerf_is_wide(uint32_t opcode) {
  if ((bits(opcode, 28, 25) & 0x5) != 0x4 || !bits(opcode, 26, 26)) return 0;
  switch (bits(opcode, 29, 27)) {
    case 1: return bits(opcode, 30, 30) && !bits(opcode, 24, 24); /* LD1 to LD4, ST1 to ST4 */
    case 3:
    case 5: return bits(opcode, 31, 30) == 2;                     /* relative to the program; pair */
    case 7: return !bits(opcode, 31, 30) && bits(opcode, 23, 23); /* one register */
    default: return 0;
  }
}
