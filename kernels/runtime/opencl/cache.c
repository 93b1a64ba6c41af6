#include "cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

uint64_t kerf_hash(uint64_t hash, const void *bytes, size_t count) {
  const unsigned char *at = bytes;
  for (size_t i = 0; i < count; i++) hash = (hash ^ at[i]) * 1099511628211ull;
  return hash;
}

uint64_t kerf_hash_text(uint64_t hash, const char *text) {
  return kerf_hash(hash, text, strlen(text) + 1);
}

enum { PATH_BYTES = 4096, MOST_BYTES = 1 << 28 };

static int path_of(char path[PATH_BYTES], const char *folder, uint64_t key, const char *kind) {
  const int length =
      snprintf(path, PATH_BYTES, "%s/%016llx.%s", folder, (unsigned long long)key, kind);
  return length > 0 && length < PATH_BYTES - 32; /* room for a temporary name */
}

unsigned char *kerf_cache_read(const char *folder, uint64_t key, const char *kind, size_t *bytes) {
  char path[PATH_BYTES];
  if (!folder || !path_of(path, folder, key, kind)) return NULL;
  FILE *file = fopen(path, "rb");
  unsigned char *data = NULL;
  struct stat status;
  if (file && !fstat(fileno(file), &status) && status.st_size > 0 && status.st_size < MOST_BYTES)
    data = malloc((size_t)status.st_size + 1);
  if (data) {
    *bytes = fread(data, 1, (size_t)status.st_size, file);
    data[*bytes] = 0;
  }
  if (file) fclose(file);
  return data;
}

void kerf_cache_write(const char *folder, uint64_t key, const char *kind, const void *data,
                      size_t bytes) {
  char path[PATH_BYTES], partial[PATH_BYTES + 32];
  if (!folder || !path_of(path, folder, key, kind)) return;
  mkdir(folder, 0777);
  snprintf(partial, sizeof partial, "%s.XXXXXX", path);
  const int handle = mkstemp(partial);
  FILE *file = handle < 0 ? NULL : fdopen(handle, "wb");
  if (!file) {
    if (handle >= 0) close(handle), unlink(partial);
    return;
  }
  int complete = fwrite(data, 1, bytes, file) == bytes;
  complete = !fclose(file) && complete;
  if (!complete || rename(partial, path)) unlink(partial);
}
