/* The rules of tensors, of values that go in and come out, and of operators without weights. */
#include "plan_check.h"

#include <string.h>

#define MAX_NAME 4096u

int kerf_fits(const kerf_plan *plan, uint64_t offset, uint64_t count, uint64_t size,
              uint64_t alignment) {
  return offset % alignment == 0 && offset >= sizeof(kerf_plan_header) && offset <= plan->size &&
         count <= (plan->size - offset) / size;
}

int kerf_within(const uint32_t *values, uint32_t n, uint32_t least, uint32_t most) {
  for (uint32_t i = 0; i < n; i++)
    if (values[i] < least || values[i] > most) return 0;
  return 1;
}

static kerf_status check_tensor(const kerf_plan *plan, uint32_t index, kerf_error *error) {
  const kerf_plan_tensor *t = &plan->tensors[index];
  if (t->rank > KERF_MAX_RANK || t->space > KERF_SPACE_CONSTANTS)
    return kerf_fail(error, KERF_ERROR_FORMAT, "tensor %u has rank %u and lies in space %u", index,
                     t->rank, t->space);
  uint64_t elements = 1;
  for (uint32_t axis = 0; axis < KERF_MAX_RANK; axis++) {
    const uint32_t extent = t->extents[axis];
    const int64_t stride = t->strides[axis];
    if (!extent || extent > MAX_EXTENT || stride < -MAX_STRIDE || stride > MAX_STRIDE ||
        (axis >= t->rank && (extent != 1 || stride != 0)))
      return kerf_fail(error, KERF_ERROR_FORMAT, "tensor %u has an extent of %u (1 to %u)", index,
                       extent, MAX_EXTENT);
    elements *= extent;
    if (elements > MAX_FLOATS)
      return kerf_fail(error, KERF_ERROR_FORMAT, "tensor %u has too many elements", index);
  }
  int64_t least, most;
  kerf_reach(t, &least, &most);
  const kerf_plan_header *h = plan->header;
  const int64_t floats = t->space == KERF_SPACE_ARENA
                             ? (int64_t)h->arena_floats - (int64_t)KERF_SLACK_FLOATS
                             : (int64_t)h->constant_floats;
  if (t->base > MAX_FLOATS || (int64_t)t->base + least < 0 || (int64_t)t->base + most >= floats)
    return kerf_fail(error, KERF_ERROR_FORMAT, "tensor %u reaches outside its %lld floats", index,
                     (long long)floats);
  return KERF_OK;
}

/* Whether a tensor may be written: no stride of 0 makes two of its positions the same float. */
static int is_writable(const kerf_plan_tensor *t) {
  for (uint32_t axis = 0; axis < t->rank; axis++)
    if (t->extents[axis] > 1 && !t->strides[axis]) return 0;
  return t->space == KERF_SPACE_ARENA;
}

static kerf_status check_value(const kerf_plan *plan, const kerf_plan_value *value, const char *what,
                               uint32_t index, kerf_error *error) {
  if (value->name_bytes > MAX_NAME || !kerf_fits(plan, value->name, value->name_bytes, 1, 1) ||
      value->tensor >= plan->header->tensors || !is_writable(&plan->tensors[value->tensor]))
    return kerf_fail(error, KERF_ERROR_FORMAT, "%s %u is not an activation", what, index);
  return KERF_OK;
}

/* Whether the inputs, of which there are `n`, have the output's extents. */
static int reads_what_it_writes(const kerf_checked *c, uint32_t n) {
  for (uint32_t i = 0; i < n; i++)
    if (!kerf_same_extents(c->in[i], c->out)) return 0;
  return 1;
}

/* Every window has a position that is not padding. */
static const char *check_pool(const kerf_checked *c) {
  const kerf_plan_pool *pool = c->detail;
  if (!kerf_has_inputs(c, 1, 1) || !kerf_has_volumes(c)) return "does not pool a volume";
  if (c->op->function >= KERF_POOLS || pool->count_padding > 1 ||
      !kerf_within(pool->kernel, 3, 1, MAX_EXTENT) || !kerf_within(pool->stride, 3, 1, MAX_EXTENT) ||
      !kerf_within(pool->dilation, 3, 1, MAX_EXTENT) || !kerf_within(pool->pad, 3, 0, MAX_EXTENT) ||
      !kerf_within(pool->pad_end, 3, 0, MAX_EXTENT) || pool->p > MAX_EXTENT ||
      (c->op->function == KERF_POOL_NORM) != (pool->p > 0))
    return "has an impossible pool";
  if (c->in[0]->extents[0] != c->out->extents[0]) return "changes its channels";
  for (uint32_t axis = 0; axis < 3; axis++) {
    const int64_t step = pool->dilation[axis];
    for (uint32_t o = 0; o < c->out->extents[axis + 1]; o++) {
      const int64_t start = (int64_t)o * pool->stride[axis] - pool->pad[axis];
      const int64_t first = start < 0 ? (step - 1 - start) / step : 0;
      if (first >= pool->kernel[axis] || start + first * step >= c->in[0]->extents[axis + 1])
        return "has a window of padding alone";
    }
  }
  return NULL;
}

