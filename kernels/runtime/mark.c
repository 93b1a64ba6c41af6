#include "kerf_mark.h"

void kerf_mark(uint8_t *marks, uint32_t mark) {
#ifdef __aarch64__
  __asm__ volatile("hint #107\n\tstrb wzr, [%0]" : : "r"(marks + mark) : "memory");
#else
  (void)marks, (void)mark;
#endif
}
