/* The parts of Winograd's F(4x4, 3x3), see isa/winograd_kernels.c. A frequency is one of the 36
 * positions of a transformed tile; channels and rows go in blocks of KERF_WINOGRAD_BLOCK. */
#ifndef KERF_WINOGRAD_KERNELS_H
#define KERF_WINOGRAD_KERNELS_H

#include <stddef.h>
#include <stdint.h>

enum {
  KERF_WINOGRAD_BLOCK = 16,
  KERF_WINOGRAD_FREQUENCIES = 36,
  KERF_WINOGRAD_MAX_BLOCKS = 2,
  KERF_WINOGRAD_MAX_TILES = 12
};

/* Neighbouring tiles of one row of tiles, and what of them lies inside the plane. */
typedef struct {
  int32_t first;               /* column of the first tile, negative for padding */
  uint32_t width;              /* columns of the plane */
  uint32_t first_row, last_row; /* of the tiles' 6 rows, those [first_row, last_row) are in the plane */
  uint32_t tiles;
  int64_t row_step, channel_step; /* floats */
} kerf_winograd_strip;

/* Transforms the tiles of a block of which `channels` exist; x is row 0, column 0 (of the plane) of
 * the first. Frequency f of tile t goes to out[f * frequency + places[t]], its channels side by
 * side, zeros for those that do not exist. */
typedef void (*kerf_winograd_input_fn)(const kerf_winograd_strip *strip, const float *x,
                                       uint32_t channels, const uint32_t *places, float *out,
                                       size_t frequency);

/* Products at one frequency of B blocks of rows and T tiles, with BLOCK = KERF_WINOGRAD_BLOCK:
 *   m[b * m_step + t * 36 * BLOCK + r] (+)=
 *     sum over c < channels of u[b * u_step + c * BLOCK + r] * v[(c / BLOCK * T + t) * BLOCK + c % BLOCK]
 * for b < B, t < T, r < BLOCK. All are aligned to a vector. */
typedef void (*kerf_winograd_product_fn)(size_t channels, const float *u, size_t u_step,
                                         const float *v, float *m, size_t m_step, int accumulate);

/* Transforms back neighbouring tiles of a block of rows: m as above, all frequencies of a tile side
 * by side. Line i < 4 of row r begins at out[(r * 4 + i) * line]; `line` is a multiple of a vector. */
typedef void (*kerf_winograd_output_fn)(uint32_t tiles, const float *m, float *out, size_t line);

typedef struct {
  uint32_t blocks, tiles; /* most of both for one product */
  kerf_winograd_input_fn input;
  kerf_winograd_product_fn product[KERF_WINOGRAD_MAX_BLOCKS + 1][KERF_WINOGRAD_MAX_TILES + 1];
  kerf_winograd_output_fn output;
} kerf_winograd_kernels;

extern const kerf_winograd_kernels kerf_winograd__reference;
#if defined(__x86_64__)
extern const kerf_winograd_kernels kerf_winograd__avx2;
extern const kerf_winograd_kernels kerf_winograd__avx512;
#elif defined(__aarch64__)
extern const kerf_winograd_kernels kerf_winograd__neon;
#endif

#endif
