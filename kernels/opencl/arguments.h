/* What a launch tells its kernel besides buffers: read by the C runtime, which fills it, and by
 * OpenCL C, which gets kerf_plan.h and this file ahead of every kernel. Offsets and strides are in
 * elements. */
#ifndef KERF_CL_ARGUMENTS_H
#define KERF_CL_ARGUMENTS_H

#ifdef KERF_OPENCL_C
#undef kernel
#else
#include "kerf_plan.h"
#endif

#define KERF_CL_OPERANDS (KERF_MAX_INPUTS + 1u)

/* Applied to a value before it is stored. */
typedef struct {
  uint32_t kind; /* kerf_activation */
  float alpha, beta;
} kerf_cl_activation;

/* Axes of several operands at once, outermost first. */
typedef struct {
  uint32_t rank;
  uint32_t extents[KERF_MAX_RANK];
  int32_t strides[KERF_CL_OPERANDS][KERF_MAX_RANK];
} kerf_cl_axes;

/* A volume: channel, depth, height, width. */
typedef struct {
  uint32_t base;
  uint32_t extents[4];
  int32_t strides[4];
} kerf_cl_volume;

/* What convolutions do with their sums. Widths have stride 1. */
typedef struct {
  kerf_cl_activation activation;
  uint32_t has_bias, has_residual;
  uint32_t order; /* kerf_residual */
  uint32_t out_base, residual_base;
  int32_t out_strides[3], residual_strides[3]; /* channel, depth, height */
} kerf_cl_epilogue;

/* Output positions, and where their taps begin to count in the input. */
typedef struct {
  uint32_t depth, height, width;
  uint32_t base;       /* of the input, at the least tap */
  int32_t plane, row;  /* steps of the input */
} kerf_cl_positions;

/* Rows that share a list of kept columns. */
typedef struct {
  uint32_t column, columns; /* first entry of the list, and how many */
  uint32_t weight;          /* first weight: [column][row of the block] */
  uint32_t row;             /* first packed row */
} kerf_cl_block;

typedef struct {
  kerf_cl_positions positions;
  kerf_cl_epilogue epilogue;
  uint32_t blocks;
} kerf_cl_convolution;

typedef struct {
  kerf_cl_positions positions;
  kerf_cl_epilogue epilogue;
  uint32_t channels, multiplier, taps;
  int32_t channel_step;
} kerf_cl_depthwise;

typedef struct {
  kerf_cl_activation activation;
  uint32_t in_base, out_base;
  uint32_t has_bias, blocks;
} kerf_cl_fully_connected;

typedef struct {
  kerf_plan_pool pool;
  kerf_cl_volume in, out;
  uint32_t function; /* kerf_pooling */
  kerf_cl_activation activation;
} kerf_cl_pool;

typedef struct {
  kerf_cl_axes axes; /* of the output, then of the inputs */
  uint32_t bases[KERF_CL_OPERANDS];
  uint32_t function; /* kerf_elementwise */
  uint32_t inputs;
  kerf_cl_activation activation;
} kerf_cl_elementwise;

typedef struct {
  kerf_cl_axes kept, reduced; /* of the output, then of the input */
  uint32_t results, values;   /* values: of each result */
  uint32_t in_base, out_base;
  uint32_t function; /* kerf_reduction */
  kerf_cl_activation activation;
} kerf_cl_reduce;

typedef struct {
  kerf_cl_axes rows; /* all axes but one, of the output, then of the input */
  uint32_t count, length;
  int32_t in_stride, out_stride; /* along the one axis */
  uint32_t in_base, out_base;
  uint32_t log;
  kerf_cl_activation activation;
} kerf_cl_softmax;

/* For depth, height and width: taps, and where an axis begins in the tables. */
typedef struct {
  uint32_t taps[3], start[3];
  kerf_cl_volume in, out;
  kerf_cl_activation activation;
} kerf_cl_resample;

typedef struct {
  kerf_plan_lrn lrn;
  kerf_cl_volume in, out;
  kerf_cl_activation activation;
} kerf_cl_lrn;

/* [batch, row, column] */
typedef struct {
  uint32_t batches, rows, columns, depth;
  uint32_t a_base, b_base, c_base, out_base;
  int32_t a[3], b[3], c[3], out[3];
  uint32_t has_c;
  kerf_cl_activation activation;
} kerf_cl_matrix_product;

typedef struct {
  kerf_cl_volume volume;
  uint32_t lead, trail;
} kerf_cl_clear;

/* Between row-major floats and a view. */
typedef struct {
  kerf_cl_axes axes;
  uint32_t base, count;
} kerf_cl_transfer;

#endif
