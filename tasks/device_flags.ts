/**
 * The devices that a command line names: where the methods run, and whom they are compared with.
 *
 * @module
 */

import { type DeviceEntry, findDevice } from "../devices/registry.ts";
import { HOST } from "../harness/case.ts";
import { listOf, UsageError } from "./flags.ts";

/** Devices by their part in a comparison; absent where nothing was said of it. */
export interface ChosenDevices {
  /** Those that the methods run on, unless it is this machine alone. */
  readonly devices?: readonly string[];
  /** Peer engines. */
  readonly peers?: readonly string[];
}

/**
 * What the list of `--devices` means.
 *
 * @throws {RangeError} for an unknown name, with the nearest ones.
 * @throws {UsageError} when the methods would have nowhere to run.
 */
export function chooseDevices(text: string | undefined): ChosenDevices {
  if (text === undefined) return {};
  const ids = listOf("devices", text);
  const those = (runs: DeviceEntry["runs"]) => ids.filter((id) => findDevice(id).runs === runs);
  const devices = those("plan");
  if (devices.length === 0) {
    throw new UsageError(
      `Cannot run as --devices must have "host", or another one that the methods run on: ` +
        `current value is "${text}"`,
    );
  }
  return { peers: those("onnx"), ...(devices.join() !== HOST && { devices }) };
}
