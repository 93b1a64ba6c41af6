/* Tells an emulator what a worker works on. On a processor a mark is two instructions, one of which
 * does nothing; on others than AArch64, nothing at all. Internal. */
#ifndef KERF_MARK_H
#define KERF_MARK_H

#include <stdint.h>

enum {
  KERF_MARK_IDLE,     /* waits, for how long is chance: its accesses are not looked at */
  KERF_MARK_COUNT,    /* what was counted so far is forgotten; nobody works */
  KERF_MARK_WARM,     /* works only so that the caches are as they would be */
  KERF_MARK_OPERATOR, /* works on the first operator, and so on */
};

/* A hint that no processor knows, which therefore does nothing (HINT #107). The store behind it
 * marks: its address, behind that of the first mark of all, KERF_MARK_IDLE, says what. */
#define KERF_MARK_OPCODE 0xd5032d7fu

/* `marks` has a byte for each mark. A function of its own, so that a block of instructions ends
 * where a mark is. */
void kerf_mark(uint8_t *marks, uint32_t mark);

#endif
