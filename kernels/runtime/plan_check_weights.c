/* The rules of the operators with weights: convolutions and fully connected layers. */
#include "dense_kernels.h"
#include "plan_check.h"
#include "winograd_kernels.h"

/* The sections of a matrix lie in the file, and its blocks make up its rows. */
static const char *check_matrix(const kerf_plan *plan, const kerf_plan_matrix *m) {
  if (!m->rows || m->rows > MAX_EXTENT || !m->channels || m->channels > MAX_EXTENT || !m->taps ||
      m->taps > MAX_EXTENT || !m->span || m->channels % m->span || !m->channel_block ||
      m->channel_block > m->channels || m->channel_block % m->span || !m->blocks ||
      m->blocks > m->rows)
    return "has an impossible matrix";
  const uint64_t channel_blocks = ((uint64_t)m->channels + m->channel_block - 1) / m->channel_block;
  if (!kerf_fits(plan, m->block_rows, m->blocks, 4, 4) ||
      !kerf_fits(plan, m->row_order, m->rows, 4, 4) ||
      !kerf_fits(plan, m->list_of, channel_blocks * m->blocks, 4, 4) ||
      !kerf_fits(plan, m->list_start, (uint64_t)m->lists + 1, 4, 4) ||
      !kerf_fits(plan, m->list_entries, m->lists, 4, 4) ||
      !kerf_fits(plan, m->index, m->index_bytes, 1, 1) ||
      !kerf_fits(plan, m->weights, m->weight_floats, 4, 64) ||
      (m->bias && !kerf_fits(plan, m->bias, m->rows, 4, 64)))
    return "has a section outside the file";
  const uint32_t *block_rows = kerf_section(plan, m->block_rows);
  uint64_t rows = 0;
  for (uint32_t b = 0; b < m->blocks; b++) {
    const uint32_t r = block_rows[b];
    if (r != 1 && r != 2 && r != 4 && r != 8) return "has a block of an impossible number of rows";
    rows += r;
  }
  if (rows != m->rows) return "has blocks that are not its rows";
  const uint32_t *order = kerf_section(plan, m->row_order);
  for (uint32_t r = 0; r < m->rows; r++)
    if (order[r] >= m->rows) return "writes a row that is not there";
  return NULL;
}

/* Whether a tensor is in the arena and its rows are contiguous. */
static int has_rows(const kerf_plan_tensor *t) {
  return t->space == KERF_SPACE_ARENA && t->rank == 4 && t->strides[3] == 1;
}

/* Whether a volume is read and one is written, with at most `most` inputs, of which the second is
 * like the output. */
static int has_images(const kerf_checked *c, uint32_t most) {
  return kerf_has_inputs(c, 1, most) && has_rows(c->in[0]) && has_rows(c->out) &&
         (!c->in[1] || (has_rows(c->in[1]) && kerf_same_extents(c->in[1], c->out)));
}

/* What reads through taps: `channels` of a volume at `extents` positions. */
typedef struct {
  uint64_t tap_offsets, channel_step;
  uint32_t taps, channels, channel_block;
  const uint32_t *extents;
} reader;

/* Every tap of every position lies in the arena, with what kernels read behind it. Runs of
 * positions are cut by rows and planes of the input, so those must hold the output's. */
static const char *check_taps(const kerf_checked *c, const reader *r) {
  if (!r->taps || r->taps > MAX_EXTENT || !kerf_fits(c->plan, r->tap_offsets, r->taps, 4, 4))
    return "has a section outside the file";
  const int32_t *taps = kerf_section(c->plan, r->tap_offsets);
  int64_t least = taps[0], most = taps[0];
  for (uint32_t k = 1; k < r->taps; k++) {
    if (taps[k] < least) least = taps[k];
    if (taps[k] > most) most = taps[k];
  }
  const int64_t depth = r->extents[0], height = r->extents[1], width = r->extents[2];
  const int64_t row = height > 1 ? c->in[0]->strides[2] : 0;
  const int64_t plane = depth > 1 ? c->in[0]->strides[1] : 0, run = (height - 1) * row + width;
  if ((height > 1 && row < width) || (depth > 1 && plane < run) || run > MAX_PLANE ||
      plane > MAX_PLANE)
    return "overruns its input rows";
  const int64_t base = (int64_t)c->in[0]->base, last = (depth - 1) * plane + run - 1;
  if (r->channel_step > MAX_STRIDE ||
      r->channel_block * r->channel_step + (uint64_t)(most - least) >= 1ull << 32 ||
      base + least < 0 ||
      base + last + (int64_t)((r->channels - 1) * r->channel_step) + (most > 0 ? most : 0) +
              KERF_SLACK_FLOATS > (int64_t)c->plan->header->arena_floats)
    return "reads outside the arena";
  return NULL;
}