static const char *check_elementwise(const kerf_checked *c) {
  const uint32_t function = c->op->function;
  if (function >= KERF_ELEMENTWISE_FUNCTIONS) return "has an unknown function";
  const uint32_t inputs = function == KERF_COPY ? 1 : function == KERF_MULTIPLY_ADD ? 3 : 2;
  if (!kerf_has_inputs(c, inputs, inputs)) return "has not as many inputs as its function";
  return reads_what_it_writes(c, inputs) ? NULL : "reads other extents than it writes";
}

static const char *check_reduce(const kerf_checked *c) {
  if (c->op->function >= KERF_REDUCTIONS) return "has an unknown function";
  if (!kerf_has_inputs(c, 1, 1)) return "does not have one input";
  return reads_what_it_writes(c, 1) ? NULL : "reads other extents than it writes";
}

static const char *check_softmax(const kerf_checked *c) {
  const kerf_plan_softmax *softmax = c->detail;
  if (!kerf_has_inputs(c, 1, 1)) return "does not have one input";
  if (!reads_what_it_writes(c, 1)) return "reads other extents than it writes";
  return softmax->axis < c->out->rank && softmax->log <= 1 ? NULL : "has an axis that is not there";
}

static const char *check_resample(const kerf_checked *c) {
  const kerf_plan_resample *tables = c->detail;
  if (!kerf_has_inputs(c, 1, 1) || !kerf_has_volumes(c)) return "does not resample a volume";
  if (c->in[0]->extents[0] != c->out->extents[0]) return "changes its channels";
  if (!kerf_within(tables->taps, 3, 1, MAX_EXTENT)) return "has an impossible table";
  for (uint32_t axis = 0; axis < 3; axis++) {
    const uint64_t values = (uint64_t)c->out->extents[axis + 1] * tables->taps[axis];
    if (!kerf_fits(c->plan, tables->positions[axis], values, 4, 4) ||
        !kerf_fits(c->plan, tables->weights[axis], values, 4, 64))
      return "has a section outside the file";
    const uint32_t *positions = kerf_section(c->plan, tables->positions[axis]);
    for (uint64_t i = 0; i < values; i++)
      if (positions[i] >= c->in[0]->extents[axis + 1]) return "reads positions that are not there";
  }
  return NULL;
}

static const char *check_lrn(const kerf_checked *c) {
  const kerf_plan_lrn *lrn = c->detail;
  if (!kerf_has_inputs(c, 1, 1) || !kerf_has_volumes(c)) return "does not normalize a volume";
  if (!reads_what_it_writes(c, 1)) return "reads other extents than it writes";
  return lrn->size && lrn->size <= MAX_EXTENT ? NULL : "has an impossible window";
}

static const char *check_matrix_product(const kerf_checked *c) {
  if (!kerf_has_inputs(c, 2, 3)) return "does not have two or three inputs";
  const kerf_plan_tensor *a = c->in[0], *b = c->in[1];
  if (a->rank != 3 || b->rank != 3 || c->out->rank != 3 || a->extents[0] != b->extents[0] ||
      a->extents[0] != c->out->extents[0] || a->extents[1] != c->out->extents[1] ||
      a->extents[2] != b->extents[1] || b->extents[2] != c->out->extents[2] ||
      (c->in[2] && !kerf_same_extents(c->in[2], c->out)))
    return "has factors that do not fit";
  return NULL;
}

