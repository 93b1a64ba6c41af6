/* Maps a plan file, and checks it as a file: whole, of this version, and not altered. */
#include "plan.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guard.h"
#include "plan_check.h"

/* Sixteen interleaved FNV-1a lanes over 32-bit words: one changed word always changes its lane.
 * The checksum's own field counts as 0. */
static uint32_t sum_of(const uint8_t *file, uint64_t bytes) {
  enum { LANES = 16, STEP = LANES * 4 };
  uint32_t lane[LANES], words[LANES];
  for (uint32_t i = 0; i < LANES; i++) lane[i] = 2166136261u + i;
  for (uint64_t at = 0; at < bytes; at += STEP) {
    const uint64_t left = bytes - at;
    if (left < STEP) memset(words, 0, STEP);
    memcpy(words, file + at, left < STEP ? left : STEP);
    if (at == 0) words[offsetof(kerf_plan_header, checksum) / 4] = 0;
    for (uint32_t i = 0; i < LANES; i++) lane[i] = (lane[i] ^ words[i]) * 16777619u;
  }
  uint32_t sum = 2166136261u ^ (uint32_t)bytes;
  for (uint32_t i = 0; i < LANES; i++) sum = ((sum ^ lane[i]) * 16777619u) ^ (sum >> 15);
  return sum;
}

/* Bytes of the last page of a mapping behind its contents. */
static size_t tail_of(uint64_t size) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  return (page - size % page) % page;
}

/* Mapped, not read: several processes and sessions then share one copy of the weights. Plans are
 * written under another name and renamed, so a mapped one does not change. */
kerf_status kerf_plan_load(const char *path, kerf_plan *plan, kerf_error *error) {
  memset(plan, 0, sizeof *plan);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return kerf_fail(error, KERF_ERROR_IO, "cannot open \"%s\": %s", path, strerror(errno));
  struct stat status;
  kerf_status result = KERF_OK;
  if (fstat(file, &status) || !S_ISREG(status.st_mode)) {
    result = kerf_fail(error, KERF_ERROR_IO, "\"%s\" is not a regular file", path);
  } else if ((uint64_t)status.st_size < sizeof(kerf_plan_header)) {
    result = kerf_fail(error, KERF_ERROR_FORMAT, "it has %llu bytes, a header alone has %zu",
                       (unsigned long long)status.st_size, sizeof(kerf_plan_header));
  } else {
    const uint64_t size = (uint64_t)status.st_size;
    void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
    if (bytes == MAP_FAILED) {
      result = kerf_fail(error, KERF_ERROR_IO, "cannot map \"%s\": %s", path, strerror(errno));
    } else {
      *plan = (kerf_plan){.bytes = bytes, .size = size, .header = bytes};
      KERF_GUARD(plan->bytes + size, tail_of(size));
    }
  }
  close(file);
  return result;
}

void kerf_plan_free(kerf_plan *plan) {
  if (plan->bytes) {
    KERF_UNGUARD(plan->bytes + plan->size, tail_of(plan->size));
    munmap((void *)plan->bytes, plan->size);
  }
  memset(plan, 0, sizeof *plan);
}

kerf_status kerf_plan_check(kerf_plan *plan, kerf_error *error) {
  const kerf_plan_header *h = plan->header;
  if (memcmp(h->magic, KERF_PLAN_MAGIC, sizeof h->magic))
    return kerf_fail(error, KERF_ERROR_FORMAT, "not a plan: it does not begin with %s",
                     KERF_PLAN_MAGIC);
  if (h->version != KERF_PLAN_VERSION)
    return kerf_fail(error, KERF_ERROR_FORMAT, "plan version %u; this runtime reads version %u",
                     h->version, KERF_PLAN_VERSION);
  if (h->file_bytes != plan->size)
    return kerf_fail(error, KERF_ERROR_FORMAT, "the plan is cut: it says %llu bytes and has %llu",
                     (unsigned long long)h->file_bytes, (unsigned long long)plan->size);
  const uint32_t sum = sum_of(plan->bytes, plan->size);
  if (h->checksum != sum)
    return kerf_fail(error, KERF_ERROR_FORMAT, "the plan is corrupt: checksum %08x, expected %08x",
                     sum, h->checksum);
  if (!h->tensors || !h->operators || !h->outputs ||
      !kerf_fits(plan, h->tensor_table, h->tensors, sizeof(kerf_plan_tensor), 8) ||
      !kerf_fits(plan, h->operator_table, h->operators, sizeof(kerf_plan_operator), 8) ||
      !kerf_fits(plan, h->input_table, h->inputs, sizeof(kerf_plan_value), 8) ||
      !kerf_fits(plan, h->output_table, h->outputs, sizeof(kerf_plan_value), 8) ||
      !kerf_fits(plan, h->constants, h->constant_floats, sizeof(float), 64) ||
      h->arena_floats > MAX_FLOATS)
    return kerf_fail(error, KERF_ERROR_FORMAT, "the plan's header names tables outside the file");
  plan->tensors = kerf_section(plan, h->tensor_table);
  plan->operators = kerf_section(plan, h->operator_table);
  plan->inputs = kerf_section(plan, h->input_table);
  plan->outputs = kerf_section(plan, h->output_table);
  return kerf_check_tables(plan, error);
}
