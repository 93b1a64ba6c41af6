/* Memory for activations. Internal. */
#ifndef KERF_PAGES_H
#define KERF_PAGES_H

#include <stdint.h>

/* Zeroed memory in large pages where the system has them: a tile of activations touches a page for
 * each channel and plane, more than a TLB of small pages holds. NULL when there is none. */
void *kerf_pages_open(uint64_t bytes);
void kerf_pages_close(void *pages, uint64_t bytes);

#endif
