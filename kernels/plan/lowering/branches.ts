/**
 * Sums of two branches where both may be computed at the same time: which of them the sum rides on.
 *
 * @module
 */

import { modelCosts } from "../../../graph/costs.ts";
import type { Model, Node } from "../../../graph/model.ts";

/** The branches of a model that end in sums. */
export class Branches {
  readonly #makers: ReadonlyMap<string, Node>;
  readonly #macs: ReadonlyMap<string, number>;

  /** Counts what every node costs. */
  constructor(model: Model) {
    this.#makers = new Map(
      model.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)),
    );
    this.#macs = new Map(modelCosts(model).layers.map(({ name, macs }) => [name, macs]));
  }

  /**
   * Whether `last` may add `other` to what it makes and leave time for that to be made meanwhile. What
   * a sum rides on waits for both branches: so it has to be the longer one, by what it has besides its
   * last node.
   */
  mayAdd(last: Node, other: string): boolean {
    const own = this.#above(last.outputs[0]), theirs = this.#above(other);
    const work = (nodes: ReadonlySet<Node>, besides: ReadonlySet<Node>) =>
      [...nodes].reduce((sum, node) => besides.has(node) ? sum : sum + this.#macsOf(node), 0);
    return work(own, theirs) - this.#macsOf(last) >= work(theirs, own);
  }

  #macsOf({ name }: Node): number {
    return this.#macs.get(name) ?? 0;
  }

  /** All nodes that a value comes from. */
  #above(value: string): ReadonlySet<Node> {
    const found = new Set<Node>(), open = [value];
    while (open.length > 0) {
      const node = this.#makers.get(open.pop()!);
      if (!node || found.has(node)) continue;
      found.add(node);
      open.push(...node.inputs);
    }
    return found;
  }
}
