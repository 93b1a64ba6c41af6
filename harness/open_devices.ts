/**
 * The devices of a run, open and known to work.
 *
 * @module
 */

import { type Device, DeviceUnavailableError, type Probe } from "../devices/device.ts";
import { BUILT_IN } from "../devices/peers/registry.ts";
import { type Environment, readEnvironment, UNAVAILABLE } from "./environment/environment.ts";

/** Where compressed models run. */
const HOST = "host";

/** The devices of a run; closed together. */
export class OpenDevices implements AsyncDisposable {
  readonly #opened: AsyncDisposableStack;
  readonly #probed: ReadonlyMap<string, [Device, Probe]>;
  /** The machine and the tools; of peer engines what they tell of themselves, under their ids. */
  readonly environment: Environment;

  private constructor(
    opened: AsyncDisposableStack,
    probed: ReadonlyMap<string, [Device, Probe]>,
  ) {
    this.#opened = opened;
    this.#probed = probed;
    const peers = [...probed].filter(([id]) => id !== HOST && id !== BUILT_IN)
      .map(([id, [, probe]]) => [id, describe(probe)]);
    const [, { facts }] = probed.get(HOST)!;
    this.environment = readEnvironment({ tools: { ...facts, ...Object.fromEntries(peers) } });
  }

  /**
   * Opens devices, the host always among them.
   *
   * @throws {DeviceUnavailableError} when the host lacks something.
   */
  static async open(
    ids: readonly string[],
    openDevice: (id: string) => Promise<Device>,
  ): Promise<OpenDevices> {
    await using opened = new AsyncDisposableStack();
    const probed = new Map<string, [Device, Probe]>();
    for (const id of new Set([HOST, ...ids])) {
      const device = opened.use(await openDevice(id));
      probed.set(id, [device, await device.probe()]);
    }
    const devices = new OpenDevices(opened.move(), probed);
    try {
      devices.device(HOST);
    } catch (error) {
      await devices[Symbol.asyncDispose]();
      throw error;
    }
    return devices;
  }

  /** Runs the compressed models. */
  get host(): Device {
    return this.device(HOST);
  }

  /**
   * One of the devices.
   *
   * @throws {DeviceUnavailableError} when it lacks something.
   * @throws {RangeError} when it was not opened.
   */
  device(id: string): Device {
    const found = this.#probed.get(id);
    if (found === undefined) throw new RangeError(`Cannot use device "${id}" as it is not open`);
    const [device, { available, missing }] = found;
    if (!available) throw new DeviceUnavailableError(id, missing);
    return device;
  }

  /** Closes all devices. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#opened.disposeAsync();
  }
}

/** An engine in one line, e.g. `"PyTorch 1.13.0; python 3.11.2"`. */
function describe({ available, name, facts, missing }: Probe): string {
  if (!available) return `${UNAVAILABLE}: ${missing.join("; ")}`;
  return [name, ...Object.entries(facts).map((fact) => fact.join(" "))].join("; ");
}
