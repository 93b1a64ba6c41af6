/**
 * The devices that Kerf knows: one line each.
 *
 * @module
 */

import { nearest } from "../compressors/nearest.ts";
import { findCoexecution, openCoexecution } from "./coexecution/device.ts";
import type { Device } from "./device.ts";
import { emulatedId, openEmulated } from "./emulation/device.ts";
import { SOCS } from "./emulation/socs.ts";
import type { Found } from "./found.ts";
import { openHost } from "./host.ts";
import { openOnnxRuntime } from "./onnxruntime.ts";
import { findOpenCl, openOpenCl } from "./opencl.ts";
import { openPeer } from "./peers/engine.ts";
import { OWN, ownPeer } from "./peers/own.ts";
import { PEER_ENGINES } from "./peers/registry.ts";
import { findAdbDevices, openAdbDevice, openSshDevice } from "./remote/open.ts";

/** What a device is opened with. */
export interface OpenDeviceOptions {
  /** What was typed behind the colon of an entry that ends with one, e.g. `"user@host"`; else `""`. */
  readonly argument?: string;
  /** Told what has to be built, copied or waited for. */
  onProgress?(label: string): void;
  /** Ends what the device is doing. */
  readonly signal?: AbortSignal;
}

/** A device, or a kind of devices, on the list. */
export interface DeviceEntry {
  /** As typed on the command line; `"ssh:"` stands for all of `ssh:WHAT`. */
  readonly id: string;
  /** One line for `--list`. */
  readonly description: string;
  /** `"plan"` devices run compressed models; `"onnx"` ones are peer engines. */
  readonly runs: "plan" | "onnx";
  /** Opens it; what is missing is told by its probe. */
  open(options?: OpenDeviceOptions): Promise<Device>;
  /** Of a kind: those that are here, where that can be known. Never throws. */
  find?(options?: OpenDeviceOptions): Promise<Found>;
}

/** All devices; to add one, add its file and its line. */
export const DEVICES: readonly DeviceEntry[] = [
  {
    id: "host",
    description: "this machine's processor, with Kerf's own runtime",
    runs: "plan",
    open: ({ onProgress } = {}) => openHost(onProgress),
  },
  {
    id: "onnxruntime",
    description: "ONNX Runtime on this machine's processor, the peer engine",
    runs: "onnx",
    open: () => openOnnxRuntime(),
  },
  {
    id: "opencl:",
    description: "OpenCL device N of this machine: opencl:N, or opencl:N:fp16 to store halves",
    runs: "plan",
    open: openOpenCl,
    find: findOpenCl,
  },
  {
    id: "coexec:",
    description:
      "OpenCL device N and this machine's processor at once: coexec:N, or coexec:N:gpu " +
      "and coexec:N:cpu for all on one of them",
    runs: "plan",
    open: openCoexecution,
    find: findCoexecution,
  },
  ...SOCS.flatMap((soc) =>
    soc.clusters.map((cluster): DeviceEntry => ({
      id: emulatedId(soc, cluster),
      description: `${soc.name}'s ${cluster.core}, emulated: counts, no times`,
      runs: "plan",
      open: ({ onProgress } = {}) => openEmulated(soc, cluster, onProgress),
    }))
  ),
  {
    id: "ssh:",
    description: "a board that runs Linux: ssh:[USER@]HOST[:PORT][#big|mid|little|all]",
    runs: "plan",
    open: openSshDevice,
  },
  {
    id: "adb:",
    description: "a phone, by the adb server: adb:SERIAL[#big|mid|little|all]",
    runs: "plan",
    open: openAdbDevice,
    find: () => findAdbDevices(),
  },
  ...PEER_ENGINES.map((engine): DeviceEntry => ({
    id: engine.id,
    description: `${engine.name} on this machine's processor, a peer engine where it is installed`,
    runs: "onnx",
    open: () => openPeer(engine),
  })),
  {
    id: OWN,
    description: "a peer engine of your own, e.g. peer:./my-engine; see docs/peers.md",
    runs: "onnx",
    open: ({ argument = "" } = {}) => openPeer(ownPeer(argument)),
  },
];

/**
 * The entry of the device called `id`.
 *
 * @throws {RangeError} with the nearest names when there is none.
 */
export function findDevice(id: string): DeviceEntry {
  const found = DEVICES.find((device) =>
    device.id.endsWith(":") ? id.startsWith(device.id) : id === device.id
  );
  if (found) return found;
  throw new RangeError(
    `Cannot find device "${id}": did you mean ` +
      `${nearest(id, DEVICES.map((device) => device.id)).join(" or ")}?`,
  );
}

/**
 * Opens the device called `id`.
 *
 * @param onProgress Told what has to be built, copied or waited for.
 * @param signal Ends what the device is doing.
 * @throws {RangeError} with the nearest names when there is none.
 * @throws {SyntaxError} when what stands behind its colon cannot be read.
 */
export async function openDevice(
  id: string,
  onProgress?: (label: string) => void,
  signal?: AbortSignal,
): Promise<Device> {
  const entry = findDevice(id);
  const argument = entry.id.endsWith(":") ? id.slice(entry.id.length) : "";
  return await entry.open({
    argument,
    ...(onProgress && { onProgress }),
    ...(signal && { signal }),
  });
}
