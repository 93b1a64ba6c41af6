/**
 * The command line of `deno task compress`.
 *
 * @module
 */

import { resolve } from "node:path";
import type { Compressor, LayerSelection, Target } from "../compressors/compressor.ts";
import { parseRates } from "../compressors/rates.ts";
import { findCompressor } from "../compressors/registry.ts";
import type { Shape } from "../graph/tensor.ts";
import {
  integerOf,
  listOf,
  numberOf,
  onlyWord,
  readFlags,
  requireWritable,
  shapesOf,
  UsageError,
} from "./flags.ts";

/** What `--help` prints. */
export const HELP = `deno task compress MODEL.onnx --method ID --rate X -o OUT.onnx [options]

Compresses a model in one shot and writes it as an ONNX file that any runtime runs. Before anything
is written, ONNX Runtime has run the file and computed what the compressed model means. What was
removed of the weights is in the file's metadata, from which \`deno task bench OUT.onnx\` makes sparse
kernels.

  --method ID          rt3d, yolobile, tucker, autocompress, or a control (bench --list)
  --rate X             reduction of MACs, before / after; or
  --params X           reduction of parameters
  --scheme NAME        same as --option scheme=NAME, e.g. kgs, vanilla or filter of rt3d
  --option NAME=VALUE  option of the method, as often as needed
  --layers LIST        touch these layers only; * stands for anything, e.g. 'layer3.*,layer4.*'
  --keep LIST          leave these layers as they are
  --align N            filters, channels and ranks left are multiples of N (default: 8)
  --rates FILE         reductions of single layers, as --save-rates writes them
  --save-rates FILE    write the reductions of all layers, to be edited or used again
  --seed N             seed of everything random (default: 1)
  --shape NAME=1x3x224x224
                       shape of an input of the model, where the file leaves it open
  --weights FILE       ONNX file whose weights a suite's network takes
  -o, --out FILE       where to write
  --force              write over files that exist
  --json               print what was done as JSON
  --help               this text

MODEL.onnx can also be a suite (bench --list). The same command writes the same bytes.
`;

/** A compression that was asked for. */
export interface CompressCommand {
  /** Path of a model, or id of a suite. */
  readonly name: string;
  /** By what. */
  readonly compressor: Compressor<unknown>;
  /** Options of the compressor, as it will parse them. */
  readonly options: Readonly<Record<string, string | number | boolean>>;
  /** What to reach. */
  readonly target: Target;
  /** Which layers, and how much. */
  readonly selection: LayerSelection;
  /** What counts are multiples of; the method's own choice when absent. */
  readonly align?: number;
  /** Of everything random. */
  readonly seed: number;
  /** Weights of a suite's network. */
  readonly weights?: string;
  /** Shapes of the model's inputs. */
  readonly shapes?: Readonly<Record<string, Shape>>;
  /** Where to write. */
  readonly out: string;
  /** Where to write the reductions of all layers. */
  readonly saveRates?: string;
  /** Whether what was done is printed as JSON. */
  readonly json: boolean;
}

const VALUES = [
  ...["method", "rate", "params", "scheme", "layers", "keep", "align"] as const,
  ...["rates", "save-rates", "seed", "weights", "out"] as const,
];

/**
 * Reads a command line. Everything that can be refused without the model is refused.
 *
 * @returns `undefined` when help is asked for.
 * @throws {UsageError|RangeError|TypeError|SyntaxError} for what is missing, unknown, contradictory or
 * would be written over.
 */
export function parseCompressCommand(args: string[]): CompressCommand | undefined {
  const flags = readFlags(args, {
    values: VALUES,
    switches: ["force", "json", "help"],
    lists: ["option", "shape"],
    alias: { help: "h", out: "o" },
  });
  if (flags.help) return undefined;
  const name = onlyWord(flags._, "one model or suite must be named");
  const compressor = findCompressor(required("method", flags.method));
  const options = optionsOf(flags.option, flags.scheme);
  compressor.parseOptions(options);
  const out = required("out", flags.out);
  const saveRates = flags["save-rates"];
  for (const path of [out, saveRates]) {
    if (path !== undefined) requireWritable(path, name, flags.force);
  }
  if (saveRates !== undefined && resolve(saveRates) === resolve(out)) {
    throw new UsageError("Cannot run as --out and --save-rates must be different files");
  }
  const shapes = shapesOf(flags.shape);
  const { layers, keep, rates, align, seed, weights } = flags;
  return {
    name,
    compressor,
    options,
    target: targetOf(flags.rate, flags.params),
    selection: {
      ...(layers !== undefined && { only: listOf("layers", layers) }),
      ...(keep !== undefined && { keep: listOf("keep", keep) }),
      ...(rates !== undefined && { rates: readRates(rates) }),
    },
    ...(align !== undefined && { align: integerOf("align", align, 1) }),
    seed: seed === undefined ? 1 : integerOf("seed", seed, 0),
    ...(weights !== undefined && { weights }),
    ...(shapes && { shapes }),
    out,
    ...(saveRates !== undefined && { saveRates }),
    json: flags.json,
  };
}

function required(flag: string, value: string | undefined): string {
  if (value !== undefined) return value;
  throw new UsageError(`Cannot run as --${flag} must be given; --help tells all options`);
}

function targetOf(rate: string | undefined, params: string | undefined): Target {
  if ((rate === undefined) === (params === undefined)) {
    throw new UsageError("Cannot run as one of --rate and --params must be given");
  }
  const [flag, text] = rate === undefined ? ["params", params!] : ["rate", rate];
  const value = numberOf(flag, text);
  if (value < 1) {
    throw new UsageError(`Cannot run as --${flag} must be at least 1: current value is "${text}"`);
  }
  return rate === undefined ? { params: value } : { macs: value };
}

/** Values that look like numbers or booleans are such; the compressor checks what they mean. */
function optionsOf(pairs: readonly string[], scheme: string | undefined) {
  const all = scheme === undefined ? pairs : [`scheme=${scheme}`, ...pairs];
  const options: Record<string, string | number | boolean> = {};
  for (const pair of all) {
    const [, name, text] = /^([^=]+)=(.+)$/s.exec(pair) ?? [];
    if (name === undefined) {
      throw new UsageError(`Cannot run as --option must be NAME=VALUE: current value is "${pair}"`);
    }
    if (Object.hasOwn(options, name)) {
      throw new UsageError(
        `Cannot run as option "${name}" must be given once: current value is "${pair}"`,
      );
    }
    const number = Number(text);
    options[name] = text === "true" || text === "false"
      ? text === "true"
      : text.trim() !== "" && Number.isFinite(number)
      ? number
      : text;
  }
  return options;
}

function readRates(path: string): ReadonlyMap<string, number> {
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (cause) {
    throw new RangeError(`Cannot read rates "${path}": ${(cause as Error).message}`, { cause });
  }
  return parseRates(text);
}
