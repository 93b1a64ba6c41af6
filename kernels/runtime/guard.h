/* AddressSanitizer guards what malloc gives, not what mmap gives. In builds with it, these mark the
 * rest of a mapping behind its contents as out of bounds; in others they do nothing. */
#ifndef KERF_GUARD_H
#define KERF_GUARD_H

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#define KERF_GUARD(at, bytes) __asan_poison_memory_region(at, bytes)
#define KERF_UNGUARD(at, bytes) __asan_unpoison_memory_region(at, bytes)
#else
#define KERF_GUARD(at, bytes) ((void)(at), (void)(bytes))
#define KERF_UNGUARD(at, bytes) ((void)(at), (void)(bytes))
#endif

#endif
