/* The assembler copies the files in, from the folder kernels/, where compilers are started. */
#include "sources.h"

#include <string.h>

#define EMBED(symbol, path)                                   \
  __asm__(".pushsection .rodata\n"                            \
          ".global kerf_cl_" #symbol "\n"                     \
          ".hidden kerf_cl_" #symbol "\n"                     \
          "kerf_cl_" #symbol ":\n"                            \
          ".incbin \"" path "\"\n"                            \
          ".global kerf_cl_" #symbol "_end\n"                 \
          ".hidden kerf_cl_" #symbol "_end\n"                 \
          "kerf_cl_" #symbol "_end:\n"                        \
          ".popsection\n");                                   \
  extern const char kerf_cl_##symbol[] __attribute__((visibility("hidden"))); \
  extern const char kerf_cl_##symbol##_end[] __attribute__((visibility("hidden")));
#define ENTRY(symbol, name) {name, kerf_cl_##symbol, kerf_cl_##symbol##_end}

EMBED(types, "opencl/types.h")
EMBED(plan, "include/kerf_plan.h")
EMBED(arguments, "opencl/arguments.h")
EMBED(common, "opencl/common.h")
const kerf_cl_source kerf_cl_preludes[KERF_CL_PRELUDES] = {
    ENTRY(types, "types.h"),
    ENTRY(plan, "kerf_plan.h"),
    ENTRY(arguments, "arguments.h"),
    ENTRY(common, "common.h"),
};

#define KERNELS(K)                                                                            \
  K(clear) K(convolution) K(depthwise) K(elementwise) K(fully_connected) K(lrn)               \
  K(matrix_product) K(pool) K(reduce) K(resample) K(softmax) K(transfer)
#define EMBED_KERNEL(name) EMBED(name, "opencl/" #name ".cl")
#define KERNEL_ENTRY(name) ENTRY(name, #name ".cl"),
KERNELS(EMBED_KERNEL)
static const kerf_cl_source kernels[] = {KERNELS(KERNEL_ENTRY)};

const kerf_cl_source *kerf_cl_find_source(const char *name) {
  const kerf_cl_source *source = kernels;
  while (strcmp(source->name, name)) source++;
  return source;
}
