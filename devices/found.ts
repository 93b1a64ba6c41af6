/**
 * Members of a kind of devices that are here, found without being told their names.
 *
 * @module
 */

import type { Probe } from "./device.ts";

/** A device that was found. */
export interface FoundDevice {
  /** As typed on the command line, e.g. `"opencl:0"`. */
  readonly id: string;
  /** What it is, as far as it is known without anything being sent to it. */
  readonly probe: Probe;
}

/** What was found of a kind. */
export interface Found {
  /** Those that are here. */
  readonly devices: readonly FoundDevice[];
  /** Why there are none, and how to get one; empty when there are some. */
  readonly missing: readonly string[];
}
