/**
 * The phones that an adb server knows.
 *
 * @module
 */

import type { Found, FoundDevice } from "../../found.ts";
import { RemoteError } from "../transport.ts";
import { type AdbServer, AdbSocket, explain } from "./socket.ts";

/** Time for a server to answer, milliseconds: something else may listen there. */
const PATIENCE = 3000;

/** What adb says of a phone that is ready. */
const READY = "device";

/** Asks the server, which is not started for it. Never throws. */
export async function findPhones(server: AdbServer): Promise<Found> {
  try {
    const devices = (await listOf(server)).split("\n").flatMap(foundOf);
    return {
      devices,
      missing: devices.length > 0 ? [] : ["the adb server knows no phone: see docs/phones.md"],
    };
  } catch (error) {
    return { devices: [], missing: [error instanceof Error ? error.message : String(error)] };
  }
}

async function listOf(server: AdbServer): Promise<string> {
  using socket = await AdbSocket.connect(server, "the adb server");
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    socket[Symbol.dispose]();
  }, PATIENCE);
  try {
    await socket.request("host:devices-l");
    return await socket.readCounted();
  } catch (cause) {
    if (!late) throw cause;
    throw new RemoteError("Cannot list phones as the adb server does not answer", { cause });
  } finally {
    clearTimeout(timer);
  }
}

/** A line: serial, state, and what the phone is, e.g. `"R58M device usb:1-1 model:Pixel_5"`. */
function foundOf(line: string): FoundDevice[] {
  const [, serial, state, about] = /^(\S+)\s+(.+?)((?:\s+\w+:\S+)*)$/.exec(line.trim()) ?? [];
  if (serial === undefined) return [];
  const model = /\bmodel:(\S+)/.exec(about)?.[1].replaceAll("_", " ");
  const available = state === READY;
  return [{
    id: `adb:${serial}`,
    probe: {
      available,
      name: model ?? "a phone",
      facts: {},
      missing: available ? [] : [explain(serial, state)],
    },
  }];
}
