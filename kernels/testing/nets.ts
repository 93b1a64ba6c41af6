/**
 * The table of networks that every kernel is held to, on every processor that it is built for.
 *
 * @module
 */

import {
  type ConvOptions,
  GraphBuilder,
  type PerAxis,
  type PoolOptions,
} from "../../graph/builder.ts";
import type { ConvNode, MaxPoolNode, Model } from "../../graph/model.ts";
import { inferShapes } from "../../graph/shapes.ts";
import type { Shape } from "../../graph/tensor.ts";
import { randomWeights, smallNet } from "../../graph/testing.ts";

/** A small network by name. */
export interface Net {
  /** What is special about it. */
  readonly name: string;
  /** The same model for the same seed. */
  build(seed: number): Model;
}

/** Appends a layer behind value `x`; `i` is its place, for its name. */
export type Layer = (g: GraphBuilder, x: string, i: number, seed: number) => string;

/** Options of {@linkcode conv} besides its size. */
export type ConvExtras = Partial<Pick<ConvOptions, "stride" | "pad" | "dilation">>;

/** A convolution; with bias unless `bias` is false. */
export function conv(
  filters: number,
  kernel: PerAxis,
  { bias = true, ...extras }: ConvExtras & { bias?: boolean } = {},
): Layer {
  return (g, x, i, seed) => {
    const weights = randomWeights(seed);
    const options = { name: `conv${i}`, filters, kernel, weights, ...extras };
    return g.conv(x, { ...options, ...(bias && { bias: weights }) });
  };
}

function pool(kernel: PerAxis, extras: Partial<Pick<PoolOptions, "stride" | "pad">> = {}): Layer {
  return (g, x, i) => g.maxPool(x, { name: `pool${i}`, kernel, ...extras });
}

function fc(outputs: number, bias = true): Layer {
  return (g, x, i, seed) => {
    const weights = randomWeights(seed);
    return g.gemm(x, { name: `fc${i}`, outputs, weights, ...(bias && { bias: weights }) });
  };
}

const relu: Layer = (g, x) => g.relu(x);
const flatten: Layer = (g, x) => g.flatten(x);

/** A second reader of the present value, whose result nobody wants. */
function aside(layer: Layer): Layer {
  return (g, x, i, seed) => {
    layer(g, x, i, seed);
    return x;
  };
}

/** A chain of layers on an input `[1, ...shape]`. */
export function net(name: string, shape: Shape, ...layers: readonly Layer[]): Net {
  return {
    name,
    build(seed) {
      const g = new GraphBuilder(name);
      const input = g.input("x", [1, ...shape]);
      return g.output(layers.reduce((x, layer, i) => layer(g, x, i, seed), input)).build();
    },
  };
}

/** The same with other padding behind each axis than before it, in all convolutions and pools. */
function padEnds({ name, build }: Net, ends: readonly number[]): Net {
  const padded = <N extends ConvNode | MaxPoolNode>(node: N): N => ({
    ...node,
    attributes: {
      ...node.attributes,
      pads: [...node.attributes.pads.slice(0, ends.length), ...ends],
    },
  });
  return {
    name,
    build(seed) {
      const model = build(seed);
      const nodes = model.nodes.map((node) =>
        node.op === "Conv" || node.op === "MaxPool" ? padded(node) : node
      );
      const shapes = inferShapes({ ...model, nodes, outputs: [] });
      const outputs = model.outputs.map(({ name }) => ({ name, shape: shapes.get(name)! }));
      return { ...model, nodes, outputs };
    },
  };
}

/** A network whose plan has every kind of operator. */
export const EVERY_KIND = net(
  "every kind of operator",
  [3, 3, 10, 11],
  relu,
  conv(10, 3, { pad: 1 }),
  relu,
  pool([1, 2, 2]),
  conv(6, 3, { stride: [1, 2, 1], pad: 1 }),
  pool(2, { stride: 1 }),
  flatten,
  fc(5),
);

