/**
 * What can be said of a model without running it: its layers, what could be removed of them, and
 * whether the native runtime has all of its operators.
 *
 * @module
 */

import { channelPlan } from "../compressors/channels.ts";
import { layersOf, untouchedLayers } from "../compressors/layers.ts";
import { findCompressor } from "../compressors/registry.ts";
import { selectionOf } from "../compressors/selection.ts";
import { type LayerCosts, modelCosts } from "../graph/costs.ts";
import type { Model, Node, ValueInfo } from "../graph/model.ts";
import { lower } from "../kernels/plan/lower.ts";
import { VIDEO_ROWS } from "../suites/rows.ts";
import type { SuiteRow } from "../suites/suite.ts";
import { highestBelow } from "./reach.ts";
import { rowName } from "./settings.ts";

/** A layer with weights. */
export interface InspectedLayer extends LayerCosts {
  /** Why its weights are left alone by pruning; absent where they can be pruned. */
  readonly unprunable?: string;
  /** Layers that lose filters together with it, itself among them; absent where none can go. */
  readonly coupled?: readonly string[];
  /** Why it loses no filters. */
  readonly unremovable?: string;
}

/** What one scheme could remove: the highest reductions, or why there is none. */
export interface InspectedScheme {
  /** Method and scheme, e.g. `"rt3d kgs 8x4"`. */
  readonly name: string;
  /** Highest reduction of multiply-accumulates. */
  readonly macs?: number;
  /** Highest reduction of parameters. */
  readonly params?: number;
  /** Why the method does not work on the model. */
  readonly reason?: string;
}

/** Whether the native runtime has all that a model needs. */
export type NativeSupport =
  | { readonly ok: true; readonly operators: number; readonly activationBytes: number }
  | { readonly ok: false; readonly reason: string };

/** All that there is to say. */
export interface Inspection {
  /** Name of the graph. */
  readonly name: string;
  /** What a run is given. */
  readonly inputs: readonly ValueInfo[];
  /** What a run returns. */
  readonly outputs: readonly ValueInfo[];
  /** How often the model has each operator, the most frequent first. */
  readonly operators: readonly { readonly op: Node["op"]; readonly count: number }[];
  /** Whether the native runtime can run it. */
  readonly native: NativeSupport;
  /** Layers with weights, in the order of the model. */
  readonly layers: readonly InspectedLayer[];
  /** Sums over the whole model; `macs` and `params` without what is pruned already. */
  readonly totals: {
    readonly denseMacs: number;
    readonly macs: number;
    readonly denseParams: number;
    readonly params: number;
  };
  /** What each scheme could remove. */
  readonly schemes: readonly InspectedScheme[];
}

/** Higher than any method reaches, so that all of them tell how far they come. */
const FAR = 1e12;

/**
 * Inspects a model.
 *
 * @throws {RangeError} when the model's shapes do not fit.
 */
export async function inspect(model: Model): Promise<Inspection> {
  const { layers, denseMacs, macs, denseParams, params } = modelCosts(model);
  const counts = Map.groupBy(model.nodes, ({ op }) => op);
  const schemes: InspectedScheme[] = [];
  for (const row of VIDEO_ROWS) {
    if (row.role === "subject" || row.method === "unstructured") {
      schemes.push(await inspectScheme(model, row));
    }
  }
  return {
    name: model.name,
    inputs: model.inputs,
    outputs: model.outputs,
    operators: [...counts].map(([op, { length: count }]) => ({ op, count }))
      .sort((a, b) => b.count - a.count),
    native: nativeSupport(model),
    layers: inspectLayers(model, layers),
    totals: { denseMacs, macs, denseParams, params },
    schemes,
  };
}

function inspectLayers(model: Model, costs: readonly LayerCosts[]): InspectedLayer[] {
  const unprunable = untouchedLayers(model, { fullyConnected: true });
  const { groups, reasons } = channelPlan(model, selectionOf(model));
  const names = new Set(layersOf(model).map(({ name }) => name));
  return costs.filter(({ name }) => names.has(name)).map((layer) => {
    const why = unprunable.get(layer.name);
    const group = groups.find(({ layers }) => layers.includes(layer.name));
    const kept = reasons.get(layer.name);
    return {
      ...layer,
      ...(why !== undefined && { unprunable: why }),
      ...(group ? { coupled: group.layers } : kept !== undefined && { unremovable: kept }),
    };
  });
}

async function inspectScheme(model: Model, row: SuiteRow): Promise<InspectedScheme> {
  const name = rowName(row);
  const compressor = findCompressor(row.method);
  const options = compressor.parseOptions(row.options);
  const support = compressor.supports(model, options);
  if (!support.ok) return { name, reason: support.reason };
  const macs = await highestBelow(compressor, model, { macs: FAR }, options);
  const params = await highestBelow(compressor, model, { params: FAR }, options);
  return {
    name,
    ...(macs !== undefined && { macs }),
    ...(params !== undefined && { params }),
  };
}

function nativeSupport(model: Model): NativeSupport {
  try {
    const { operators, arenaFloats } = lower(model);
    const activationBytes = arenaFloats * Float32Array.BYTES_PER_ELEMENT;
    return { ok: true, operators: operators.length, activationBytes };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { ok: false, reason: error.message };
  }
}
