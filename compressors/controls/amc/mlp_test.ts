import { assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";
import { Random } from "../../../graph/random.ts";
import { sgd } from "../../../training/optimisers/sgd.ts";
import { Mlp, MlpUpdates } from "./mlp.ts";

const samples = 5;
const x = () => Float64Array.from({ length: samples * 3 }, (_, i) => Math.sin(3 * i + 1));

for (const last of ["linear", "sigmoid"] as const) {
  Deno.test(`gradients of a small ${last} network are those of central differences`, () => {
    const network = new Mlp([3, 7, 6, 2], last, new Random(1, last));
    for (const parameter of network.parameters) new Random(2, last).fillNormal(parameter, 0, 0.5);
    const factors = Float64Array.from({ length: samples * 2 }, (_, i) => Math.cos(i));
    const input = x();
    const value = () =>
      network.forward(input).at(-1)!.reduce((sum, y, i) => sum + factors[i] * y, 0);
    const { parameters, inputs } = network.backward(network.forward(input), factors);
    const step = 2 ** -12;
    const check = (array: Float32Array | Float64Array, gradient: ArrayLike<number>) => {
      for (let i = 0; i < array.length; i++) {
        const kept = array[i];
        array[i] = kept + step;
        const high = array[i], above = value();
        array[i] = kept - step;
        const low = array[i], below = value();
        array[i] = kept;
        assertAlmostEquals(gradient[i], (above - below) / (high - low), 1e-4);
      }
    };
    network.parameters.forEach((parameter, p) => check(parameter, parameters[p]));
    check(input, inputs);
  });
}

Deno.test("a network computes what its layers say", () => {
  const network = new Mlp([2, 2, 1], "linear", new Random(1));
  const [w1, b1, w2, b2] = network.parameters;
  w1.set([1, -1, 2, 0.5]);
  b1.set([0, -1]);
  w2.set([3, -2]);
  b2.set([0.5]);
  // relu([3 - 5, 6 + 2.5 - 1]) = [0, 7.5]
  assertEquals([...network.forward(new Float64Array([3, 5])).at(-1)!], [-14.5]);
});

Deno.test("a slow copy follows by a part of the way", () => {
  const [a, b] = [
    new Mlp([3, 4, 1], "linear", new Random(1)),
    new Mlp([3, 4, 1], "linear", new Random(2)),
  ];
  assertNotEquals(a.parameters, b.parameters);
  const before = a.parameters[0][0];
  a.follow(b, 0.25);
  assertAlmostEquals(a.parameters[0][0], 0.75 * before + 0.25 * b.parameters[0][0], 1e-6);
  a.follow(b, 1);
  a.parameters.forEach((own, p) =>
    own.forEach((value, i) => assertAlmostEquals(value, b.parameters[p][i], 1e-6))
  );
});

Deno.test("updates go against the gradient", () => {
  const network = new Mlp([3, 8, 1], "sigmoid", new Random(1));
  const updates = new MlpUpdates(network, sgd(), 1);
  const mean = () => network.forward(x()).at(-1)!.reduce((sum, y) => sum + y, 0) / samples;
  const before = mean();
  for (let step = 0; step < 50; step++) {
    const up = new Float64Array(samples).fill(-1 / samples);
    updates.apply(network.backward(network.forward(x()), up).parameters);
  }
  assertEquals(mean() > before + 0.2, true);
});
