/* Makes kerf_plan.h, which follows, a file of OpenCL C. */
#define KERF_OPENCL_C
typedef uint uint32_t;
typedef int int32_t;
typedef ulong uint64_t;
typedef long int64_t;
typedef uchar uint8_t;
#define kernel window /* the name of a field there, a keyword here */
