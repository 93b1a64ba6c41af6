/**
 * The two kinds of remote devices, as the registry opens them.
 *
 * @module
 */

import type { Device } from "../device.ts";
import type { Found } from "../found.ts";
import { parseAdbAddress, parseSshAddress } from "./address.ts";
import { openAdb } from "./adb/adb.ts";
import { findPhones } from "./adb/phones.ts";
import { type AdbServer, parseAdbServer } from "./adb/socket.ts";
import { RemoteDevice, type RemoteOptions } from "./device.ts";
import { openSsh } from "./ssh.ts";

/** Where a phone lets its shell put programs and run them. */
const PHONE_FOLDER = "/data/local/tmp/kerf";

/** What a remote device is opened with. */
export interface OpenRemoteOptions extends Pick<RemoteOptions, "signal" | "onProgress"> {
  /** What was typed behind the colon. @default {""} */
  readonly argument?: string;
}

/**
 * A board that is reached by ssh; connected to when it is probed or used.
 *
 * @throws {SyntaxError} when the argument is not `[USER@]HOST[:PORT][#CLUSTER]`.
 */
export function openSshDevice(
  { argument = "", config, ...options }: OpenRemoteOptions & {
    /** Path of an ssh configuration in place of the user's. */
    readonly config?: string;
  } = {},
): Promise<Device> {
  const address = parseSshAddress(argument);
  const transport = openSsh(address, { ...(config !== undefined && { config }) });
  const { cluster } = address;
  return Promise.resolve(new RemoteDevice(`ssh:${argument}`, transport, { ...options, cluster }));
}

/** The phones that the adb server knows, where one runs. Never throws. */
export function findAdbDevices(server?: AdbServer): Promise<Found> {
  return Promise.resolve()
    .then(() =>
      findPhones(server ?? parseAdbServer(Deno.env.get("ADB_SERVER_SOCKET") || undefined))
    )
    .catch((error: Error) => ({ devices: [], missing: [error.message] }));
}

/**
 * A phone that is reached by the adb server; connected to when it is probed or used.
 *
 * @throws {SyntaxError} when the argument is not `SERIAL[#CLUSTER]`, or `ADB_SERVER_SOCKET` names no
 * server.
 */
export function openAdbDevice(
  { argument = "", server, ...options }: OpenRemoteOptions & {
    /** Where the server listens. @default what `ADB_SERVER_SOCKET` says, else 127.0.0.1:5037 */
    readonly server?: AdbServer;
  } = {},
): Promise<Device> {
  const { serial, cluster } = parseAdbAddress(argument);
  const transport = openAdb(
    server ?? parseAdbServer(Deno.env.get("ADB_SERVER_SOCKET") || undefined),
    serial,
  );
  const device = new RemoteDevice(`adb:${argument}`, transport, {
    ...options,
    cluster,
    folder: PHONE_FOLDER,
  });
  return Promise.resolve(device);
}
