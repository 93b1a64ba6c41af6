/* Winograd's parts for the reference: those of isa/winograd_kernels.c, for any processor. */
#define KERF_ISA reference
#define KERF_LANES 4
#define KERF_REGISTERS 16
#include "isa/winograd_kernels.c"
