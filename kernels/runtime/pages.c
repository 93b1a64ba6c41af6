#include "pages.h"

#include <stddef.h>
#include <sys/mman.h>

#include "guard.h"

#define LARGE_PAGE (2ull << 20)

static uint64_t whole_pages(uint64_t bytes) { return (bytes + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE; }

/* Maps one page more than needed and gives back what lies before and after the aligned part. */
void *kerf_pages_open(uint64_t bytes) {
  const uint64_t whole = whole_pages(bytes);
  uint8_t *mapped = mmap(NULL, whole + LARGE_PAGE, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return NULL;
  const uint64_t before = (LARGE_PAGE - (uintptr_t)mapped % LARGE_PAGE) % LARGE_PAGE;
  if (before) munmap(mapped, before);
  munmap(mapped + before + whole, LARGE_PAGE - before);
#ifdef MADV_HUGEPAGE
  madvise(mapped + before, whole, MADV_HUGEPAGE); /* a wish: without it all is slower, not wrong */
#endif
  KERF_GUARD(mapped + before + bytes, whole - bytes);
  return mapped + before;
}

void kerf_pages_close(void *pages, uint64_t bytes) {
  if (!pages) return;
  KERF_UNGUARD(pages, whole_pages(bytes));
  munmap(pages, whole_pages(bytes));
}
