/* Maps a plan file and checks it whole: after kerf_plan_check no offset or size of the tables can
 * lead outside the file or the arena. Lists of columns are checked as they are decoded (matrix.c). */
#include "plan.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guard.h"

/* Larger than any real network; small enough that no product of them overflows 64 bits. */
#define MAX_EXTENT (1u << 20)
#define MAX_STRIDE (1ull << 31)
#define MAX_PLANE (1u << 28) /* so that the planes of a pooled window fit 32 bits */
#define MAX_ARENA (1ull << 36)

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

static int fits(const kerf_plan *plan, uint64_t offset, uint64_t count, uint64_t size,
                uint64_t alignment) {
  return offset % alignment == 0 && offset >= sizeof(kerf_plan_header) && offset <= plan->size &&
         count <= (plan->size - offset) / size;
}

static kerf_status check_tensor(const kerf_plan *plan, uint32_t index, kerf_error *error) {
  const kerf_plan_tensor *t = &plan->tensors[index];
  const uint32_t extents[] = {t->channels, t->depth, t->height, t->width};
  for (int i = 0; i < 4; i++)
    if (!extents[i] || extents[i] > MAX_EXTENT)
      return kerf_fail(error, KERF_ERROR_FORMAT, "tensor %u has an extent of %u (1 to %u)", index,
                       extents[i], MAX_EXTENT);
  if (t->row < t->width || t->plane > MAX_PLANE || t->channel > MAX_STRIDE ||
      t->plane < (uint64_t)(t->height - 1) * t->row + t->width ||
      t->channel < (uint64_t)(t->depth - 1) * t->plane +
                       (uint64_t)(t->height - 1) * t->row + t->width)
    return kerf_fail(error, KERF_ERROR_FORMAT, "tensor %u has overlapping strides", index);
  const uint64_t end = t->base + (t->channels - 1) * t->channel + (t->depth - 1) * (uint64_t)t->plane +
                       (t->height - 1) * (uint64_t)t->row + t->width;
  if (t->base > plan->header->arena_floats || end + KERF_SLACK_FLOATS > plan->header->arena_floats)
    return kerf_fail(error, KERF_ERROR_FORMAT, "tensor %u ends at float %llu of an arena of %llu",
                     index, (unsigned long long)end,
                     (unsigned long long)plan->header->arena_floats);
  return KERF_OK;
}

static int same_extents(const kerf_plan_tensor *t, uint32_t channels, const uint32_t extents[3]) {
  return t->channels == channels && t->depth == extents[0] && t->height == extents[1] &&
         t->width == extents[2];
}

