#include "error.h"

#include <stdarg.h>
#include <stdio.h>

kerf_status kerf_fail(kerf_error *error, kerf_status status, const char *format, ...) {
  if (error && error->text && error->bytes) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, error->bytes, format, arguments);
    va_end(arguments);
  }
  return status;
}