/** The networks: each has one thing that could go wrong, said by its name. */
export const NETS: readonly Net[] = [
  net("one value", [1, 1, 1], conv(1, 1)),
  net("1x1, no bias", [8, 5, 7], conv(16, 1, { bias: false })),
  net("3x3, filters and channels in no block", [5, 9, 11], conv(13, 3, { pad: 1 }), relu),
  net("5x5, no bias", [3, 6, 40], conv(7, 5, { pad: 2, bias: false })),
  net("3x3 without padding", [17, 7, 9], conv(9, 3), relu),
  net("more padding than the kernel reads", [4, 5, 6], conv(5, 3, { pad: [3, 4] }), relu),
  net("padding around 1x1", [4, 3, 5], conv(6, 1, { pad: 2 })),
  padEnds(net("padding only behind", [4, 6, 7], conv(9, 3), relu, pool(3, { stride: 2 })), [1, 2]),
  padEnds(net("padding mostly before", [4, 9, 8], conv(6, 3, { pad: 2, stride: 2 })), [1, 0]),
  net("kernel as large as its input", [6, 4, 5], conv(12, [4, 5])),
  net("stride 2, odd extents", [6, 9, 13], conv(11, 3, { stride: 2, pad: 1 }), relu),
  net("stride 2, even extents", [3, 14, 16], conv(10, 7, { stride: 2, pad: 3 })),
  net("1x1, stride 2", [8, 7, 9], conv(8, 1, { stride: 2 })),
  net("mixed strides", [4, 10, 11], conv(6, [3, 5], { stride: [1, 3], pad: [0, 2] }), relu),
  net("dilation 2", [5, 11, 12], conv(8, 3, { pad: 2, dilation: 2 })),
  net(
    "dilation and stride",
    [4, 13, 14],
    conv(9, 3, { pad: [2, 1], dilation: [2, 1], stride: [2, 3] }),
  ),
  net("plane of several units", [3, 40, 70], conv(12, 3, { pad: 1 }), relu),
  net("channels of several blocks", [136, 5, 6], conv(21, 3, { pad: 1 }), relu),
  net("more rows than scratch holds", [2, 4, 70], conv(1030, 1), relu),
  net("3x3x3, fused pool", [6, 4, 6, 8], conv(20, 3, { pad: 1 }), relu, pool(2)),
  net(
    "3x3x3 behind 3x3x3: runs that begin between planes",
    [4, 8, 8, 8],
    conv(8, 3, { pad: 1 }),
    relu,
    conv(6, 3, { pad: 1 }),
  ),
  net("3x3x3, several channel blocks", [44, 3, 5, 6], conv(12, 3, { pad: 1 })),
  net(
    "(2+1)-D: spatial, then temporal kernels",
    [5, 5, 8, 9],
    conv(14, [1, 3, 3], { pad: [0, 1, 1] }),
    relu,
    conv(9, [3, 1, 1], { pad: [1, 0, 0] }),
    relu,
  ),
  net(
    "stem of R(2+1)D",
    [3, 4, 12, 13],
    conv(10, [1, 7, 7], { stride: [1, 2, 2], pad: [0, 3, 3] }),
    relu,
    conv(8, [3, 1, 1], { stride: [2, 1, 1], pad: [1, 0, 0] }),
  ),
  net("3-D, mixed strides", [4, 5, 7, 8], conv(6, 3, { stride: [2, 1, 2], pad: 1 }), relu),
  net("3-D without padding, dilated in time", [3, 7, 5, 6], conv(5, 3, { dilation: [2, 1, 1] })),
  net("fused pool without ReLU", [5, 3, 8, 9], conv(12, 3, { pad: 1 }), pool([1, 2, 2])),
  net("fused pool of 3 on odd extents", [4, 7, 8, 10], conv(9, 3, { pad: 1 }), relu, pool(3)),
  net("fused pool of 8", [3, 17, 24], conv(5, 3, { pad: 1 }), pool(8)),
  net("fused pool on a large plane", [3, 30, 66], conv(9, 3, { pad: 1 }), relu, pool(2)),
  net("fused pool, unequal window", [3, 4, 9, 12], conv(8, 1), relu, pool([2, 3, 1])),
  net(
    "fused pool, more padding than needed",
    [3, 6, 7],
    conv(5, 3, { pad: [4, 5] }),
    relu,
    pool(2),
  ),
  net("pool too wide to fuse", [3, 20, 21], conv(6, 3, { pad: 1 }), pool(9)),
  net("overlapping pool", [4, 9, 11], conv(8, 3, { pad: 1 }), relu, pool(3, { stride: 2 })),
  net("padded pool", [4, 3, 7, 9], conv(8, 3, { pad: 1 }), relu, pool(2, { pad: [0, 1, 1] })),
  net("padded overlapping pool", [4, 9, 12], conv(8, 1), pool(3, { stride: 2, pad: 1 }), relu),
  net("pool with gaps", [4, 9, 12], pool(2, { stride: 3 }), conv(8, 3, { pad: 1 })),
  net(
    "ReLU behind a pool",
    [4, 8, 9],
    conv(7, 3, { pad: 1 }),
    pool(2),
    relu,
    conv(6, 3, { pad: 1 }),
  ),
  net("ReLU first", [4, 5, 6], relu, conv(8, 3, { pad: 1 })),
  net(
    "value read twice, with padding, then flattened",
    [3, 6, 7],
    conv(5, 3),
    relu,
    aside(conv(4, 3, { pad: 1 })),
    flatten,
    fc(6),
  ),
  net("value read twice, which prevents fusion", [3, 6, 8], conv(9, 3), aside(pool(2)), relu),
  net("flatten of the input", [3, 4, 5], flatten, fc(9, false)),
  net("fully connected, odd sizes", [37], fc(19), relu, fc(13, false), fc(1)),
  net("fully connected, long", [1030], fc(36), relu),
  EVERY_KIND,
  { name: "every operator, 2-D", build: (seed) => smallNet(2, seed) },
  { name: "every operator, 3-D", build: (seed) => smallNet(3, seed) },
];