/* The matrix sections lie in the file and the taps read inside the arena. */
static kerf_status check_matrix(const kerf_plan *plan, uint32_t index, kerf_error *error) {
  const kerf_plan_operator *op = &plan->operators[index];
  const kerf_plan_tensor *in = &plan->tensors[op->input], *out = &plan->tensors[op->output];
  const uint64_t arena = plan->header->arena_floats;
  if (!op->rows || op->rows > MAX_EXTENT || !op->channels || op->channels > MAX_EXTENT ||
      !op->taps || op->taps > MAX_EXTENT || !op->span || op->channels % op->span ||
      !op->channel_block || op->channel_block > op->channels || op->channel_block % op->span ||
      !op->blocks || op->blocks > op->rows)
    return kerf_fail(error, KERF_ERROR_FORMAT, "operator %u has an impossible matrix", index);
  const uint64_t channel_blocks =
      ((uint64_t)op->channels + op->channel_block - 1) / op->channel_block;
  if (!fits(plan, op->tap_offsets, op->taps, 4, 4) ||
      !fits(plan, op->block_rows, op->blocks, 4, 4) ||
      !fits(plan, op->row_order, op->rows, 4, 4) ||
      !fits(plan, op->list_of, channel_blocks * op->blocks, 4, 4) ||
      !fits(plan, op->list_start, (uint64_t)op->lists + 1, 4, 4) ||
      !fits(plan, op->list_entries, op->lists, 4, 4) ||
      !fits(plan, op->index, op->index_bytes, 1, 1) ||
      !fits(plan, op->weights, op->weight_floats, 4, 64) ||
      (op->bias && !fits(plan, op->bias, op->rows, 4, 64)))
    return kerf_fail(error, KERF_ERROR_FORMAT, "operator %u has a section outside the file", index);
  const uint32_t *block_rows = kerf_section(plan, op->block_rows);
  uint64_t rows = 0;
  for (uint32_t b = 0; b < op->blocks; b++) {
    const uint32_t r = block_rows[b];
    if (r != 1 && r != 2 && r != 4 && r != 8)
      return kerf_fail(error, KERF_ERROR_FORMAT, "operator %u has a block of %u rows", index, r);
    rows += r;
  }
  const uint32_t *order = kerf_section(plan, op->row_order);
  for (uint32_t r = 0; r < op->rows; r++)
    if (order[r] >= op->rows)
      return kerf_fail(error, KERF_ERROR_FORMAT, "operator %u writes row %u of %u", index, order[r],
                       op->rows);
  if (rows != op->rows)
    return kerf_fail(error, KERF_ERROR_FORMAT, "operator %u has %u rows but blocks of %llu", index,
                     op->rows, (unsigned long long)rows);
  const int32_t *taps = kerf_section(plan, op->tap_offsets);
  int64_t least = taps[0], most = taps[0];
  for (uint32_t k = 1; k < op->taps; k++) {
    if (taps[k] < least) least = taps[k];
    if (taps[k] > most) most = taps[k];
  }
  const uint32_t extents[3] = {op->out_depth, op->out_height, op->out_width};
  for (int axis = 0; axis < 3; axis++)
    if (!extents[axis] || extents[axis] > MAX_EXTENT)
      return kerf_fail(error, KERF_ERROR_FORMAT, "operator %u has an extent of %u", index,
                       extents[axis]);
  const uint64_t last = (op->out_depth - 1) * (uint64_t)in->plane +
                        (op->out_height - 1) * (uint64_t)in->row + (op->out_width - 1);
  if (op->channel_step > MAX_STRIDE || op->channel_block * op->channel_step + (most - least) >= 1ull << 32 ||
      (int64_t)in->base + least < 0 ||
      in->base + last + (op->channels - 1) * op->channel_step + (uint64_t)(most > 0 ? most : 0) +
              KERF_SLACK_FLOATS > arena)
    return kerf_fail(error, KERF_ERROR_FORMAT, "operator %u reads outside the arena", index);
  uint32_t written[3] = {extents[0], extents[1], extents[2]};
  if (op->pool_kernel[0])
    for (int axis = 0; axis < 3; axis++) {
      if (op->pool_kernel[axis] != op->pool_stride[axis] || op->pool_pad[axis] ||
          !op->pool_kernel[axis] || op->pool_kernel[axis] > extents[axis] ||
          op->pool_kernel[axis] > KERF_MAX_FUSED_POOL)
        return kerf_fail(error, KERF_ERROR_FORMAT, "operator %u fuses an impossible pool", index);
      written[axis] = extents[axis] / op->pool_kernel[axis];
    }
  if (!same_extents(out, op->rows, written))
    return kerf_fail(error, KERF_ERROR_FORMAT, "operator %u does not fit its output tensor", index);
  if (op->kind == KERF_OP_CONVOLUTION) {
    /* Runs of positions are cut by rows of the input, so those must hold an output row. */
    if (op->out_width > in->row || (uint64_t)op->out_height * in->row > (uint64_t)in->plane + in->row)
      return kerf_fail(error, KERF_ERROR_FORMAT, "operator %u overruns its input rows", index);
    return KERF_OK;
  }
  if (op->taps != 1 || taps[0] != 0 || op->channel_step != 1 || op->pool_kernel[0] ||
      out->channel != 1 || out->depth != 1 || out->height != 1 || out->width != 1)
    return kerf_fail(error, KERF_ERROR_FORMAT, "operator %u is not a fully connected layer", index);
  return KERF_OK;
}

