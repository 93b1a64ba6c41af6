/* Fully connected layers: a team for each block of rows. */
#include <stdio.h>

#include "matrix_blocks.h"

/* Members of a team, unless another number turns out to be faster. */
enum { MEMBERS = 64 };

void kerf_cl_add_fully_connected(const kerf_cl_site *site) {
  static const int32_t no_offset = 0;
  const kerf_plan_matrix *packed = site->detail;
  kerf_cl_engine *e = site->engine;
  kerf_cl_matrix m;
  if (!kerf_cl_matrix_open(e, packed, &no_offset, 1, &m)) return;
  kerf_cl_fully_connected arguments = {
      .activation = kerf_cl_activation_of(site->op),
      .in_base = (uint32_t)site->in[0].view->base,
      .out_base = (uint32_t)site->out.view->base,
      .has_bias = packed->bias != 0,
  };
  for (uint32_t rows = KERF_MAX_BLOCK_ROWS; rows > 0; rows /= 2) {
    char options[64];
    snprintf(options, sizeof options, "-DROWS=%u %s", rows, kerf_cl_functions(site->op));
    const kerf_cl_block_group group = kerf_cl_matrix_blocks(e, &m, rows);
    if (!group.count) continue;
    arguments.blocks = group.count;
    kerf_cl_add(site, &(kerf_cl_launch){
                          .source = "fully_connected.cl",
                          .kernel = "fully_connected",
                          .options = options,
                          .items = {group.count, MEMBERS, 1},
                          .work = group.columns,
                          .team = 1,
                          .local_floats = rows,
                          .buffers = {e->arena, m.weights, m.columns, group.blocks, m.order, m.bias,
                                      e->arena},
                          .arguments = &arguments,
                          .argument_bytes = sizeof arguments,
                      });
  }
  kerf_cl_matrix_close(&m);
}
