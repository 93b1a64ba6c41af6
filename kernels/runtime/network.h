/* A loaded plan: the checked file, the decoded index, the schedule of every operator. Internal. */
#ifndef KERF_NETWORK_H
#define KERF_NETWORK_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "kerf.h"
#include "kerf_plan.h"
#include "kernels.h"
#include "threads.h"

/* Where an error is written; the text is cut to the caller's buffer. */
typedef struct {
  char *text;
  size_t bytes;
} kerf_error;

kerf_status kerf_fail(kerf_error *error, kerf_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Zeroed memory in large pages where the system has them: a tile of activations touches a page for
 * each channel and plane, more than a TLB of small pages holds. */
void *kerf_pages_open(uint64_t bytes);
void kerf_pages_close(void *pages, uint64_t bytes);

/* A mapped plan file. */
typedef struct {
  const uint8_t *bytes;
  uint64_t size;
  const kerf_plan_header *header;
  const kerf_plan_tensor *tensors;
  const kerf_plan_operator *operators;
} kerf_plan;

kerf_status kerf_plan_load(const char *path, kerf_plan *plan, kerf_error *error);
kerf_status kerf_plan_check(kerf_plan *plan, kerf_error *error);
void kerf_plan_free(kerf_plan *plan);

/* The kept columns of a weight matrix, decoded. */
typedef struct {
  uint32_t channel_blocks;
  uint32_t *columns;       /* offsets of all lists, one after the other */
  uint64_t *list_start;    /* [lists + 1] into columns */
  uint8_t *contiguous;     /* [lists] 1 where the offsets are 0, 1, 2, ... */
  uint64_t *weight_start;  /* [channel blocks * blocks + 1] into the weights */
  uint32_t *block_row;     /* [blocks + 1] first packed row of each block */
  int64_t origin;          /* least tap offset: offsets count from it */
} kerf_matrix;

kerf_status kerf_matrix_decode(const kerf_plan *plan, const kerf_plan_operator *op,
                               kerf_matrix *matrix, kerf_error *error);
void kerf_matrix_free(kerf_matrix *matrix);

typedef struct kerf_node kerf_node;

/* How one operator is executed: prepared once, then called by every worker of each run. */
struct kerf_node {
  const kerf_plan *plan;
  const kerf_plan_operator *op;
  const kerf_plan_tensor *in, *out;
  const kerf_kernels *kernels;
  float *arena;
  uint32_t units;   /* independent pieces of work */
  atomic_uint next; /* next piece to take */
  void (*work)(const kerf_node *node, uint32_t unit, float *scratch);
  kerf_matrix matrix;
  void *state;            /* of the operator's own */
  uint64_t scratch_floats; /* each worker's need */
};

/* Each prepares `node`, whose plan, op, tensors, kernels and arena are set. */
kerf_status kerf_prepare_convolution(kerf_node *node, uint32_t threads, kerf_error *error);
kerf_status kerf_prepare_fully_connected(kerf_node *node, uint32_t threads, kerf_error *error);
kerf_status kerf_prepare_elementwise(kerf_node *node, kerf_error *error);
void kerf_release_convolution(kerf_node *node);

static inline const void *kerf_section(const kerf_plan *plan, uint64_t offset) {
  return plan->bytes + offset;
}

#endif