static kerf_status check_pool(const kerf_plan *plan, uint32_t index, kerf_error *error) {
  const kerf_plan_operator *op = &plan->operators[index];
  const kerf_plan_tensor *in = &plan->tensors[op->input], *out = &plan->tensors[op->output];
  const uint32_t extents[3] = {in->depth, in->height, in->width};
  const uint32_t written[3] = {out->depth, out->height, out->width};
  for (int axis = 0; axis < 3; axis++) {
    const uint64_t k = op->pool_kernel[axis], s = op->pool_stride[axis], p = op->pool_pad[axis];
    if (!k || !s || k > MAX_EXTENT || s > MAX_EXTENT || p >= k ||
        (written[axis] - 1) * s >= extents[axis] + p)
      return kerf_fail(error, KERF_ERROR_FORMAT, "operator %u has an impossible pool", index);
  }
  if (in->channels != out->channels)
    return kerf_fail(error, KERF_ERROR_FORMAT, "operator %u changes its channels", index);
  return KERF_OK;
}

static kerf_status check_phases(const kerf_plan *plan, uint32_t index, kerf_error *error) {
  const kerf_plan_operator *op = &plan->operators[index];
  const kerf_plan_tensor *in = &plan->tensors[op->input], *out = &plan->tensors[op->output];
  uint64_t phases = 1;
  for (int axis = 0; axis < 3; axis++) {
    if (!op->pool_stride[axis] || op->pool_stride[axis] > 64)
      return kerf_fail(error, KERF_ERROR_FORMAT, "operator %u has an impossible stride", index);
    phases *= op->pool_stride[axis];
  }
  if (out->channels != in->channels * phases)
    return kerf_fail(error, KERF_ERROR_FORMAT, "operator %u does not fit its output tensor", index);
  return KERF_OK;
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
  if (!h->tensors || !h->operators ||
      !fits(plan, h->tensor_table, h->tensors, sizeof(kerf_plan_tensor), 8) ||
      !fits(plan, h->operator_table, h->operators, sizeof(kerf_plan_operator), 8) ||
      h->input >= h->tensors || h->output >= h->tensors || h->arena_floats > MAX_ARENA)
    return kerf_fail(error, KERF_ERROR_FORMAT, "the plan's header names tables outside the file");
  plan->tensors = kerf_section(plan, h->tensor_table);
  plan->operators = kerf_section(plan, h->operator_table);
  kerf_status status = KERF_OK;
  for (uint32_t i = 0; !status && i < h->tensors; i++) status = check_tensor(plan, i, error);
  for (uint32_t i = 0; !status && i < h->operators; i++) {
    const kerf_plan_operator *op = &plan->operators[i];
    if (op->input >= h->tensors || op->output >= h->tensors || op->input == op->output ||
        op->flags & ~KERF_FLAG_RELU || op->name_bytes > 4096 ||
        !fits(plan, op->name, op->name_bytes, 1, 1))
      return kerf_fail(error, KERF_ERROR_FORMAT, "operator %u names what is not there", i);
    switch (op->kind) {
      case KERF_OP_CONVOLUTION:
      case KERF_OP_FULLY_CONNECTED: status = check_matrix(plan, i, error); break;
      case KERF_OP_MAX_POOL: status = check_pool(plan, i, error); break;
      case KERF_OP_PHASES: status = check_phases(plan, i, error); break;
      case KERF_OP_RELU: {
        const kerf_plan_tensor *in = &plan->tensors[op->input];
        const uint32_t extents[3] = {in->depth, in->height, in->width};
        if (!same_extents(&plan->tensors[op->output], in->channels, extents))
          status = kerf_fail(error, KERF_ERROR_FORMAT, "operator %u changes its extents", i);
        break;
      }
      default:
        status = kerf_fail(error, KERF_ERROR_FORMAT, "operator %u is of unknown kind %u", i, op->kind);
    }
  }
  return status;
}
