/* The dense convolution for the reference: the kernels of isa/dense_kernels.c, for any processor. */
#define KERF_ISA reference
#define KERF_LANES 4
#define KERF_REGISTERS 16
#include "isa/dense_kernels.c"
