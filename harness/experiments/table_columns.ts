/**
 * Columns of an experiment's CSV tables.
 *
 * @module
 */

import { type Column, describeColumns } from "../records/schema.ts";

/** Tables that every experiment has. */
export const TABLE_FILES = [
  "cells.csv",
  "metrics.csv",
  "curves.csv",
  "layers.csv",
  "highest_rates.csv",
] as const;

/** Folder of the tables that methods record of their work. */
export const TRACES = "traces";

/** Columns that say which cell a row is about. */
export const PLACE_COLUMNS = [
  { name: "part", type: "text", description: "Network and data." },
  { name: "cell", type: "text", description: "Id of the cell in its part." },
  { name: "seed", type: "integer", description: "Seed of everything random." },
] as const satisfies readonly Column[];

const optional = { optional: true } as const;

/** Columns of `cells.csv`; what has no result has no numbers. */
export const CELL_COLUMNS = [
  { name: "id", type: "text", description: "Content hash of the cell, 12 hex digits." },
  ...PLACE_COLUMNS,
  { name: "label", type: "text", description: "Name of the cell for people." },
  { name: "method", type: "text", description: "Compressor." },
  { name: "options", type: "text", description: "What it was given, JSON." },
  {
    name: "target",
    type: "text",
    values: ["macs", "params"],
    description: "What was to be reduced.",
  },
  { name: "target_rate", type: "number", description: "Reduction asked for, dense ÷ kept." },
  {
    name: "status",
    type: "text",
    values: ["ok", "skipped", "failed"],
    description: "How it ended.",
  },
  { name: "reason", type: "text", description: "Why the status is not `ok`." },
  { name: "finished", type: "text", description: "When it ended, ISO 8601, UTC." },
  { name: "metric", type: "text", description: "Name of the deciding metric." },
  {
    name: "dense",
    type: "number",
    ...optional,
    description: "The metric of the dense network of the same seed, by test samples, in [0, 1].",
  },
  { name: "cut", type: "number", ...optional, description: "The same just after cutting." },
  { name: "final", type: "number", ...optional, description: "The same after retraining." },
  {
    name: "metric_source",
    type: "text",
    values: ["measured"],
    ...optional,
    description: "Where dense, cut and final come from.",
  },
  { name: "macs", type: "number", unit: "MAC", ...optional, description: "One sample." },
  { name: "macs_rate", type: "number", ...optional, description: "Reduction, dense ÷ kept." },
  { name: "params", type: "number", ...optional, description: "Weights that are kept." },
  { name: "params_rate", type: "number", ...optional, description: "Reduction, dense ÷ kept." },
  { name: "value_bytes", type: "number", unit: "B", ...optional, description: "Stored values." },
  { name: "index_bytes", type: "number", unit: "B", ...optional, description: "Stored indices." },
  {
    name: "training_macs",
    type: "number",
    unit: "MAC",
    ...optional,
    description: "Training: 3 for each MAC of the network, sample and epoch.",
  },
  {
    name: "size_source",
    type: "text",
    values: ["derived"],
    ...optional,
    description: "Where MACs, weights and bytes come from.",
  },
  { name: "epochs", type: "integer", ...optional, description: "Epochs of training." },
  { name: "evaluations", type: "integer", ...optional, description: "Quick ones, of a search." },
  { name: "seconds", type: "number", unit: "s", ...optional, description: "Training, evaluation." },
  {
    name: "spent_source",
    type: "text",
    values: ["measured"],
    ...optional,
    description: "Where epochs, evaluations and seconds come from.",
  },
] as const satisfies readonly Column[];

/** Columns of `metrics.csv`. */
export const METRIC_COLUMNS = [
  ...PLACE_COLUMNS,
  {
    name: "state",
    type: "text",
    values: ["cut", "final"],
    description: "Just after cutting, or after retraining.",
  },
  { name: "metric", type: "text", description: "Name of the metric, all of them." },
  { name: "value", type: "number", description: "By test samples, in [0, 1]." },
  {
    name: "source",
    type: "text",
    values: ["measured"],
    description: "Where the value comes from.",
  },
] as const satisfies readonly Column[];

