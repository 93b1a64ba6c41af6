/**
 * What is typed behind `ssh:` and `adb:`.
 *
 * @module
 */

/** Which cores programs run on. */
export const CHOICES = ["big", "mid", "little", "all"] as const;

/** One of {@linkcode CHOICES}. */
export type ClusterChoice = typeof CHOICES[number];

/** A board that is reached by ssh. */
export interface SshAddress {
  /** Name, address, or an alias of the user's ssh configuration. */
  readonly host: string;
  /** Who to log in as; what ssh's configuration says when absent. */
  readonly user?: string;
  /** The same. */
  readonly port?: number;
  /** Cores; the fastest that hold the threads when absent. */
  readonly cluster?: ClusterChoice;
}

/** A phone that is reached by the adb server. */
export interface AdbAddress {
  /** As `adb devices` lists it, e.g. `"R58M35XXXXX"` or `"192.168.1.20:5555"`. */
  readonly serial: string;
  /** Cores; the fastest that hold the threads when absent. */
  readonly cluster?: ClusterChoice;
}

/** Neither can begin with `-`, which ssh would take for an option. */
const SSH =
  /^(?:([A-Za-z0-9_][\w.-]*)@)?([A-Za-z0-9_][\w.-]*|\[[0-9A-Fa-f:.]+(?:%\w+)?\])(?::(\d+))?$/;
const SERIAL = /^[A-Za-z0-9][\w.:-]{0,199}$/;

/**
 * Reads `[USER@]HOST[:PORT][#CLUSTER]`; an IPv6 address stands in brackets.
 *
 * @throws {SyntaxError} with what would be accepted.
 */
export function parseSshAddress(text: string): SshAddress {
  const [place, cluster] = splitCluster("ssh", text);
  const [, user, host, port] = SSH.exec(place) ??
    refuse("ssh", text, "[USER@]HOST[:PORT][#CLUSTER]");
  if (port !== undefined && !(Number(port) >= 1 && Number(port) <= 65535)) {
    refuse("ssh", text, "of a port from 1 to 65535");
  }
  return {
    host: host.replace(/^\[|\]$/g, ""),
    ...(user && { user }),
    ...(port && { port: Number(port) }),
    ...(cluster && { cluster }),
  };
}

/**
 * Reads `SERIAL[#CLUSTER]`.
 *
 * @throws {SyntaxError} with what would be accepted.
 */
export function parseAdbAddress(text: string): AdbAddress {
  const [serial, cluster] = splitCluster("adb", text);
  if (!SERIAL.test(serial)) {
    refuse("adb", text, 'SERIAL[#CLUSTER], a serial that "adb devices" lists');
  }
  return { serial, ...(cluster && { cluster }) };
}

function splitCluster(kind: string, text: string): [string, ClusterChoice | undefined] {
  const [place, name, ...more] = text.split("#");
  const cluster = CHOICES.find((choice) => choice === name);
  if (more.length || (name !== undefined && !cluster)) {
    refuse(kind, text, `of a cluster ${CHOICES.join(", ")}`);
  }
  return [place, cluster];
}

function refuse(kind: string, text: string, wanted: string): never {
  throw new SyntaxError(
    `Cannot open device "${kind}:${text}" as what follows "${kind}:" must be ${wanted}: ` +
      `current value is "${text}"`,
  );
}
