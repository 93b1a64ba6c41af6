/**
 * The ratios of YOLObile's released configurations.
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import { kernelOf, type WeightedNode } from "../layers.ts";

/** Names of the sets, from the configurations `csdarknet53s-panet-spp_NAME`. */
export const RATIO_SETS = ["v2", "v4", "v8", "v10", "v14", "slv8", "avgv8"] as const;

/** Name of a set. */
export type RatioSet = typeof RATIO_SETS[number];

/** What is removed of every layer under the uniform set. */
const UNIFORM = 0.84;

/**
 * Index of each convolution that is pruned in the configuration file, extent of its kernel, and the
 * share that is removed of it under v2, v4, v8, v10, v14 and slv8.
 */
const TABLE = `
1   3  .3    .3    .4    .4    .6    .946
2   1  .3    .4    .5    .6    .8    .946
3   3  .3    .3    .4    .5    .7    .946
5   3  .3    .6    .6    .7    .8    0
6   1  .4    .4    .5    .5    .7    0
8   1  .4    .5    .6    .7    .8    .946
9   1  .3    .3    .4    .5    .6    .946
10  3  .4    .4    .5    .6    .7    .946
12  1  .3    .3    .5    .6    .7    .946
13  3  .4    .5    .7    .72   .85   .949
15  1  .3    .3    .5    .6    .7    .946
17  1  .5    .5    .7    .72   .85   .949
18  3  .5    .75   .85   .88   .89   0
19  1  .5    .75   .85   .88   .89   0
21  1  .5    .8    .92   .91   .93   .95
22  1  .5    .5    .7    .72   .85   .949
23  3  .5    .75   .85   .88   .89   .957
25  1  .5    .5    .7    .72   .85   .949
26  3  .52   .8    .92   .91   .93   .95
28  1  .48   .5    .7    .72   .85   .949
29  3  .52   .8    .92   .91   .93   .95
31  1  .48   .5    .7    .72   .85   .949
32  3  .48   .8    .92   .91   .9375 .95
34  1  .48   .5    .7    .72   .85   .949
35  3  .48   .8    .92   .91   .9375 .95
37  1  .48   .5    .7    .72   .85   .949
38  3  .48   .8    .92   .93   .9375 .95
40  1  .48   .5    .7    .72   .85   .949
41  3  .48   .8    .92   .93   .9375 .95
43  1  .48   .5    .7    .72   .85   .949
44  3  .48   .8    .92   .93   .9375 .95
46  1  .48   .5    .7    .72   .85   .949
48  1  .48   .6    .8    .85   .92   0
49  3  .52   .8    .92   .93   .9375 .5
50  1  .48   .6    .8    .85   .92   0
52  1  .48   .6    .8    .85   .92   .948
53  1  .48   .5    .7    .77   .87   .949
54  3  .48   .6    .8    .85   .92   .948
56  1  .48   .5    .7    .72   .87   .949
57  3  .52   .8    .92   .93   .9375 .95
59  1  .5    .5    .7    .72   .87   .949
60  3  .5    .8    .92   .93   .9375 .95
62  1  .5    .5    .7    .75   .87   .949
63  3  .5    .8    .92   .93   .9375 .95
65  1  .5    .5    .7    .75   .89   .949
66  3  .5    .8    .92   .93   .94   .95
68  1  .5    .6    .8    .85   .92   .948
69  3  .5    .8    .92   .93   .94   .95
71  1  .5    .5    .7    .75   .89   .949
72  3  .5    .8    .92   .93   .94   .95
74  1  .5    .5    .7    .75   .89   .949
75  3  .5    .75   .85   .91   .94   .957
77  1  .5    .5    .7    .75   .89   .949
79  1  .5    .6    .8    .85   .92   0
80  3  .5    .8    .92   .93   .94   .5
81  1  .5    .7    .8    .85   .92   0
83  1  .5    .65   .85   .91   .94   .957
84  1  .5    .6    .8    .85   .92   .948
85  3  .5    .8    .92   .93   .94   .95
87  1  .5    .6    .8    .85   .92   .948
88  3  .5    .8    .92   .93   .94   .95
90  1  .5    .6    .8    .85   .92   .948
91  3  .5    .8    .92   .93   .94   .95
93  1  .5    .6    .8    .85   .92   .948
94  3  .52   .8    .92   .93   .94   .95
96  1  .5    .5    .7    .75   .89   .949
98  1  .52   .6    .8    .85   .92   .948
99  1  .52   .6    .8    .85   .92   .948
100 3  .52   .8    .92   .93   .94   .95
101 1  .5    .75   .85   .91   .94   .957
108 1  .5    .75   .85   .91   .94   .957
109 3  .52   .8    .95   .95   .95   .95
110 1  .5    .7    .8    .87   .92   0
111 1  .5    .5    .7    .75   .89   .949
114 1  .5    .5    .7    .75   .89   0
116 1  .5    .5    .7    .75   .89   .949
117 3  .52   .8    .95   .96   .96   .95
118 1  .5    .5    .7    .75   .89   .949
119 3  .52   .8    .95   .95   .95   .95
120 1  .52   .6    .8    .85   .92   0
121 1  .5    .5    .7    .75   .89   .949
124 1  .5    .5    .7    .75   .89   0
126 1  .5    .5    .7    .75   .89   .949
127 3  .52   .8    .95   .95   .95   .95
128 1  .5    .5    .7    .75   .89   .949
129 3  .52   .8    .95   .96   .96   .95
130 1  .5    .5    .7    .75   .89   .949
131 3  .5    .75   .85   .91   .94   .957
135 3  .5    .75   .85   .91   .9375 .957
137 1  .5    .7    .8    .85   .92   .948
138 3  .52   .8    .95   .92   .95   .95
139 1  .5    .7    .8    .85   .92   .948
140 3  .52   .8    .95   .92   .95   .95
141 1  .5    .7    .8    .86   .91   .948
142 3  .52   .8    .92   .93   .9375 .95
146 3  .5    .75   .85   .9    .9375 .957
148 1  .5    .75   .85   .9    .9375 .957
149 3  .5    .75   .85   .9    .9375 .957
150 1  .5    .7    .8    .86   .91   .948
151 3  .5    .75   .85   .9    .9375 .957
152 1  .52   .8    .92   .92   .95   .95
153 3  .5    .7    .8    .85   .92   .948
`.trim().split("\n").map((line) => line.trim().split(/\s+/).map(Number));

