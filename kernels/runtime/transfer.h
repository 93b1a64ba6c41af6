/* Copies between tensors of any strides and packed, row-major buffers. Internal. */
#ifndef KERF_TRANSFER_H
#define KERF_TRANSFER_H

#include "kerf_plan.h"

/* Number of elements. */
uint64_t kerf_elements(const kerf_plan_tensor *view);

/* `data` is the element at position 0 of all axes. */
void kerf_unpack(const kerf_plan_tensor *view, float *data, const float *packed);
void kerf_pack(const kerf_plan_tensor *view, const float *data, float *packed);

#endif
