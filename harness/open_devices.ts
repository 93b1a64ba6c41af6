/**
 * The devices of a run, open and known to work.
 *
 * @module
 */

import { type Device, DeviceUnavailableError, type Probe } from "../devices/device.ts";
import { BUILT_IN } from "../devices/peers/registry.ts";
import { HOST } from "./case.ts";
import type { BenchProgress } from "./forecast.ts";
import { type Environment, readEnvironment, UNAVAILABLE } from "./environment/environment.ts";
import { PublishedNames } from "./published_names.ts";

/** The devices of a run, under the names that records call them by; closed together. */
export class OpenDevices implements AsyncDisposable {
  readonly #opened: AsyncDisposableStack;
  readonly #probed: ReadonlyMap<string, readonly [Device, Probe]>;
  /** What records call the devices. */
  readonly names: PublishedNames;
  /** The machine and the tools; what other devices tell of themselves, each under its name. */
  readonly environment: Environment;

  private constructor(
    opened: AsyncDisposableStack,
    probed: ReadonlyMap<string, readonly [Device, Probe]>,
  ) {
    this.#opened = opened;
    const names = new PublishedNames([...probed].map(([id, [, { name }]]) => [id, name] as const));
    this.names = names;
    this.#probed = new Map([...probed].map(([id, device]) => [names.published(id), device]));
    const facts = [...this.#probed].map(([id, [, probe]]) => factsOf(id, probe, names));
    this.environment = readEnvironment({ tools: Object.assign({}, ...facts) });
  }

  /**
   * Opens devices.
   *
   * @param ids Devices that must be here, as typed.
   * @param perhaps Devices that may lack something: they are refused when they are used.
   * @throws {DeviceUnavailableError} when one that must be here lacks something.
   * @throws {RangeError} when two ids mean the same device.
   */
  static async open(
    ids: readonly string[],
    openDevice: (id: string) => Promise<Device>,
    perhaps: readonly string[] = [],
  ): Promise<OpenDevices> {
    await using opened = new AsyncDisposableStack();
    const probed = new Map<string, [Device, Probe]>();
    for (const id of new Set([...ids, ...perhaps])) {
      const device = opened.use(await openDevice(id));
      const probe = await device.probe();
      if (!probe.available && ids.includes(id)) throw new DeviceUnavailableError(id, probe.missing);
      probed.set(id, [device, probe]);
    }
    return new OpenDevices(opened.move(), probed);
  }

  /**
   * One of the devices.
   *
   * @param id As records call it.
   * @throws {DeviceUnavailableError} when it lacks something.
   * @throws {RangeError} when it was not opened.
   */
  device(id: string): Device {
    const found = this.#probed.get(id);
    if (found === undefined) {
      throw new RangeError(`Cannot use "${id}" as it is not among the devices of this run`);
    }
    const [device, { available, missing }] = found;
    if (!available) throw new DeviceUnavailableError(id, missing);
    return device;
  }

  /** Closes all devices. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#opened.disposeAsync();
  }
}

/** Passes on what devices tell while they are opened, and later while they load programs. */
export class DeviceProgress {
  /** Told what a device is doing. */
  tell: (label: string) => void;

  /** Has it told as the begin of a run. */
  constructor(onProgress?: (progress: BenchProgress) => void) {
    this.tell = (label) => onProgress?.({ label, fraction: 0 });
  }
}

/** Name in the environment of what a device tells of itself. */
export function deviceFact(id: string): string {
  return `device ${id}`;
}

/** What a device is called in the environment of its run; `undefined` when that does not tell. */
export function deviceName(environment: Environment, id: string): string | undefined {
  return id === HOST ? environment.cpu : environment[deviceFact(id)]?.split("; ")[0];
}

/** What a device tells: of this machine as its facts, of another one in one line. */
function factsOf(id: string, probe: Probe, names: PublishedNames): Record<string, string> {
  if (id === HOST) return { ...probe.facts };
  // Its version is among the tools.
  return id === BUILT_IN ? {} : { [deviceFact(id)]: names.inMessage(describeProbe(probe)) };
}

/** A device in one line, e.g. `"PyTorch 1.13.0; python 3.11.2"`. */
export function describeProbe({ available, name, facts, missing }: Probe): string {
  if (!available) return `${UNAVAILABLE}: ${missing.join("; ")}`;
  return [name, ...Object.entries(facts).map((fact) => fact.join(" "))].join("; ");
}
