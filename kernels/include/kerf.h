/* Public interface of the Kerf runtime: load a plan file, run it, time it.
 *
 * Every function that can fail returns a kerf_status; the text of the last error of a call is
 * written to the caller's buffer, always terminated. Handles are not shared between threads. */
#ifndef KERF_H
#define KERF_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Raised whenever a signature or the meaning of an argument below changes. */
#define KERF_ABI_VERSION 1u

typedef enum {
  KERF_OK = 0,
  KERF_ERROR_IO = 1,       /* the file cannot be opened, read or mapped */
  KERF_ERROR_FORMAT = 2,   /* the file is not a valid plan */
  KERF_ERROR_MEMORY = 3,   /* an allocation failed */
  KERF_ERROR_ARGUMENT = 4, /* a size or a pointer of the caller is wrong */
  KERF_ERROR_ISA = 5       /* the processor lacks the instruction set that was asked for */
} kerf_status;

typedef struct kerf_network kerf_network;

uint32_t kerf_abi_version(void);

/* Name of the widest instruction set that this library has and this processor runs:
 * "avx512", "avx2", "neon" or "reference". */
const char *kerf_best_isa(void);

/* Maps the plan at `path`, checks it whole and prepares it for `threads` workers, each pinned to
 * a core of its own as far as there are cores. `isa` is a name as kerf_best_isa gives, or NULL
 * for the best. On failure *network is NULL and `error` says why. */
kerf_status kerf_open(const char *path, uint32_t threads, const char *isa, kerf_network **network,
                      char *error, size_t error_bytes);

void kerf_close(kerf_network *network);

/* Numbers of floats in the input `[1, C, D, H, W]` and in the output, both row-major, unpadded. */
uint64_t kerf_input_floats(const kerf_network *network);
uint64_t kerf_output_floats(const kerf_network *network);

/* Operators in execution order. */
uint32_t kerf_operator_count(const kerf_network *network);
const char *kerf_operator_name(const kerf_network *network, uint32_t index);

/* Copies the input in. `floats` must be kerf_input_floats(). */
kerf_status kerf_set_input(kerf_network *network, const float *input, uint64_t floats);

/* Runs the whole network once. */
kerf_status kerf_run(kerf_network *network);

/* Copies the output of the last run out. `floats` must be kerf_output_floats(). */
kerf_status kerf_get_output(const kerf_network *network, float *output, uint64_t floats);

/* Runs the network `calls` times and writes the nanoseconds of each call. */
kerf_status kerf_measure(kerf_network *network, uint32_t calls, uint64_t *nanoseconds);

/* Runs once and writes the nanoseconds of each operator (kerf_operator_count values). */
kerf_status kerf_profile(kerf_network *network, uint64_t *nanoseconds);

#ifdef __cplusplus
}
#endif

#endif
