/**
 * The functions of `kerf.h` as FFI wants them.
 *
 * @module
 */

/** `KERF_ABI_VERSION` that this file was written for. */
export const ABI_VERSION = 4;

/** Symbols of `kerf.h`, names verbatim; a test compares them with the header. */
export const SYMBOLS = {
  kerf_abi_version: { parameters: [], result: "u32" },
  kerf_best_isa: { parameters: [], result: "pointer" }, // const char *
  kerf_open: {
    parameters: [
      "buffer", // const char *path
      "u32", // uint32_t threads
      "buffer", // const char *isa
      "buffer", // kerf_watch *watch
      "buffer", // kerf_network **network
      "buffer", // char *error
      "usize", // size_t error_bytes
    ],
    result: "i32",
    nonblocking: true,
  },
  kerf_close: { parameters: ["pointer" /* kerf_network *network */], result: "void" },
  kerf_failure: { parameters: ["pointer" /* const kerf_network *network */], result: "pointer" }, // const char *
  kerf_device_count: {
    parameters: ["buffer", /* char *error */ "usize" /* size_t error_bytes */],
    result: "u32",
  },
  kerf_device_open: {
    parameters: [
      "buffer", // const char *isa
      "buffer", // kerf_device **device
      "buffer", // char *error
      "usize", // size_t error_bytes
    ],
    result: "i32",
    nonblocking: true,
  },
  kerf_device_close: { parameters: ["pointer" /* kerf_device *device */], result: "void" },
  kerf_device_facts: {
    parameters: ["pointer" /* const kerf_device *device */],
    result: "pointer", // const char *
  },
  kerf_arena_bytes: { parameters: ["pointer" /* const kerf_network *network */], result: "u64" },
  kerf_input_count: { parameters: ["pointer" /* const kerf_network *network */], result: "u32" },
  kerf_input_name: {
    parameters: ["pointer", /* const kerf_network *network */ "u32" /* uint32_t index */],
    result: "pointer", // const char *
  },
  kerf_input_shape: {
    parameters: [
      "pointer", // const kerf_network *network
      "u32", // uint32_t index
      "buffer", // uint32_t *extents
    ],
    result: "u32",
  },
  kerf_output_count: { parameters: ["pointer" /* const kerf_network *network */], result: "u32" },
  kerf_output_name: {
    parameters: ["pointer", /* const kerf_network *network */ "u32" /* uint32_t index */],
    result: "pointer", // const char *
  },
  kerf_output_shape: {
    parameters: [
      "pointer", // const kerf_network *network
      "u32", // uint32_t index
      "buffer", // uint32_t *extents
    ],
    result: "u32",
  },
  kerf_operator_count: { parameters: ["pointer" /* const kerf_network *network */], result: "u32" },
  kerf_operator_name: {
    parameters: ["pointer", /* const kerf_network *network */ "u32" /* uint32_t index */],
    result: "pointer", // const char *
  },
  kerf_set_input: {
    parameters: [
      "pointer", // kerf_network *network
      "u32", // uint32_t index
      "buffer", // const float *input
      "u64", // uint64_t floats
    ],
    result: "i32",
  },
  kerf_set_schedule: {
    parameters: [
      "pointer", // kerf_network *network
      "buffer", // const uint32_t *steps
      "u32", // uint32_t count
    ],
    result: "i32",
  },
  kerf_trace: {
    parameters: ["pointer", /* kerf_network *network */ "buffer" /* uint64_t *nanoseconds */],
    result: "i32",
    nonblocking: true,
  },
  kerf_run: {
    parameters: ["pointer" /* kerf_network *network */],
    result: "i32",
    nonblocking: true,
  },
  kerf_get_output: {
    parameters: [
      "pointer", // const kerf_network *network
      "u32", // uint32_t index
      "buffer", // float *output
      "u64", // uint64_t floats
    ],
    result: "i32",
  },
  kerf_measure: {
    parameters: [
      "pointer", // kerf_network *network
      "u32", // uint32_t calls
      "buffer", // uint64_t *nanoseconds
    ],
    result: "i32",
    nonblocking: true,
  },
  kerf_profile: {
    parameters: ["pointer", /* kerf_network *network */ "buffer" /* uint64_t *nanoseconds */],
    result: "i32",
    nonblocking: true,
  },
} as const satisfies Deno.ForeignLibraryInterface;