/** Columns of `curves.csv`. */
export const CURVE_COLUMNS = [
  ...PLACE_COLUMNS,
  { name: "stage", type: "text", description: "Piece of the training, as its method calls it." },
  { name: "epoch", type: "integer", description: "Epochs finished in the stage; 0 before it." },
  { name: "spent", type: "integer", description: "Epochs finished in all stages of the cell." },
  { name: "rate", type: "number", ...optional, description: "Learning rate of the last step." },
  { name: "loss", type: "number", ...optional, description: "Mean over the training samples." },
  { name: "penalty", type: "number", ...optional, description: "All penalties." },
  { name: "metric", type: "text", description: "Name of the deciding metric." },
  {
    name: "value",
    type: "number",
    ...optional,
    description: "The metric by test samples, in [0, 1]; empty when not evaluated.",
  },
  { name: "source", type: "text", values: ["measured"], description: "Where numbers come from." },
] as const satisfies readonly Column[];

/** Columns of `layers.csv`. */
export const LAYER_COLUMNS = [
  ...PLACE_COLUMNS,
  { name: "layer", type: "text", description: "Layer of the dense network." },
  { name: "decision", type: "text", description: "What the method did to it." },
  { name: "reason", type: "text", description: "Why it was left alone." },
  { name: "dense_macs", type: "number", unit: "MAC", description: "Before." },
  { name: "macs", type: "number", unit: "MAC", description: "After." },
  { name: "dense_params", type: "number", description: "Weights and biases before." },
  { name: "params", type: "number", description: "Weights and biases after." },
  { name: "rate", type: "number", description: "Reduction of the weights, dense ÷ kept." },
  { name: "source", type: "text", values: ["derived"], description: "Where numbers come from." },
] as const satisfies readonly Column[];

/** Columns of `highest_rates.csv`. */
export const RATE_COLUMNS = [
  { name: "part", type: "text", description: "Network and data." },
  { name: "label", type: "text", description: "Name of the method for people." },
  { name: "method", type: "text", description: "Compressor." },
  { name: "options", type: "text", description: "What it was given, JSON." },
  {
    name: "reference",
    type: "text",
    description: "Cell that it is compared with: the dense network as it is, or trained on.",
  },
  {
    name: "points",
    type: "number",
    unit: "points",
    description: "What the metric may be lower than the reference's, mean over seeds.",
  },
  { name: "of", type: "text", values: ["params", "macs"], description: "What is reduced." },
  {
    name: "bound",
    type: "text",
    values: ["below", "at", "or above"],
    description: "Where the highest rate lies: below `rate`, which loses more already; at it, as " +
      "higher ones lose more; at it or above, as none higher was tried.",
  },
  {
    name: "rate",
    type: "number",
    description: "Reduction reached, dense ÷ kept, mean over seeds.",
  },
  { name: "tried", type: "integer", description: "Cells that were compared." },
  {
    name: "source",
    type: "text",
    values: ["derived"],
    description: "From networks, and from metrics that were measured.",
  },
] as const satisfies readonly Column[];

/** Tables of an experiment, as a part of the reference of record formats. */
export function experimentReference(): string {
  return [
    "## Experiments",
    "In `experiments/<id>-<scale>/`: `experiment.json` tells what was run, from what command, on which " +
    "machine; `cells/<hash>.json` holds all of one cell, a method at one target from one seed. The " +
    "tables below are made of these.",
    "### cells.csv",
    describeColumns(CELL_COLUMNS),
    "### metrics.csv",
    describeColumns(METRIC_COLUMNS),
    "### curves.csv",
    describeColumns(CURVE_COLUMNS),
    "### layers.csv",
    describeColumns(LAYER_COLUMNS),
    "### highest_rates.csv",
    describeColumns(RATE_COLUMNS),
    "### traces/",
    "`<part>-<cell>-<seed>-<trace>.csv`: what a method recorded of its work; each has its own columns.",
  ].join("\n\n");
}
