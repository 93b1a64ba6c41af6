/* The plan file: what the TypeScript lowering writes and the runtime maps.
 *
 * Little-endian throughout. A header, a table of tensors, a table of operators, then sections at
 * the offsets that these name. Sections of floats start at multiples of 64 bytes. Offsets are bytes
 * from the start of the file. kernels/plan/format.ts mirrors this file; a test compares. */
#ifndef KERF_PLAN_H
#define KERF_PLAN_H

#ifndef KERF_OPENCL_C /* the kernels of kernels/opencl/ read this file too */
#include <stdint.h>
#endif

#define KERF_PLAN_MAGIC "KERFPLAN"
#define KERF_PLAN_VERSION 2u

/* Axes of a tensor. */
#define KERF_MAX_RANK 6u
/* Tensors that an operator reads. */
#define KERF_MAX_INPUTS 3u
/* In place of the index of a tensor: there is none. */
#define KERF_NONE 0xffffffffu
/* Rows of one block and vectors of one tile are bounded by the registers of the widest kernel. */
#define KERF_MAX_BLOCK_ROWS 8u
/* Widest window, on each axis, of a pool that is fused behind a convolution. */
#define KERF_MAX_FUSED_POOL 8u
/* Floats that kernels may read past the last position of a run, and so the slack of the arena. */
#define KERF_SLACK_FLOATS 256u

typedef struct {
  char magic[8];
  uint32_t version;
  uint32_t checksum; /* kerf_checksum of the file with this field 0 */
  uint64_t file_bytes;
  uint64_t arena_floats; /* all activations, slack included */
  uint32_t tensors;
  uint32_t operators;
  uint32_t inputs;
  uint32_t outputs;
  uint64_t tensor_table;
  uint64_t operator_table;
  uint64_t input_table;  /* kerf_plan_value[inputs] */
  uint64_t output_table; /* kerf_plan_value[outputs] */
  uint64_t constants;    /* f32[constant_floats] */
  uint64_t constant_floats;
} kerf_plan_header;

/* A value that goes in or comes out: a tensor in the arena, of the value's shape. */
typedef struct {
  uint64_t name; /* offset of the name, not terminated */
  uint32_t name_bytes;
  uint32_t tensor;
} kerf_plan_value;

typedef enum { KERF_SPACE_ARENA = 0, KERF_SPACE_CONSTANTS = 1 } kerf_plan_space;

/* A strided view: element (i, j, ...) is at base + i*strides[0] + j*strides[1] + ... Axes from
 * `rank` on have extent 1 and stride 0. Operators that take an image read axes 0..3 as channel,
 * depth, height, width. */
typedef struct {
  uint32_t rank;
  uint32_t space; /* kerf_plan_space */
  uint32_t extents[KERF_MAX_RANK];
  int64_t strides[KERF_MAX_RANK];
  uint64_t base;
} kerf_plan_tensor;

typedef enum {
  KERF_OP_CONVOLUTION = 1,    /* detail: kerf_plan_convolution */
  KERF_OP_FULLY_CONNECTED = 2, /* detail: kerf_plan_matrix */
  KERF_OP_WINOGRAD = 3,       /* detail: kerf_plan_winograd */
  KERF_OP_DEPTHWISE = 4,      /* detail: kerf_plan_depthwise */
  KERF_OP_POOL = 5,           /* detail: kerf_plan_pool */
  KERF_OP_ELEMENTWISE = 6,    /* no detail; function: kerf_elementwise */
  KERF_OP_REDUCE = 7,         /* no detail; function: kerf_reduction */
  KERF_OP_SOFTMAX = 8,        /* detail: kerf_plan_softmax */
  KERF_OP_RESAMPLE = 9,       /* detail: kerf_plan_resample */
  KERF_OP_LRN = 10,           /* detail: kerf_plan_lrn */
  KERF_OP_MATRIX_PRODUCT = 11, /* no detail */
  KERF_OP_CLEAR = 12,         /* detail: kerf_plan_clear */
  KERF_OP_DENSE_CONVOLUTION = 13 /* detail: kerf_plan_dense_convolution */
} kerf_plan_op;

typedef enum {
  KERF_NO_ACTIVATION = 0,
  KERF_RELU,
  KERF_LEAKY_RELU, /* alpha */
  KERF_CLIP,       /* alpha: least, beta: most */
  KERF_SIGMOID,
  KERF_HARD_SIGMOID, /* alpha, beta */
  KERF_HARD_SWISH,
  KERF_SILU, /* x * sigmoid(x) */
  KERF_MISH,
  KERF_TANH,
  KERF_ELU,  /* alpha */
  KERF_CELU, /* alpha */
  KERF_SELU, /* alpha, beta: gamma */
  KERF_GELU, /* exact, by erf */
  KERF_GELU_TANH,
  KERF_SOFTPLUS,
  KERF_SOFTSIGN,
  KERF_ERF,
  KERF_EXP,
  KERF_LOG,
  KERF_SQRT,
  KERF_ABS,
  KERF_NEG,
  KERF_RECIPROCAL,
  KERF_FLOOR,
  KERF_CEIL,
  KERF_ACTIVATIONS /* how many there are */
} kerf_activation;

typedef enum {
  KERF_COPY = 0,
  KERF_ADD,
  KERF_SUB,
  KERF_MUL,
  KERF_DIV,
  KERF_POW,
  KERF_MAX,
  KERF_MIN,
  KERF_PRELU,        /* a < 0 ? a * b : a */
  KERF_MULTIPLY_ADD, /* a * b + c */
  KERF_ELEMENTWISE_FUNCTIONS
} kerf_elementwise;

