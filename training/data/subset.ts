/**
 * Parts of a dataset: fewer samples, so that a training fits into the time there is, and samples that
 * are held out of it.
 *
 * @module
 */

import { Random } from "../../graph/random.ts";
import type { Dataset } from "./dataset.ts";

/** What {@linkcode division} gives. */
export interface Division<Label> {
  /** All samples but those held out; augmented as before. */
  readonly train: Dataset<Label>;
  /** Samples to decide by while learning; never augmented. */
  readonly held: Dataset<Label>;
}

/**
 * Some samples of a dataset, with each class's share of them as it was to within a sample where
 * `classOf` tells classes without loading; otherwise a random choice. A smaller subset with the same
 * seed is a subset of a larger one, and one of all samples is the dataset itself.
 *
 * @throws {RangeError} when there are not so many samples, or none are asked for.
 */
export function subset<Label>(
  dataset: Dataset<Label>,
  count: number,
  seed: number,
): Dataset<Label> {
  const { name, size } = dataset;
  expectCount(name, "a subset", count, size);
  if (count === size) return dataset;
  return part(dataset, chosen(dataset, count, seed), {
    name: `${name} (${count} of ${size})`,
    description: `${count} of ${size} samples, seed ${seed}, of: ${dataset.description}`,
  });
}

/**
 * Divides a dataset into samples to learn from and samples that are held out, which have each class's
 * share as {@linkcode subset} has. Those held out come without augmentation whatever they are loaded
 * with.
 *
 * Augmentation that pastes other images of the set into one still sees those held out.
 *
 * @param held Number of samples that are held out.
 * @throws {RangeError} when one of the parts would be empty.
 */
export function division<Label>(
  dataset: Dataset<Label>,
  held: number,
  seed: number,
): Division<Label> {
  const { name, size, description } = dataset;
  expectCount(name, "what is held out", held, size - 1);
  const outside = chosen(dataset, held, seed);
  const taken = new Set(outside);
  const inside = Uint32Array.from({ length: size }, (_, i) => i).filter((i) => !taken.has(i));
  const plain: Dataset<Label> = {
    ...dataset,
    load: (index, { signal } = {}) => dataset.load(index, { signal }),
  };
  const of = `seed ${seed}, of: ${description}`;
  return {
    train: part(dataset, inside, {
      name: `${name} (without ${held} held out)`,
      description: `all but ${held} of ${size} samples, ${of}`,
    }),
    held: part(plain, outside, {
      name: `${name} (${held} held out)`,
      description: `${held} of ${size} samples held out, ${of}`,
    }),
  };
}

/**
 * The first samples, in ascending order, of a sequence that has every class at its share all along:
 * sample `r` of the `n` of a class, in random order, stands at `(r + 0.5) / n`.
 */
function chosen({ size, classOf }: Dataset<unknown>, count: number, seed: number): Uint32Array {
  const order = Uint32Array.from({ length: size }, (_, i) => i);
  new Random(seed, "subset").shuffle(order);
  if (!classOf) return order.slice(0, count).sort();
  const sizes = new Map<number, number>();
  const ranked = Array.from(order, (index) => {
    const label = classOf(index), rank = sizes.get(label) ?? 0;
    sizes.set(label, rank + 1);
    return { index, label, rank };
  });
  const sequence = ranked
    .map(({ index, label, rank }) => ({ index, at: (rank + 0.5) / (sizes.get(label) ?? 1) }))
    .sort((a, b) => a.at - b.at);
  return Uint32Array.from(sequence.slice(0, count), ({ index }) => index).sort();
}

function part<Label>(
  dataset: Dataset<Label>,
  indices: Uint32Array,
  known: Pick<Dataset<Label>, "name" | "description">,
): Dataset<Label> {
  const { sampleShape, classes, classOf } = dataset;
  return {
    ...known,
    size: indices.length,
    sampleShape,
    classes,
    ...(classOf && { classOf: (index: number) => classOf(indices[index]) }),
    load: (index, options) => dataset.load(indices[index], options),
  };
}

function expectCount(name: string, what: string, count: number, most: number): void {
  if (Number.isInteger(count) && count >= 1 && count <= most) return;
  throw new RangeError(
    `Cannot divide dataset "${name}" as ${what} must have 1 to ${most} samples: ` +
      `current value is ${count}`,
  );
}
