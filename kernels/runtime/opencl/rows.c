/* Operators over views of any strides: functions of positions, reductions, softmax, products. */
#include "engine.h"

void kerf_cl_add_elementwise(const kerf_cl_site *site) {
  kerf_cl_engine *e = site->engine;
  const kerf_operand *views[KERF_CL_OPERANDS] = {&site->out};
  uint32_t inputs = 0;
  for (; inputs < KERF_MAX_INPUTS && site->in[inputs].view; inputs++)
    views[inputs + 1] = &site->in[inputs];
  const kerf_axes axes = kerf_axes_of(inputs + 1, views, KERF_NONE);
  kerf_cl_elementwise arguments = {
      .axes = kerf_cl_axes_of(&axes),
      .function = site->op->function,
      .inputs = inputs,
      .activation = kerf_cl_activation_of(site->op),
  };
  for (uint32_t k = 0; k <= inputs; k++) arguments.bases[k] = (uint32_t)views[k]->view->base;
  const uint32_t inner = axes.rank - 1, outer = inner ? inner - 1 : 0;
  kerf_cl_add(site, &(kerf_cl_launch){
                        .source = "elementwise.cl",
                        .kernel = "elementwise",
                        .options = kerf_cl_functions(site->op),
                        .items = {(uint32_t)axes.extents[inner],
                                  inner ? (uint32_t)axes.extents[outer] : 1,
                                  (uint32_t)kerf_axes_positions(&axes, outer)},
                        .work = site->op->function,
                        .buffers = {kerf_cl_buffer_of(e, site->in[0].view),
                                    kerf_cl_buffer_of(e, site->in[1].view),
                                    kerf_cl_buffer_of(e, site->in[2].view), e->arena},
                        .arguments = &arguments,
                        .argument_bytes = sizeof arguments,
                    });
}

/* Members of the team that shares a row of `length` values lying `step` apart, where rows lie
 * `side` apart: one where it is rows that lie side by side. */
static uint32_t members_for(uint64_t length, int64_t step, uint64_t rows, int64_t side) {
  enum { MOST = 64, MANY_ROWS = 4096 };
  const int beside = rows > 1 && side * side < step * step;
  if (beside && (rows >= MANY_ROWS || length < MOST)) return 1;
  return length < MOST ? (uint32_t)length : MOST;
}

void kerf_cl_add_reduce(const kerf_cl_site *site) {
  kerf_cl_engine *e = site->engine;
  const kerf_operand *views[] = {&site->out, &site->in[0]};
  kerf_axes kept = kerf_axes_of(2, views, KERF_NONE), reduced = kept;
  for (uint32_t i = kept.rank; i-- > 0;)
    kerf_axes_remove(kept.strides[0][i] ? &reduced : &kept, i);
  const kerf_cl_reduce arguments = {
      .kept = kerf_cl_axes_of(&kept),
      .reduced = kerf_cl_axes_of(&reduced),
      .results = (uint32_t)kerf_axes_positions(&kept, kept.rank),
      .values = (uint32_t)kerf_axes_positions(&reduced, reduced.rank),
      .in_base = (uint32_t)site->in[0].view->base,
      .out_base = (uint32_t)site->out.view->base,
      .function = site->op->function,
      .activation = kerf_cl_activation_of(site->op),
  };
  const int64_t step = reduced.rank ? reduced.strides[1][reduced.rank - 1] : 0;
  const int64_t side = kept.rank ? kept.strides[1][kept.rank - 1] : 0;
  kerf_cl_add(site,
              &(kerf_cl_launch){
                  .source = "reduce.cl",
                  .kernel = "reduce",
                  .options = kerf_cl_functions(site->op),
                  .items = {arguments.results,
                            members_for(arguments.values, step, arguments.results, side), 1},
                  .work = arguments.values,
                  .team = 1,
                  .local_floats = 1,
                  .buffers = {kerf_cl_buffer_of(e, site->in[0].view), e->arena},
                  .arguments = &arguments,
                  .argument_bytes = sizeof arguments,
              });
}

void kerf_cl_add_softmax(const kerf_cl_site *site) {
  const kerf_plan_softmax *softmax = site->detail;
  const kerf_plan_tensor *in = site->in[0].view, *out = site->out.view;
  kerf_cl_engine *e = site->engine;
  const kerf_operand *views[] = {&site->out, &site->in[0]};
  const kerf_axes rows = kerf_axes_of(2, views, softmax->axis);
  const kerf_cl_softmax arguments = {
      .rows = kerf_cl_axes_of(&rows),
      .count = (uint32_t)kerf_axes_positions(&rows, rows.rank),
      .length = in->extents[softmax->axis],
      .in_stride = (int32_t)in->strides[softmax->axis],
      .out_stride = (int32_t)out->strides[softmax->axis],
      .in_base = (uint32_t)in->base,
      .out_base = (uint32_t)out->base,
      .log = softmax->log,
      .activation = kerf_cl_activation_of(site->op),
  };
  kerf_cl_add(site, &(kerf_cl_launch){
                        .source = "softmax.cl",
                        .kernel = "softmax",
                        .options = kerf_cl_functions(site->op),
                        .items = {arguments.count,
                                  members_for(arguments.length, arguments.in_stride, arguments.count,
                                              rows.strides[1][rows.rank - 1]),
                                  1},
                        .work = arguments.length,
                        .team = 1,
                        .local_floats = 1,
                        .buffers = {kerf_cl_buffer_of(e, in), e->arena},
                        .arguments = &arguments,
                        .argument_bytes = sizeof arguments,
                    });
}

void kerf_cl_add_matrix_product(const kerf_cl_site *site) {
  const kerf_plan_tensor *a = site->in[0].view, *b = site->in[1].view, *c = site->in[2].view;
  const kerf_plan_tensor *out = site->out.view;
  kerf_cl_engine *e = site->engine;
  kerf_cl_matrix_product arguments = {
      .batches = out->extents[0],
      .rows = out->extents[1],
      .columns = out->extents[2],
      .depth = b->extents[1],
      .a_base = (uint32_t)a->base,
      .b_base = (uint32_t)b->base,
      .c_base = c ? (uint32_t)c->base : 0,
      .out_base = (uint32_t)out->base,
      .has_c = c != NULL,
      .activation = kerf_cl_activation_of(site->op),
  };
  for (uint32_t i = 0; i < 3; i++) {
    arguments.a[i] = (int32_t)a->strides[i];
    arguments.b[i] = (int32_t)b->strides[i];
    arguments.c[i] = c ? (int32_t)c->strides[i] : 0;
    arguments.out[i] = (int32_t)out->strides[i];
  }
  kerf_cl_add(site, &(kerf_cl_launch){
                        .source = "matrix_product.cl",
                        .kernel = "matrix_product",
                        .options = kerf_cl_functions(site->op),
                        .items = {(arguments.columns + 3) / 4, (arguments.rows + 3) / 4,
                                  arguments.batches},
                        .work = arguments.depth,
                        .buffers = {kerf_cl_buffer_of(e, a), kerf_cl_buffer_of(e, b),
                                    kerf_cl_buffer_of(e, c), e->arena},
                        .arguments = &arguments,
                        .argument_bytes = sizeof arguments,
                    });
}
