/**
 * The devices of a run, open and known to work.
 *
 * @module
 */

import { type Device, DeviceUnavailableError, type Probe } from "../devices/device.ts";
import { type Environment, readEnvironment } from "./environment/environment.ts";
import { HOST } from "./case.ts";

/** The devices of a run; closed together. */
export class OpenDevices implements AsyncDisposable {
  readonly #opened: AsyncDisposableStack;
  readonly #devices: ReadonlyMap<string, Device>;
  /** The machine and the tools, and each other device by its name. */
  readonly environment: Environment;

  private constructor(
    opened: AsyncDisposableStack,
    devices: ReadonlyMap<string, readonly [Device, Probe]>,
  ) {
    this.#opened = opened;
    this.#devices = new Map([...devices].map(([id, [device]]) => [id, device]));
    this.environment = readEnvironment({ tools: Object.assign({}, ...[...devices].map(factsOf)) });
  }

  /** The device called `id`, which must be among those that were opened. */
  readonly of = (id: string): Device => {
    const device = this.#devices.get(id);
    if (device) return device;
    throw new RangeError(`Cannot run on "${id}" as it is not among the devices of this run`);
  };

  /**
   * Opens devices.
   *
   * @throws {DeviceUnavailableError} when one lacks something.
   */
  static async open(
    ids: readonly string[],
    openDevice: (id: string) => Promise<Device>,
  ): Promise<OpenDevices> {
    await using opened = new AsyncDisposableStack();
    const probed = new Map<string, [Device, Probe]>();
    for (const id of new Set(ids)) {
      const device = opened.use(await openDevice(id));
      const probe = await device.probe();
      if (!probe.available) throw new DeviceUnavailableError(id, probe.missing);
      probed.set(id, [device, probe]);
    }
    return new OpenDevices(opened.move(), probed);
  }

  /** Closes all devices. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#opened.disposeAsync();
  }
}

/** What a device tells of itself: of this machine as its facts, of another one under its name. */
function factsOf([id, [, { name, facts }]]: [string, readonly [Device, Probe]]) {
  if (id === HOST) return facts;
  const told = Object.entries(facts).map(([fact, value]) => `${fact} ${value}`);
  return { [`device ${id}`]: [name, ...told].join(", ") };
}
