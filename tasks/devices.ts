/**
 * `deno task devices [ID...]`: every device, and what it is or lacks.
 *
 * @module
 */

import type { Device, Probe } from "../devices/device.ts";
import type { Found } from "../devices/found.ts";
import { type DeviceEntry, DEVICES, findDevice, openDevice } from "../devices/registry.ts";
import { messageOf } from "../harness/measure/round.ts";
import { printable } from "../harness/report/format.ts";
import { print, runCommand } from "./command.ts";
import { readFlags } from "./flags.ts";

const HELP = `deno task devices [ID...] [--json]

Lists every device that "deno task bench --devices" takes, or those that are named, e.g.
host: whether it can be used now, what it is, and what it lacks with what brings it. Of OpenCL and of
phones those that are here are found; of boards, name one to have it asked.

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
  /** Of a kind whose members can be found: how many there are, and why none. They follow it. */
  readonly found?: { readonly count: number; readonly missing: readonly string[] };
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
    for (const { id, description, runs, find } of entries) {
      signal.throwIfAborted();
      const fraction = listed.length / entries.length;
      progress.show({ label: id, fraction });
      const about = { id, description, runs };
      const onProgress = (label: string) => progress.show({ label, fraction });
      if (!id.endsWith(":")) {
        listed.push({ ...about, ...await ask(() => open(id, onProgress)) });
        continue;
      }
      const found = await find?.({ onProgress, signal });
      if (!found) listed.push(about);
      else listed.push(...membersOf(about, found));
    }
    progress.clear();
    return print(flags.json ? JSON.stringify(listed, null, 2) : renderDevices(listed));
  });
}

/** A kind, and behind it those that are here. */
function membersOf(kind: ListedDevice, { devices, missing }: Found): ListedDevice[] {
  return [
    { ...kind, found: { count: devices.length, missing } },
    ...devices.map(({ id, probe }) => ({ id, description: probe.name, runs: kind.runs, probe })),
  ];
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
  return listed.flatMap((device) => {
    const { id, description, timebase } = device;
    const emulated = timebase === "emulated" ? " (counts, never times)" : "";
    return [
      `${id.padEnd(width)}${stateOf(device).padEnd(11)}${description}${emulated}`,
      ...below(device).map((text) => `${" ".repeat(width + 11)}${text}`),
    ].map(printable);
  }).join("\n");
}

function stateOf({ probe, found }: ListedDevice): string {
  if (found) return found.count > 0 ? `${found.count} here` : "none here";
  return !probe ? "name one" : probe.available ? "available" : "missing";
}

/** What stands below the line of a device. */
function below({ id, description, probe, found }: ListedDevice): readonly string[] {
  if (found) return found.missing;
  if (!probe) return [`e.g. deno task devices ${id}NAME`];
  if (!probe.available) return probe.missing;
  const facts = Object.entries(probe.facts).map(([name, fact]) => `${name} ${fact}`);
  const name = probe.name === description ? [] : [probe.name];
  return facts.length + name.length > 0 ? [[...name, ...facts].join(", ")] : [];
}

if (import.meta.main) Deno.exit(await devicesTask(Deno.args));
