/* Winograd's F(4x4, 3x3): 4x4 outputs of a 3x3 kernel by 36 products where 144 are needed directly.
 * Compiled once for each instruction set, like microkernels.c; kernels.h has the contracts.
 *
 * Interpolation points are 0, +-sqrt(1/2), +-sqrt(2) and infinity: as few operations as the usual
 * 0, +-1, +-2, and less cancellation. With d an input tile, g a kernel and
 *
 *         1   0  -5/2   0    1  0             1   1   1   1   1  0
 *         0 -2a   -2    a    1  0             0   a  -a   b  -b  0
 *   B^T = 0  2a   -2   -a    1  0       A^T = 0 1/2 1/2   2   2  0      a = sqrt(1/2), b = sqrt(2)
 *         0 -b/2 -1/2   b    1  0             0 a/2 -a/2 2b -2b  1
 *         0  b/2 -1/2  -b    1  0
 *         0   1    0  -5/2   0  1
 *
 * the outputs are A^T [(G g G^T) * (B^T d B)] A. kernels/plan/pack_winograd.ts has G. */
#include "kernels.h"
#include "transpose.h"

#define SIDE 6u /* of an input tile */
#define SUB (KERF_WINOGRAD_BLOCK / KERF_LANES)

static const float A = 0.70710678118654752f, B = 1.41421356237309505f;

/* B^T x */
ALWAYS void transform_input(const vector x[SIDE], vector y[SIDE]) {
  const vector even = x[4] - 2.0f * x[2], odd = A * (x[3] - 2.0f * x[1]);
  const vector even2 = x[4] - 0.5f * x[2], odd2 = B * (x[3] - 0.5f * x[1]);
  y[0] = x[0] + x[4] - 2.5f * x[2];
  y[1] = even + odd;
  y[2] = even - odd;
  y[3] = even2 + odd2;
  y[4] = even2 - odd2;
  y[5] = x[1] + x[5] - 2.5f * x[3];
}

/* A^T x */
ALWAYS void transform_output(const vector x[SIDE], vector y[4]) {
  const vector even = x[1] + x[2], odd = A * (x[1] - x[2]);
  const vector even2 = x[3] + x[4], odd2 = B * (x[3] - x[4]);
  y[0] = x[0] + even + even2;
  y[1] = odd + odd2;
  y[2] = 0.5f * even + 2.0f * even2;
  y[3] = 0.5f * odd + 2.0f * odd2 + x[5];
}

/* Columns of the transformed strip that are kept: two chunks and what tiles share. */
enum { RING = 32 };

/* LANES channels: down the columns of a strip while lanes are columns, then along its rows while
 * lanes are channels. */
ALWAYS void input_lanes(const kerf_winograd_strip *s, const float *channel, uint32_t channels,
                        const uint32_t *places, float *out, size_t frequency) {
  vector strip[RING][SIDE];
  const int32_t begin = s->first < 0 ? 0 : s->first; /* columns before are padding */
  int32_t next = s->first;                           /* first column that is not in the strip */
  for (; next < begin; next++) {
    UNROLL for (uint32_t i = 0; i < SIDE; i++) strip[(next - s->first) % RING][i] = (vector){0};
  }
  for (uint32_t t = 0; t < s->tiles; t++) {
    const int32_t end = s->first + 4 * (int32_t)t + (int32_t)SIDE;
    while (next < end) {
      const int32_t valid = (int32_t)s->width - next;
      vector columns[SIDE][KERF_LANES];
      if (valid > 0) {
        for (uint32_t c = 0; c < KERF_LANES; c++) {
          vector x[SIDE], y[SIDE];
          const float *from = channel + (int64_t)c * s->channel_step + next;
          UNROLL for (uint32_t i = 0; i < SIDE; i++) {
            x[i] = (vector){0};
            if (c < channels && i >= s->first_row && i < s->last_row) {
              const float *row = from + (int64_t)i * s->row_step;
              x[i] = valid < KERF_LANES ? load_part(row, (size_t)valid) : load(row);
              __builtin_prefetch(row + 2 * KERF_LANES);
            }
          }
          transform_input(x, y);
          UNROLL for (uint32_t i = 0; i < SIDE; i++) columns[i][c] = y[i];
        }
        for (uint32_t i = 0; i < SIDE; i++) transpose(columns[i], columns[i]);
      }
      for (uint32_t w = 0; w < KERF_LANES; w++) {
        UNROLL for (uint32_t i = 0; i < SIDE; i++)
          strip[(uint32_t)(next - s->first + (int32_t)w) % RING][i] =
              valid > 0 ? columns[i][w] : (vector){0};
      }
      next += KERF_LANES;
    }
    float *to = out + places[t];
    UNROLL for (uint32_t i = 0; i < SIDE; i++) {
      vector x[SIDE], y[SIDE];
      UNROLL for (uint32_t j = 0; j < SIDE; j++) x[j] = strip[(4 * t + j) % RING][i];
      transform_input(x, y);
      UNROLL for (uint32_t j = 0; j < SIDE; j++)
        *(vector *)(to + (i * SIDE + j) * frequency) = y[j];
    }
  }
}

static void winograd_input(const kerf_winograd_strip *strip, const float *x, uint32_t channels,
                           const uint32_t *places, float *out, size_t frequency) {
  for (uint32_t c = 0; c < KERF_WINOGRAD_BLOCK; c += KERF_LANES)
    input_lanes(strip, x + (int64_t)c * strip->channel_step, channels > c ? channels - c : 0,
                places, out + c, frequency);
}

