/**
 * The NEON kernels, cross-compiled and run under emulation.
 *
 * @module
 */

import { findExecutable, testConformance } from "./testing/executable.ts";

testConformance(
  await findExecutable("aarch64-linux", { emulator: "qemu-aarch64" }),
  "qemu-aarch64 and the cross compiler",
  ["neon", "neon", "reference"],
);
