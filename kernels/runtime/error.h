/* How the runtime tells what went wrong. Internal. */
#ifndef KERF_ERROR_H
#define KERF_ERROR_H

#include <stddef.h>

#include "kerf.h"

/* Where an error is written; the text is cut to the caller's buffer. */
typedef struct {
  char *text;
  size_t bytes;
} kerf_error;

/* Writes the text and gives the status back, so that a caller can return it at once. */
kerf_status kerf_fail(kerf_error *error, kerf_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