/* Outer products: lanes are rows, so that any number of tiles fills the vectors. */
ALWAYS void product(uint32_t blocks, uint32_t tiles, size_t channels, const float *u, size_t u_step,
                    const float *v, float *m, size_t m_step, int accumulate) {
  enum { MOST_VECTORS = 4, MOST_TILES = 12, TILE = 36 * KERF_WINOGRAD_BLOCK };
  vector a[MOST_VECTORS][MOST_TILES];
  UNROLL for (uint32_t r = 0; r < blocks * SUB; r++) {
    UNROLL for (uint32_t t = 0; t < tiles; t++)
      a[r][t] = accumulate ? *(const vector *)(m + r / SUB * m_step + t * TILE + r % SUB * KERF_LANES)
                           : (vector){0};
  }
  for (size_t c = 0; c < channels;) {
    const size_t end = channels - c < KERF_WINOGRAD_BLOCK ? channels : c + KERF_WINOGRAD_BLOCK;
    for (; c < end; c++, v++, u += KERF_WINOGRAD_BLOCK) {
      vector rows[MOST_VECTORS];
      UNROLL for (uint32_t r = 0; r < blocks * SUB; r++)
        rows[r] = *(const vector *)(u + r / SUB * u_step + r % SUB * KERF_LANES);
      UNROLL for (uint32_t b = 0; b < blocks; b++) __builtin_prefetch(u + b * u_step + 512);
      UNROLL for (uint32_t t = 0; t < tiles; t++) {
        const float x = v[t * KERF_WINOGRAD_BLOCK];
        UNROLL for (uint32_t r = 0; r < blocks * SUB; r++) a[r][t] += x * rows[r];
      }
    }
    v += (tiles - 1) * KERF_WINOGRAD_BLOCK;
  }
  UNROLL for (uint32_t r = 0; r < blocks * SUB; r++) {
    UNROLL for (uint32_t t = 0; t < tiles; t++)
      *(vector *)(m + r / SUB * m_step + t * TILE + r % SUB * KERF_LANES) = a[r][t];
  }
}

#define PRODUCT(blocks, tiles)                                                                    \
  static void product_##blocks##x##tiles(size_t channels, const float *u, size_t u_step,          \
                                         const float *v, float *m, size_t m_step,                 \
                                         int accumulate) {                                        \
    if (accumulate)                                                                               \
      product(blocks, tiles, channels, u, u_step, v, m, m_step, 1);                               \
    else                                                                                          \
      product(blocks, tiles, channels, u, u_step, v, m, m_step, 0);                               \
  }
#define UP_TO_6(K, b) K(b, 1) K(b, 2) K(b, 3) K(b, 4) K(b, 5) K(b, 6)
#define UP_TO_12(K, b) UP_TO_6(K, b) K(b, 7) K(b, 8) K(b, 9) K(b, 10) K(b, 11) K(b, 12)
#if KERF_LANES == 16
#define PRODUCTS(K) UP_TO_12(K, 1) UP_TO_12(K, 2)
#define MOST_BLOCKS 2
#define MOST_TILES 12
#else
#define PRODUCTS(K) UP_TO_6(K, 1)
#define MOST_BLOCKS 1
#define MOST_TILES 6
#endif
PRODUCTS(PRODUCT)

/* As many tiles at a time as a vector has groups of 4 columns. */
static void winograd_output(uint32_t tiles, const float *m, float *out, size_t line) {
  for (uint32_t first = 0; first < KERF_WINOGRAD_BLOCK; first += KERF_LANES) {
    for (uint32_t tile = 0; tile < tiles; tile += KERF_LANES / 4) {
      vector pixels[4][KERF_LANES];
      for (uint32_t t = 0; t < KERF_LANES / 4; t++) {
        if (tile + t >= tiles) {
          UNROLL for (uint32_t i = 0; i < 4; i++) {
            UNROLL for (uint32_t j = 0; j < 4; j++) pixels[i][4 * t + j] = (vector){0};
          }
          continue;
        }
        const float *from = m + (size_t)(tile + t) * 36 * KERF_WINOGRAD_BLOCK + first;
        vector half[4][SIDE];
        UNROLL for (uint32_t j = 0; j < SIDE; j++) {
          vector x[SIDE], y[4];
          UNROLL for (uint32_t i = 0; i < SIDE; i++)
            x[i] = *(const vector *)(from + (i * SIDE + j) * KERF_WINOGRAD_BLOCK);
          transform_output(x, y);
          UNROLL for (uint32_t i = 0; i < 4; i++) half[i][j] = y[i];
        }
        UNROLL for (uint32_t i = 0; i < 4; i++) transform_output(half[i], &pixels[i][4 * t]);
      }
      for (uint32_t i = 0; i < 4; i++) {
        transpose(pixels[i], pixels[i]);
        UNROLL for (uint32_t r = 0; r < KERF_LANES; r++)
          *(vector *)(out + ((first + r) * 4 + i) * line + 4 * tile) = pixels[i][r];
      }
    }
  }
}

#define ENTRY(blocks, tiles) .product[blocks][tiles] = product_##blocks##x##tiles,

const kerf_winograd_kernels PASTE(kerf_winograd__, KERF_ISA) = {
    .blocks = MOST_BLOCKS,
    .tiles = MOST_TILES,
    .input = winograd_input,
    PRODUCTS(ENTRY)
    .output = winograd_output,
};
