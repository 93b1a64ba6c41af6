/**
 * `deno task devices [ID...]`: every device, and what it is or lacks.
 *
 * @module
 */

import type { Device, Probe } from "../devices/device.ts";
import { type DeviceEntry, DEVICES, findDevice, openDevice } from "../devices/registry.ts";
import { messageOf } from "../harness/measure/round.ts";
import { printable } from "../harness/report/format.ts";
import { print, runCommand } from "./command.ts";
import { readFlags } from "./flags.ts";

const HELP = `deno task devices [ID...] [--json]

Lists every device that "deno task bench --devices" takes, or those that are named, e.g.
host: whether it can be used now, what it is, and what it lacks with what brings it. Of a kind of
devices, e.g. all boards that are reached in one way, name one to have it asked.

  --json            print everything as JSON
  --help            this text
`;

/** A device, or a kind of devices, that was asked. */
export interface ListedDevice {
  /** As it is typed. */
  readonly id: string;
  /** What it is. */
  readonly description: string;
  /** What it runs. */
  readonly runs: DeviceEntry["runs"];
  /** Whether its times are of an emulator; absent when it was not opened. */
  readonly timebase?: Device["timebase"];
  /** What it said; absent for a kind, which cannot be asked. */
  readonly probe?: Probe;
}

/** Does what a command line asks for; gives the exit code. */
export function devicesTask(
  args: string[],
  open: typeof openDevice = openDevice,
): Promise<number> {
  return runCommand(async ({ progress, signal }) => {
    const flags = readFlags(args, { values: [], switches: ["json", "help"], alias: { help: "h" } });
    if (flags.help) return print(HELP);
    // A name that is unknown is refused before any device is asked.
    const wanted = flags._.map((id) => ({ ...findDevice(id), id }));
    const entries = wanted.length > 0 ? wanted : DEVICES;
    const listed: ListedDevice[] = [];
    for (const { id, description, runs } of entries) {
      signal.throwIfAborted();
      const fraction = listed.length / entries.length;
      progress.show({ label: id, fraction });
      const about = { id, description, runs };
      const asked = id.endsWith(":")
        ? {}
        : await ask(() => open(id, (label) => progress.show({ label, fraction })));
      listed.push({ ...about, ...asked });
    }
    progress.clear();
    return print(flags.json ? JSON.stringify(listed, null, 2) : renderDevices(listed));
  });
}

/** Opens a device and asks it; one that cannot even be opened says so as what it lacks. */
async function ask(open: () => Promise<Device>): Promise<Pick<ListedDevice, "timebase" | "probe">> {
  try {
    await using device = await open();
    return { timebase: device.timebase, probe: await device.probe() };
  } catch (error) {
    return { probe: { available: false, name: "", facts: {}, missing: [messageOf(error)] } };
  }
}

/** Devices as text, each with its facts or what it lacks below it. */
export function renderDevices(listed: readonly ListedDevice[]): string {
  const width = Math.max(...listed.map(({ id }) => id.length)) + 2;
  const state = ({ probe }: ListedDevice) =>
    !probe ? "name one" : probe.available ? "available" : "missing";
  return listed.flatMap((device) => {
    const { id, description, probe, timebase } = device;
    const facts = Object.entries(probe?.facts ?? {}).map(([name, fact]) => `${name} ${fact}`);
    const below = probe?.available
      ? [[probe.name, ...facts].join(", ")]
      : probe
      ? probe.missing
      : [`e.g. deno task devices ${id}NAME`];
    const emulated = timebase === "emulated" ? " (counts, never times)" : "";
    return [
      `${id.padEnd(width)}${state(device).padEnd(11)}${description}${emulated}`,
      ...below.map((text) => `${" ".repeat(width + 11)}${text}`),
    ].map(printable);
  }).join("\n");
}

if (import.meta.main) Deno.exit(await devicesTask(Deno.args));