typedef enum {
  KERF_REDUCE_MEAN = 0,
  KERF_REDUCE_SUM,
  KERF_REDUCE_MAX,
  KERF_REDUCE_MIN,
  KERF_REDUCE_PROD,
  KERF_REDUCE_SUM_SQUARE,
  KERF_REDUCE_L1,
  KERF_REDUCE_L2,
  KERF_REDUCTIONS
} kerf_reduction;

/* When a convolution adds its second input, of the output's extents. */
typedef enum {
  KERF_ADD_THEN_ACTIVATE = 0,
  KERF_ACTIVATE_THEN_ADD,
  KERF_RESIDUALS
} kerf_residual;

typedef enum { KERF_POOL_MAX = 0, KERF_POOL_AVERAGE, KERF_POOL_NORM, KERF_POOLS } kerf_pooling;

typedef struct {
  uint32_t kind;     /* kerf_plan_op */
  uint32_t function; /* of the kinds that have several, else 0 */
  uint32_t activation;
  float alpha, beta; /* of the activation */
  uint32_t inputs[KERF_MAX_INPUTS]; /* indices of tensors, then KERF_NONE */
  uint32_t output;
  uint32_t name_bytes;
  uint64_t name; /* offset of the name, not terminated */
  uint64_t detail; /* offset of the kind's record, or 0 for none; multiple of 8 */
} kerf_plan_operator;

/* The weight matrix of a convolution or fully connected layer: rows are filters, columns are
 * (channel, tap) pairs. Rows are cut into blocks that share their lists of kept columns. */
typedef struct {
  uint32_t rows;
  uint32_t channels;      /* input channels */
  uint32_t taps;          /* kernel positions; 1 for fully connected */
  uint32_t span;          /* channels that one entry of a list stands for */
  uint32_t channel_block; /* channels that are walked before the next block of rows; multiple of span */
  uint32_t blocks;        /* row blocks */
  uint32_t lists;         /* distinct column lists */
  uint64_t block_rows;    /* u32[blocks]: rows in each block: 8, 4, 2 or 1 */
  uint64_t row_order;     /* u32[rows]: output channel of each packed row */
  uint64_t list_of;       /* u32[channel blocks * blocks], channel block outermost */
  uint64_t list_start;    /* u32[lists + 1]: into the index bytes */
  uint64_t list_entries;  /* u32[lists]: entries of each list */
  uint64_t index;         /* u8[index_bytes]: delta-coded lists */
  uint64_t index_bytes;
  uint64_t weights;       /* f32[weight_floats]: [channel block][block][column][row of the block] */
  uint64_t weight_floats;
  uint64_t bias;          /* f32[rows] in packed order, or 0 for none */
} kerf_plan_matrix;

typedef struct {
  kerf_plan_matrix matrix;
  uint32_t extents[3];      /* depth, height, width before a fused pool */
  uint32_t pool_kernel[3];  /* of a fused max pool, its stride as well; 0 for none */
  uint64_t tap_offsets;     /* i32[taps]: of a tap from the output's position, floats */
  uint64_t channel_step;    /* floats from one channel to the next */
} kerf_plan_convolution;

/* Tiles of 4x4 outputs, made of 6x6 inputs. How the weights are packed is told in
 * kernels/plan/pack_winograd.ts. */
typedef struct {
  uint32_t rows, channels;
  uint32_t depth_taps;
  uint32_t pad[3]; /* before depth, height, width */
  uint64_t weights;
  uint64_t weight_floats;
  uint64_t bias; /* f32[rows], or 0 for none */
} kerf_plan_winograd;

/* Axes are depth, height, width. How the weights are packed is told in kernels/plan/pack_dense.ts. */
typedef struct {
  uint32_t rows, channels;
  uint32_t kernel[3], stride[3], dilation[3];
  uint32_t pad[3]; /* before each axis */
  uint64_t weights;
  uint64_t weight_floats;
  uint64_t bias; /* f32[rows], or 0 for none */
} kerf_plan_dense_convolution;

typedef struct {
  uint32_t multiplier; /* output channels of each input channel */
  uint32_t taps;
  uint64_t tap_offsets;  /* i32[taps] */
  uint64_t channel_step;
  uint64_t weights; /* f32[channels * multiplier * taps] */
  uint64_t bias;    /* f32[channels * multiplier], or 0 for none */
} kerf_plan_depthwise;

/* Axes are depth, height, width. */
typedef struct {
  uint32_t kernel[3], stride[3], dilation[3];
  uint32_t pad[3], pad_end[3];
  uint32_t count_padding;
  uint32_t p; /* of KERF_POOL_NORM */
} kerf_plan_pool;

typedef struct {
  uint32_t axis;
  uint32_t log; /* 1: the logarithm of the softmax */
} kerf_plan_softmax;

/* For depth, height and width. */
typedef struct {
  uint32_t taps[3];
  uint64_t positions[3]; /* u32[extent * taps]: input positions */
  uint64_t weights[3];   /* f32[extent * taps] */
} kerf_plan_resample;

typedef struct {
  uint32_t size;
  float alpha, beta, bias;
} kerf_plan_lrn;

typedef struct {
  uint64_t lead, trail; /* floats to zero before and behind the tensor */
} kerf_plan_clear;

/* Index coding. A list's entries are ascending group numbers g = (channel / span) * taps + tap,
 * counted from the first channel of its channel block. Each is coded as g minus its predecessor
 * (the first minus -1), less 1, in base 255: as many bytes 255 as fit, then the remainder. So a dense list is
 * a run of zero bytes. */

#endif
