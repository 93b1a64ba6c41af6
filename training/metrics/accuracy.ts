/**
 * Accuracy of classifiers.
 *
 * @module
 */

import { values } from "../../graph/tensor.ts";
import type { ClassLabel } from "../data/dataset.ts";
import type { Metric } from "./metric.ts";

/** With as many classes or fewer, every answer would be among the best five. */
const MANY = 5;

/**
 * Share of images whose class has the highest score, `top-1`, and of those whose class is among the
 * five highest, `top-5`; the latter for networks with more than five classes only. Of equal scores
 * that of the lower class is the higher one; NaN is higher than any, so that a network that puts
 * out nothing else is not right.
 *
 * @param classes Scores that the network puts out; its only output is `[N, classes]`.
 * @throws {RangeError} when there are not two classes or more.
 */
export function accuracy(classes: number): Metric<ClassLabel> {
  if (!(Number.isInteger(classes) && classes >= 2)) {
    throw new RangeError(
      `Cannot measure accuracy as there must be two classes or more: current value is ${classes}`,
    );
  }
  const ranks = classes > MANY ? [1, MANY] : [1];
  return {
    names: ranks.map((k) => `top-${k}`),
    start() {
      const hits = ranks.map(() => 0);
      let images = 0;
      return {
        add(outputs, labels) {
          const [scores, ...others] = outputs.values();
          const [batch, width] = scores?.shape ?? [];
          if (others.length > 0 || width !== classes || !(batch >= labels.length)) {
            const shapes = [...outputs].map(([name, { shape }]) => `"${name}" [${shape}]`);
            throw new RangeError(
              `Cannot measure accuracy as the one output must be [N, ${classes}] for ` +
                `${labels.length} labels: current value is ${shapes.join(", ") || "none"}`,
            );
          }
          const data = values(scores);
          for (const [i, label] of labels.entries()) {
            const ahead = better(data.subarray(i * classes, (i + 1) * classes), label);
            ranks.forEach((k, r) => hits[r] += Number(ahead < k));
          }
          images += labels.length;
        },
        result: () =>
          Object.fromEntries(
            ranks.map((k, r) => [`top-${k}`, images === 0 ? 0 : hits[r] / images]),
          ),
      };
    },
  };
}

/** How many classes have a higher score than `label`. */
function better(scores: Float32Array, label: ClassLabel): number {
  const own = scores[label];
  let count = 0;
  for (let k = 0; k < scores.length; k++) {
    if (k !== label && !(scores[k] < own || scores[k] === own && k > label)) count++;
  }
  return count;
}
