/* Decodes the delta-coded lists of kept columns to input offsets, once, at load. */
#include "matrix.h"

#include <stdlib.h>
#include <string.h>

void kerf_matrix_free(kerf_matrix *m) {
  free(m->columns);
  free(m->list_start);
  free(m->contiguous);
  free(m->weight_start);
  free(m->block_row);
  memset(m, 0, sizeof *m);
}

/* Decodes one list to offsets; returns the largest group number, or -1 when the list is broken. */
static int64_t decode(const kerf_plan_matrix *packed, const int32_t *taps, uint64_t channel_step,
                      int64_t origin, const uint8_t *code, const uint8_t *end, uint32_t entries,
                      uint64_t groups, uint32_t *columns) {
  uint64_t next = 0; /* least value that the coming entry can take */
  for (uint32_t e = 0; e < entries; e++) {
    do {
      if (code == end) return -1;
      next += *code;
      if (next >= groups) return -1;
    } while (*code++ == 255);
    const uint32_t channel = (uint32_t)(next / packed->taps) * packed->span, tap = next % packed->taps;
    for (uint32_t c = 0; c < packed->span; c++)
      *columns++ = (uint32_t)((channel + c) * channel_step + (uint64_t)(taps[tap] - origin));
    next++;
  }
  return code == end ? (int64_t)next - 1 : -1;
}

kerf_status kerf_matrix_decode(const kerf_plan *plan, const kerf_plan_matrix *packed,
                               const int32_t *taps, uint64_t channel_step, kerf_matrix *m,
                               kerf_error *error) {
  memset(m, 0, sizeof *m);
  const uint32_t *entries = kerf_section(plan, packed->list_entries);
  const uint32_t *start = kerf_section(plan, packed->list_start);
  const uint32_t *list_of = kerf_section(plan, packed->list_of);
  const uint32_t *block_rows = kerf_section(plan, packed->block_rows);
  const uint8_t *index = kerf_section(plan, packed->index);
  m->channel_blocks = (packed->channels + packed->channel_block - 1) / packed->channel_block;
  m->origin = taps[0];
  for (uint32_t k = 1; k < packed->taps; k++)
    if (taps[k] < m->origin) m->origin = taps[k];
  const uint64_t groups = (uint64_t)packed->channel_block / packed->span * packed->taps;
  const uint64_t pairs = (uint64_t)m->channel_blocks * packed->blocks;

  uint64_t columns = 0;
  for (uint32_t l = 0; l < packed->lists; l++) {
    /* An entry takes a byte at least, so what is allocated is bounded by the file. */
    if (start[l] > start[l + 1] || start[l + 1] > packed->index_bytes || entries[l] > groups ||
        entries[l] > start[l + 1] - start[l] || (!entries[l] && start[l + 1] > start[l]))
      return kerf_fail(error, KERF_ERROR_FORMAT, "column list %u is broken", l);
    columns += (uint64_t)entries[l] * packed->span;
  }
  m->columns = malloc((columns + 1) * sizeof *m->columns);
  m->list_start = malloc(((size_t)packed->lists + 1) * sizeof *m->list_start);
  m->contiguous = calloc((size_t)packed->lists + 1, 1);
  m->weight_start = malloc((pairs + 1) * sizeof *m->weight_start);
  m->block_row = malloc(((size_t)packed->blocks + 1) * sizeof *m->block_row);
  int64_t *largest = malloc(((size_t)packed->lists + 1) * sizeof *largest);
  kerf_status status = KERF_OK;
  if (!m->columns || !m->list_start || !m->contiguous || !m->weight_start || !m->block_row ||
      !largest)
    status = kerf_fail(error, KERF_ERROR_MEMORY, "no memory for %llu columns",
                       (unsigned long long)columns);

  uint64_t at = 0;
  for (uint32_t l = 0; !status && l < packed->lists; l++) {
    m->list_start[l] = at;
    largest[l] = decode(packed, taps, channel_step, m->origin, index + start[l], index + start[l + 1],
                        entries[l], groups, m->columns + at);
    if (entries[l] && largest[l] < 0)
      status = kerf_fail(error, KERF_ERROR_FORMAT, "column list %u is broken", l);
    const uint64_t n = (uint64_t)entries[l] * packed->span;
    uint64_t i = 0;
    while (!status && i < n && m->columns[at + i] == i) i++;
    m->contiguous[l] = i == n;
    at += n;
  }
  if (!status) m->list_start[packed->lists] = at;

  const uint32_t *order = kerf_section(plan, packed->row_order);
  uint8_t *written = calloc(packed->rows, 1);
  for (uint32_t r = 0; !status && written && r < packed->rows; r++)
    if (written[order[r]]++)
      status = kerf_fail(error, KERF_ERROR_FORMAT, "row %u is written twice", order[r]);
  free(written);

  uint64_t weights = 0;
  for (uint64_t i = 0; !status && i < pairs; i++) {
    m->weight_start[i] = weights;
    const uint32_t first = (uint32_t)(i / packed->blocks) * packed->channel_block;
    const uint32_t here = packed->channels - first < packed->channel_block ? packed->channels - first
                                                                   : packed->channel_block;
    if (list_of[i] >= packed->lists || largest[list_of[i]] >= (int64_t)here / packed->span * packed->taps)
      status = kerf_fail(error, KERF_ERROR_FORMAT, "a block names column list %u, which %s",
                         list_of[i], list_of[i] >= packed->lists ? "is not there" : "is too long for it");
    else
      weights += (uint64_t)entries[list_of[i]] * packed->span * block_rows[i % packed->blocks];
  }
  if (!status) m->weight_start[pairs] = weights;
  if (!status && weights != packed->weight_floats)
    status = kerf_fail(error, KERF_ERROR_FORMAT, "the lists want %llu weights, the plan has %llu",
                       (unsigned long long)weights, (unsigned long long)packed->weight_floats);
  if (!status) {
    m->block_row[0] = 0;
    for (uint32_t b = 0; b < packed->blocks; b++) m->block_row[b + 1] = m->block_row[b] + block_rows[b];
  }
  free(largest);
  if (status) kerf_matrix_free(m);
  return status;
}