const char *kerf_check_convolution(const kerf_checked *c) {
  const kerf_plan_convolution *op = c->detail;
  const kerf_plan_matrix *m = &op->matrix;
  const char *broken = check_matrix(c->plan, m);
  if (broken) return broken;
  if (c->op->function >= KERF_RESIDUALS) return "has an unknown function";
  if (!has_images(c, 2)) return "does not read and write rows of activations";
  if (!kerf_within(op->extents, 3, 1, MAX_EXTENT)) return "has impossible extents";
  const reader r = {op->tap_offsets, op->channel_step, m->taps,
                    m->channels,     m->channel_block, op->extents};
  broken = check_taps(c, &r);
  if (broken) return broken;
  const int pooled = op->pool_kernel[0] > 0;
  if (pooled && c->in[1]) return "has a residual and a pool";
  if (c->out->extents[0] != m->rows) return "does not fit its output tensor";
  for (uint32_t axis = 0; axis < 3; axis++) {
    const uint32_t extent = op->extents[axis], k = pooled ? op->pool_kernel[axis] : 1;
    if (!k || k > extent || k > KERF_MAX_FUSED_POOL) return "fuses an impossible pool";
    if (c->out->extents[axis + 1] != extent / k) return "does not fit its output tensor";
  }
  return NULL;
}

const char *kerf_check_winograd(const kerf_checked *c) {
  const kerf_plan_winograd *op = c->detail;
  const uint32_t counts[3] = {op->rows, op->channels, op->depth_taps};
  if (c->op->function >= KERF_RESIDUALS) return "has an unknown function";
  if (!has_images(c, 2)) return "does not read and write rows of activations";
  if (!kerf_within(counts, 3, 1, MAX_EXTENT) || !kerf_within(op->pad, 3, 0, MAX_EXTENT) ||
      c->in[0]->extents[0] != op->channels || c->out->extents[0] != op->rows)
    return "does not fit its tensors";
  const uint64_t blocks = (op->rows + KERF_WINOGRAD_BLOCK - 1) / KERF_WINOGRAD_BLOCK;
  const uint64_t tap = KERF_WINOGRAD_FREQUENCIES * blocks * KERF_WINOGRAD_BLOCK * op->channels;
  if (op->weight_floats % tap || op->weight_floats / tap != op->depth_taps)
    return "has not as many weights as it needs";
  if (!kerf_fits(c->plan, op->weights, op->weight_floats, 4, 64) ||
      (op->bias && !kerf_fits(c->plan, op->bias, op->rows, 4, 64)))
    return "has a section outside the file";
  return NULL;
}

const char *kerf_check_dense_convolution(const kerf_checked *c) {
  const kerf_plan_dense_convolution *op = c->detail;
  if (c->op->function >= KERF_RESIDUALS) return "has an unknown function";
  if (!has_images(c, 2)) return "does not read and write rows of activations";
  if (!kerf_within(&op->rows, 1, 1, MAX_EXTENT) || !kerf_within(&op->channels, 1, 1, MAX_EXTENT) ||
      !kerf_within(op->kernel, 3, 1, MAX_EXTENT) || !kerf_within(op->stride, 3, 1, MAX_EXTENT) ||
      !kerf_within(op->dilation, 3, 1, MAX_EXTENT) || !kerf_within(op->pad, 3, 0, MAX_EXTENT) ||
      c->in[0]->extents[0] != op->channels || c->out->extents[0] != op->rows)
    return "does not fit its tensors";
  const uint64_t blocks = (op->rows + KERF_DENSE_BLOCK - 1) / KERF_DENSE_BLOCK;
  uint64_t floats = blocks * KERF_DENSE_BLOCK * op->channels;
  for (uint32_t axis = 0; axis < 3; axis++) {
    if (floats > op->weight_floats) break; /* and so no product overflows */
    floats *= op->kernel[axis];
  }
  if (floats != op->weight_floats) return "has not as many weights as it needs";
  if (!kerf_fits(c->plan, op->weights, op->weight_floats, 4, 64) ||
      (op->bias && !kerf_fits(c->plan, op->bias, op->rows, 4, 64)))
    return "has a section outside the file";
  return NULL;
}

const char *kerf_check_depthwise(const kerf_checked *c) {
  const kerf_plan_depthwise *op = c->detail;
  if (c->op->function >= KERF_RESIDUALS) return "has an unknown function";
  if (!has_images(c, 2)) return "does not read and write rows of activations";
  const uint32_t rows = c->out->extents[0];
  if (!op->multiplier || rows % op->multiplier) return "does not fit its output tensor";
  const reader r = {op->tap_offsets,       op->channel_step, op->taps,
                    rows / op->multiplier, 1,                c->out->extents + 1};
  const char *broken = check_taps(c, &r);
  if (broken) return broken;
  if (!kerf_fits(c->plan, op->weights, (uint64_t)rows * op->taps, 4, 64) ||
      (op->bias && !kerf_fits(c->plan, op->bias, rows, 4, 64)))
    return "has a section outside the file";
  return NULL;
}

const char *kerf_check_fully_connected(const kerf_checked *c) {
  const kerf_plan_matrix *m = c->detail;
  const char *broken = check_matrix(c->plan, m);
  if (broken) return broken;
  if (!kerf_has_inputs(c, 1, 1) || m->taps != 1 || c->in[0]->space != KERF_SPACE_ARENA ||
      c->in[0]->rank != 1 || c->in[0]->extents[0] != m->channels || c->out->rank != 1 ||
      c->out->extents[0] != m->rows || !kerf_is_contiguous(c->in[0]) || !kerf_is_contiguous(c->out))
    return "is not a fully connected layer";
  return NULL;
}
