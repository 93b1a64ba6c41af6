/**
 * The OpenCL device of the tests: opened once, so that what is compiled for it is compiled once.
 *
 * @module
 */

import { type KernelDevice, openKernels } from "../ffi.ts";
import { KernelError } from "../foreign.ts";

/** The device, or why there is none; and what tests that use it say in their names. */
export const openCl: { readonly device?: KernelDevice; readonly needs: string } = await open();

async function open() {
  const kernels = await openKernels();
  const needs = "needs pocl-opencl-icd";
  try {
    return { device: await kernels.openDevice("opencl"), needs };
  } catch (error) {
    kernels[Symbol.dispose]();
    if (!(error instanceof KernelError && error.status === "device")) throw error;
    return { needs: `${needs}: ${error.message}` };
  }
}
