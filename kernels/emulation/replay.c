/* kerf-cache: replays a stream of accesses through the model of the caches, without an emulator.
 *
 *   kerf-cache FORM < STREAM
 *
 * FORM is a file as kerf_hierarchy_read wants it. The stream is records of 16 bytes, little-endian:
 * address (8), bytes (4), core (2), store (2, 0 or 1). Prints a table, one line for each core. */
#include <string.h>

#include "hierarchy.h"

typedef struct {
  uint64_t address;
  uint32_t bytes;
  uint16_t core, store;
} record;

static int fail(const char *what, const char *detail) {
  fprintf(stderr, "kerf-cache: %s %s\n", what, detail);
  return 1;
}

static int replay(kerf_hierarchy *h) {
  kerf_traffic traffic[KERF_MAX_CORES] = {0};
  record records[1024];
  size_t count;
  while ((count = fread(records, sizeof *records, 1024, stdin)))
    for (size_t i = 0; i < count; i++) {
      const record *r = &records[i];
      if (r->core >= h->form.cores || !r->bytes || r->store > 1)
        return fail("a record of the stream", "is no access");
      kerf_hierarchy_access(h, r->core, r->address, r->bytes, r->store, &traffic[r->core]);
    }
  printf("core\t");
  kerf_traffic_print_names(&h->form, stdout);
  for (uint32_t core = 0; core < h->form.cores; core++) {
    printf("\n%u\t", core);
    kerf_traffic_print(&h->form, &traffic[core], stdout);
  }
  printf("\n");
  return 0;
}

int main(int argc, char **argv) {
  static kerf_hierarchy h;
  kerf_hierarchy_form form;
  char error[256];
  if (argc != 2) return fail("usage: kerf-cache", "FORM < STREAM");
  FILE *file = fopen(argv[1], "r");
  if (!file) return fail("cannot open", argv[1]);
  const int understood = kerf_hierarchy_read(file, &form, error, sizeof error);
  fclose(file);
  if (!understood) return fail(argv[1], error);
  if (!kerf_hierarchy_open(&h, &form)) return fail("no memory for", argv[1]);
  const int code = replay(&h);
  kerf_hierarchy_close(&h);
  return code;
}
