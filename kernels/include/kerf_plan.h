/* The plan file: what the TypeScript lowering writes and the runtime maps.
 *
 * Little-endian throughout. A header, a table of tensors, a table of operators, then sections at
 * the offsets that the operators name. Sections of floats start at multiples of 64 bytes. Offsets
 * are bytes from the start of the file. kernels/plan/format.ts mirrors this file; a test compares. */
#ifndef KERF_PLAN_H
#define KERF_PLAN_H

#include <stdint.h>

#define KERF_PLAN_MAGIC "KERFPLAN"
#define KERF_PLAN_VERSION 1u

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
  uint32_t input;  /* index of a tensor */
  uint32_t output; /* index of a tensor */
  uint64_t tensor_table;
  uint64_t operator_table;
} kerf_plan_header;

/* An activation in the arena: element (c, d, h, w) is at base + c*channel + d*plane + h*row + w.
 * Padding cells are shared between neighbouring rows, planes and channels, and stay zero. */
typedef struct {
  uint32_t channels, depth, height, width;
  uint32_t row, plane; /* strides in floats */
  uint64_t channel;    /* stride in floats */
  uint64_t base;       /* of element (0, 0, 0, 0), floats */
} kerf_plan_tensor;

typedef enum {
  KERF_OP_CONVOLUTION = 1,
  KERF_OP_FULLY_CONNECTED = 2,
  KERF_OP_MAX_POOL = 3,
  KERF_OP_RELU = 4,
  KERF_OP_PHASES = 5 /* copies a tensor into its strided phases, ahead of a strided convolution */
} kerf_plan_op;

#define KERF_FLAG_RELU 1u

typedef struct {
  uint32_t kind, flags, input, output;
  uint64_t name; /* offset of the name, not terminated */
  uint32_t name_bytes;

  /* Max pooling, alone or fused behind a convolution (then kernel = stride and no padding).
   * 0 in pool_kernel[0] means none. Axes are depth, height, width. For PHASES, pool_stride is the
   * stride of the convolution that follows and pool_pad the position of the first phase. */
  uint32_t pool_kernel[3], pool_stride[3], pool_pad[3];

  /* The weight matrix of a convolution or fully connected layer: rows are filters, columns are
   * (channel, tap) pairs. Rows are cut into blocks that share their lists of kept columns. */
  uint32_t rows;
  uint32_t channels;      /* input channels */
  uint32_t taps;          /* kernel positions; 1 for fully connected */
  uint32_t span;          /* channels that one entry of a list stands for */
  uint32_t channel_block; /* channels that are walked before the next block of rows; multiple of span */
  uint32_t blocks;        /* row blocks */
  uint32_t lists;         /* distinct column lists */
  uint32_t out_depth, out_height, out_width; /* of the convolution, before a fused pool */

  uint64_t tap_offsets;  /* i32[taps]: of a tap from the output's position, floats */
  uint64_t channel_step; /* floats from one channel to the next */
  uint64_t block_rows;   /* u32[blocks]: rows in each block: 8, 4, 2 or 1 */
  uint64_t row_order;    /* u32[rows]: output channel of each packed row */
  uint64_t list_of;      /* u32[channel blocks * blocks], channel block outermost */
  uint64_t list_start;   /* u32[lists + 1]: into the index bytes */
  uint64_t list_entries; /* u32[lists]: entries of each list */
  uint64_t index;        /* u8[index_bytes]: delta-coded lists */
  uint64_t index_bytes;
  uint64_t weights;      /* f32[weight_floats]: [channel block][block][column][row of the block] */
  uint64_t weight_floats;
  uint64_t bias;         /* f32[rows] in packed order, or 0 for none */
} kerf_plan_operator;

/* Index coding. A list's entries are ascending group numbers g = (channel / span) * taps + tap,
 * counted from the first channel of its channel block. Each is coded as g minus its predecessor
 * (the first minus -1), less 1, in base 255: as many bytes 255 as fit, then the remainder. So a dense list is
 * a run of zero bytes. */

#endif
