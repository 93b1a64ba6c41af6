/**
 * The kernels under AddressSanitizer and UndefinedBehaviorSanitizer: whatever reads or writes out of
 * bounds, leaks or is undefined ends the run.
 *
 * @module
 */

import { findExecutable, testConformance } from "./testing/executable.ts";

testConformance(
  await findExecutable("sanitized"),
  "sanitizer",
  Deno.build.arch === "aarch64" ? ["neon", "reference"] : ["avx512", "avx2", "reference"],
);
