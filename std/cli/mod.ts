/**
 * Stand-in for `jsr:@std/cli`: `parseArgs` with the options that this project uses, with the same
 * names, signature and behaviour, over the runtime's `node:util` tokens.
 *
 * @module
 */

import { parseArgs as tokenize } from "node:util";

/** Options of {@linkcode parseArgs}. */
export interface ParseOptions<
  Booleans extends string = string,
  Strings extends string = string,
  Collected extends string = string,
  Defaults extends Record<string, unknown> = Record<string, unknown>,
> {
  /** Other names of an option, e.g. `{ help: "h" }`; values are set under every name. */
  alias?: Readonly<Record<string, string | readonly string[]>>;
  /** Options without a value; `false` when absent. */
  boolean?: readonly Booleans[];
  /** Options whose value stays a string. */
  string?: readonly Strings[];
  /** Options that may come several times; `[]` when absent. */
  collect?: readonly Collected[];
  /** Options that `--no-NAME` sets to `false`. */
  negatable?: readonly string[];
  /** Values of absent options. */
  default?: Defaults;
  /** Called for each argument that is not declared; `false` drops it from the result. */
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** What {@linkcode parseArgs} returns: a property for each option, and `_` for the rest. */
export type Args<
  Booleans extends string,
  Strings extends string,
  Collected extends string,
  Defaults extends Record<string, unknown>,
> =
  & Record<string, unknown>
  & { [B in Booleans]: boolean }
  & {
    [S in Strings]: S extends Collected ? string[]
      : S extends keyof Defaults ? string | Defaults[S]
      : string | undefined;
  }
  & {
    /** Arguments without an option; numeric ones as numbers unless `_` is declared a string. */
    _: (string | number)[];
  };

const NUMERIC = /^(0x[0-9a-f]+|[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?)$/i;

/**
 * Parses command-line arguments. Arguments after `--` are not parsed.
 *
 * @example
 * ```ts
 * import { parseArgs } from "@std/cli";
 *
 * const args = parseArgs(["c3d", "--rate", "3.6", "-h"], {
 *   string: ["rate"],
 *   boolean: ["help"],
 *   alias: { help: "h" },
 * });
 * console.log(args._, args.rate, args.help); // [ "c3d" ] "3.6" true
 * ```
 */
export function parseArgs<
  const Booleans extends string = never,
  const Strings extends string = never,
  const Collected extends string = never,
  Defaults extends Record<string, unknown> = Record<never, never>,
>(
  args: string[],
  options: ParseOptions<Booleans, Strings, Collected, Defaults> = {},
): Args<Booleans, Strings, Collected, Defaults> {
  const namesOf = new Map<string, readonly string[]>();
  for (const [name, aliases] of Object.entries(options.alias ?? {})) {
    const names = [name, ...[aliases].flat()];
    for (const n of names) namesOf.set(n, names);
  }
  const withAliases = (list: readonly string[] = []) =>
    new Set(list.flatMap((name) => namesOf.get(name) ?? [name]));
  const booleans = withAliases(options.boolean);
  const strings = withAliases(options.string);
  const collected = withAliases(options.collect);
  const negatable = withAliases(options.negatable);
  const declared = booleans.union(strings).union(collected).union(negatable)
    .union(withAliases(Object.keys(options.alias ?? {})));

  const result: Record<string, unknown> = {};
  const rest: (string | number)[] = [];
  const set = (key: string, value: unknown) => {
    for (const name of namesOf.get(key) ?? [key]) {
      result[name] = collected.has(name) ? [...(result[name] as unknown[] ?? []), value] : value;
    }
  };
  const number = (key: string, value: string) =>
    strings.has(key) || !NUMERIC.test(value) ? value : Number(value);
  const positional = (value: string) => {
    if (options.unknown?.(value) !== false) rest.push(number("_", value));
  };

  const { tokens } = tokenize({
    args,
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: Object.fromEntries(
      [...strings, ...booleans].filter((name) => name !== "_").map((name) => [name, {
        type: strings.has(name) ? "string" as const : "boolean" as const,
        ...(name.length === 1 && { short: name }),
      }]),
    ),
  });
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional") {
      positional(token.value);
      continue;
    }
    const { name, rawName, value } = token;
    const negated = name.startsWith("no-") ? name.slice(3) : "";
    if (negated && negatable.has(negated)) {
      set(negated, false);
    } else if (booleans.has(name)) {
      set(name, value !== "false");
    } else if (value !== undefined || strings.has(name)) {
      if (declared.has(name) || options.unknown?.(rawName, name, value) !== false) {
        set(name, number(name, value ?? ""));
      }
    } else {
      // An option of unknown type takes the argument that follows, unless that is an option too.
      const next = tokens[i + 1];
      const taken = next?.kind === "positional" && args[next.index - 1] !== "--"
        ? (i++, number(name, next.value))
        : true;
      if (declared.has(name) || options.unknown?.(rawName, name, taken) !== false) {
        set(name, taken);
      }
    }
  }

  for (const [key, value] of Object.entries(options.default ?? {})) {
    for (const name of namesOf.get(key) ?? [key]) result[name] ??= value;
  }
  for (const name of booleans) result[name] ??= collected.has(name) ? [] : false;
  for (const name of collected) result[name] ??= [];
  return Object.assign(result, { _: rest }) as Args<Booleans, Strings, Collected, Defaults>;
}