/* What is cleared is an image layout, and lies in the arena. */
static const char *check_clear(const kerf_checked *c) {
  const kerf_plan_clear *clear = c->detail;
  const kerf_plan_tensor *t = c->out;
  if (!kerf_has_inputs(c, 0, 0) || t->rank != 4) return "does not clear a volume";
  int64_t inner = t->extents[3];
  int nested = kerf_is_contiguous(t);
  for (int axis = 2; axis >= 0; axis--) {
    if (t->extents[axis] == 1) continue;
    nested = nested && t->strides[axis] >= inner;
    inner += (int64_t)(t->extents[axis] - 1) * t->strides[axis];
  }
  if (!nested) return "clears what is not laid out as an image";
  int64_t least, most;
  kerf_reach(t, &least, &most);
  if (clear->lead > t->base || clear->trail > MAX_FLOATS ||
      t->base + (uint64_t)most + 1 + clear->trail + KERF_SLACK_FLOATS > c->plan->header->arena_floats)
    return "clears outside the arena";
  return c->op->activation == KERF_NO_ACTIVATION ? NULL : "has an activation";
}

/* What is demanded of each kind: the size of its record, whether it chooses a function, its rule. */
static const struct {
  uint32_t detail_bytes;
  int has_functions;
  kerf_rule *rule;
} kinds[] = {
    [KERF_OP_CONVOLUTION] = {sizeof(kerf_plan_convolution), 1, kerf_check_convolution},
    [KERF_OP_FULLY_CONNECTED] = {sizeof(kerf_plan_matrix), 0, kerf_check_fully_connected},
    [KERF_OP_WINOGRAD] = {sizeof(kerf_plan_winograd), 1, kerf_check_winograd},
    [KERF_OP_DEPTHWISE] = {sizeof(kerf_plan_depthwise), 1, kerf_check_depthwise},
    [KERF_OP_POOL] = {sizeof(kerf_plan_pool), 1, check_pool},
    [KERF_OP_ELEMENTWISE] = {0, 1, check_elementwise},
    [KERF_OP_REDUCE] = {0, 1, check_reduce},
    [KERF_OP_SOFTMAX] = {sizeof(kerf_plan_softmax), 0, check_softmax},
    [KERF_OP_RESAMPLE] = {sizeof(kerf_plan_resample), 0, check_resample},
    [KERF_OP_LRN] = {sizeof(kerf_plan_lrn), 0, check_lrn},
    [KERF_OP_MATRIX_PRODUCT] = {0, 0, check_matrix_product},
    [KERF_OP_CLEAR] = {sizeof(kerf_plan_clear), 0, check_clear},
    [KERF_OP_DENSE_CONVOLUTION] = {sizeof(kerf_plan_dense_convolution), 1,
                                   kerf_check_dense_convolution},
};

static const char *check_operator(const kerf_plan *plan, const kerf_plan_operator *op) {
  if (!op->kind || op->kind >= sizeof kinds / sizeof *kinds) return "is of unknown kind";
  const uint32_t bytes = kinds[op->kind].detail_bytes, tensors = plan->header->tensors;
  if (bytes ? !kerf_fits(plan, op->detail, 1, bytes, 8) : op->detail != 0)
    return "has no record where it should have one, or one where not";
  if (op->output >= tensors || op->activation >= KERF_ACTIVATIONS || op->name_bytes > MAX_NAME ||
      !kerf_fits(plan, op->name, op->name_bytes, 1, 1) ||
      (op->function && !kinds[op->kind].has_functions))
    return "names what is not there";
  kerf_checked c = {.plan = plan, .op = op, .out = &plan->tensors[op->output]};
  if (bytes) c.detail = kerf_section(plan, op->detail);
  for (uint32_t i = 0; i < KERF_MAX_INPUTS; i++) {
    if (op->inputs[i] == KERF_NONE) continue;
    if (op->inputs[i] >= tensors || c.inputs != i) return "names an input that is not there";
    c.in[c.inputs++] = &plan->tensors[op->inputs[i]];
  }
  if (op->kind == KERF_OP_REDUCE ? c.out->space != KERF_SPACE_ARENA : !is_writable(c.out))
    return "writes to what may not be written";
  return kinds[op->kind].rule(&c);
}

kerf_status kerf_check_tables(const kerf_plan *plan, kerf_error *error) {
  const kerf_plan_header *h = plan->header;
  kerf_status status = KERF_OK;
  for (uint32_t i = 0; !status && i < h->tensors; i++) status = check_tensor(plan, i, error);
  for (uint32_t i = 0; !status && i < h->inputs; i++)
    status = check_value(plan, &plan->inputs[i], "input", i, error);
  for (uint32_t i = 0; !status && i < h->outputs; i++)
    status = check_value(plan, &plan->outputs[i], "output", i, error);
  for (uint32_t i = 0; !status && i < h->operators; i++) {
    const char *broken = check_operator(plan, &plan->operators[i]);
    if (broken) status = kerf_fail(error, KERF_ERROR_FORMAT, "operator %u %s", i, broken);
  }
  return status;
}