/**
 * Shares that a set removes of `layers`, by name: those of a YOLOv4 that may be pruned, in
 * its order. Layers are told by their places and kernels, so the network may be of any width, and
 * its layers of any name.
 *
 * @throws {RangeError} when the layers are not those of YOLOv4.
 */
export function ratiosOf(
  set: RatioSet,
  model: Model,
  layers: readonly WeightedNode[],
): ReadonlyMap<string, number> {
  const mismatch = mismatchOf(model, layers);
  if (mismatch !== undefined) {
    throw new RangeError(`Cannot use ratio set "${set}" as ${mismatch}`);
  }
  const column = RATIO_SETS.indexOf(set);
  return new Map(
    layers.map(({ name }, i) => [name, set === "avgv8" ? UNIFORM : TABLE[i][2 + column]]),
  );
}

/** Why the sets do not fit these layers of `model`; undefined when they do. */
export function mismatchOf(
  model: Model,
  layers: readonly WeightedNode[],
): string | undefined {
  const told = (place: number) => {
    const node = layers.at(place);
    return node ? `"${node.name}" (${kernelOf(model, node).join("x")})` : "none";
  };
  const place = TABLE.findIndex(([, extent], i) =>
    layers[i] === undefined || kernelOf(model, layers[i]).join() !== [extent, extent].join()
  );
  if (place < 0 && layers.length === TABLE.length) return undefined;
  const at = place < 0 ? TABLE.length : place;
  const wanted = TABLE[at] ? `conv${TABLE[at][0]} (${TABLE[at][1]}x${TABLE[at][1]})` : "none";
  return `model "${model.name}" must have the ${TABLE.length} convolutions of YOLOv4 that are ` +
    `pruned: number ${at + 1} must be ${wanted}: current value is ${told(at)}`;
}
