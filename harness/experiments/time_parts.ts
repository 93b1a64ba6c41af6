/**
 * Times the networks of an experiment once they are trained: for each part that wants it, those of the
 * first seed in one interleaved run.
 *
 * @module
 */

import { basename, join } from "node:path";
import { roleOf } from "../../compressors/registry.ts";
import type { TrainedModel, TrainedModels } from "../../suites/trained_models.ts";
import type { Part } from "../../suites/experiments/experiment.ts";
import { messageOf } from "../measure/round.ts";
import { hashOf } from "./cells.ts";
import { benchModels, type LatencyOptions, type LatencyRun, resumeModels } from "./latency.ts";
import { takeMachine } from "./machine_lock.ts";
import { type CellRecord, DENSE, workId } from "./records.ts";
import type { ExperimentStore } from "./store.ts";
import { WorkFolder, workParent } from "./work_folder.ts";

/** Options of {@linkcode timeParts}. */
export interface TimePartsOptions extends LatencyOptions {
  /** Folder of all results. */
  readonly results: string;
  /** The command that makes the experiment again. */
  readonly command: string;
  /** Worker threads, each a comparison of its own. */
  readonly threads: readonly number[];
  /** Rounds, each in a fresh process; 6 give 95 % intervals. */
  readonly rounds: number;
  /** Folder of the work of cells. @default beside other built things of the project */
  readonly work?: string;
  /** Told why an interrupted timing begins anew. */
  onRestart?(message: string): void;
}

/**
 * Times what has not been timed yet, and goes on with what was interrupted while the networks are the
 * same. Networks that are not on this machine, as when records were copied, are left out; a part
 * without its dense network is not timed.
 *
 * @throws the signal's reason when it is aborted.
 */
export async function timeParts(
  store: ExperimentStore,
  parts: readonly Part[],
  options: TimePartsOptions,
): Promise<void> {
  const { signal, onProgress, work } = options;
  for (const part of parts.filter(({ timed }) => timed)) {
    const networks = networksOf(store.cells(), part, work);
    if (networks === undefined) continue;
    const { cells } = networks;
    const isTimed = () => store.manifest.timed?.[part.id] === cells;
    if (isTimed()) continue;
    onProgress?.({ label: "waiting for trainings to end", fraction: 0 });
    using _alone = await takeMachine(workParent(work), "alone", signal);
    store.update({});
    if (isTimed()) continue;
    const { run, folder, interrupted } = await resumed(store, part, cells, options) ??
      await begun(store, part, networks, options);
    if (interrupted) {
      const timing = { ...store.manifest.timing, [part.id]: { cells, folder: basename(folder) } };
      store.update({ timing });
      throw signal?.reason ?? new Error("interrupted");
    }
    const { [part.id]: before, ...timing } = store.manifest.timing ?? {};
    if (before) store.update({ timing });
    if (!run.cases.some(({ latency }) => latency)) continue;
    store.update({
      latency: { ...store.manifest.latency, [part.id]: basename(folder) },
      timed: { ...store.manifest.timed, [part.id]: cells },
    });
  }
}

/** Goes on with the timing of a part that was interrupted; undefined when it must begin anew. */
async function resumed(
  store: ExperimentStore,
  { id }: Part,
  cells: string,
  options: TimePartsOptions,
): Promise<LatencyRun | undefined> {
  const { timing, machine } = store.manifest;
  const before = timing?.[id];
  if (before?.cells !== cells) return undefined;
  try {
    return await resumeModels(join(options.results, machine, before.folder), options);
  } catch (error) {
    options.signal?.throwIfAborted();
    options.onRestart?.(`The timing of ${id} begins anew: ${messageOf(error)}`);
    return undefined;
  }
}

function begun(
  { manifest: { id: experiment, scale, machine } }: ExperimentStore,
  { id, title }: Part,
  { dense, rows }: Networks,
  options: TimePartsOptions,
): Promise<LatencyRun> {
  return benchModels({
    ...options,
    ...{ id: `${experiment}-${scale}-${id}`, description: title, dense, rows },
    ...{ blocks: 3, out: options.results, machine },
  });
}

/** The networks of a part that are timed. */
interface Networks extends Pick<TrainedModels, "dense" | "rows"> {
  /** Hash of which cells they are of. */
  readonly cells: string;
}

/** The networks of the first seed that there is; undefined without any. */
function networksOf(
  records: readonly CellRecord[],
  part: Part,
  work: string | undefined,
): Networks | undefined {
  const pathOf = ({ spec }: CellRecord) => {
    const folder = new WorkFolder(workId(spec), work);
    return folder.hasModel ? folder.model : undefined;
  };
  const finished = records.filter(({ spec, status }) => spec.part === part.id && status === "ok");
  const seeds = finished.filter(({ spec }) => spec.cell === DENSE).map(({ spec }) => spec.seed);
  const own = finished.filter(({ spec }) => spec.seed === Math.min(...seeds));
  const dense = own.find(({ spec }) => spec.cell === DENSE);
  const path = dense && pathOf(dense);
  if (path === undefined) return undefined;
  const rows = own.flatMap((record): TrainedModel[] => {
    const { label, spec: { method, options } } = record;
    const path = record === dense ? undefined : pathOf(record);
    return path === undefined ? [] : [{ label, method, options, role: roleOf(method), path }];
  });
  const cells = hashOf(own.map(({ spec, finished }) => workId(spec) + finished).join());
  return rows.length > 0 ? { dense: { path }, rows, cells } : undefined;
}
