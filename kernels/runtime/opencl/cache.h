/* What is kept from one process to the next: small files in one folder, named by the content that
 * they follow from. Internal. */
#ifndef KERF_CL_CACHE_H
#define KERF_CL_CACHE_H

#include <stddef.h>
#include <stdint.h>

/* A running hash; begins as KERF_HASH_BEGIN. */
#define KERF_HASH_BEGIN 14695981039346656037ull
uint64_t kerf_hash(uint64_t hash, const void *bytes, size_t count);

/* Adds a text and its end, so that "ab", "c" and "a", "bc" differ. */
uint64_t kerf_hash_text(uint64_t hash, const char *text);

/* Reads the file of `key` and `kind`, to be freed; NULL where there is none or no folder. */
unsigned char *kerf_cache_read(const char *folder, uint64_t key, const char *kind, size_t *bytes);

/* Writes it whole or not at all. That it cannot be written is no error: it is made again. */
void kerf_cache_write(const char *folder, uint64_t key, const char *kind, const void *data,
                      size_t bytes);

#endif
