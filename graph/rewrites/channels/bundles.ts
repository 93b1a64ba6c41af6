/**
 * Sets of channels that must be kept or removed together, and why some must be kept.
 *
 * @module
 */

/** Channels that are tied to one another: a union-find with a reason to stay for each set. */
export class Bundles {
  readonly #parent: number[] = [];
  readonly #stays = new Map<number, string>();
  readonly #unfoldable = new Map<number, string>();

  /** `count` new channels, tied to none. */
  fresh(count: number): Int32Array {
    const channels = Int32Array.from({ length: count }, (_, i) => this.#parent.length + i);
    for (const channel of channels) this.#parent.push(channel);
    return channels;
  }

  /** The set of a channel, by its representative. */
  find(channel: number): number {
    let root = channel;
    while (this.#parent[root] !== root) root = this.#parent[root];
    while (this.#parent[channel] !== root) {
      [this.#parent[channel], channel] = [root, this.#parent[channel]];
    }
    return root;
  }

  /** Ties channels of two lists, one by one. */
  tie(a: Int32Array, b: Int32Array): void {
    for (let i = 0; i < a.length; i++) {
      const [kept, merged] = [this.find(a[i]), this.find(b[i])];
      if (kept === merged) continue;
      this.#parent[merged] = kept;
      for (const reasons of [this.#stays, this.#unfoldable]) {
        const reason = reasons.get(merged);
        if (reason !== undefined && !reasons.has(kept)) reasons.set(kept, reason);
      }
    }
  }

  /** Channels that must stay, whatever they hold. The first reason counts. */
  keep(channels: Iterable<number>, reason: string): void {
    this.#note(this.#stays, channels, reason);
  }

  /** Channels that leave behind a constant that no bias can take up. */
  keepUnlessUnread(channels: Iterable<number>, reason: string): void {
    this.#note(this.#unfoldable, channels, reason);
  }

  /** Why the set of a channel must stay; undefined when it need not. */
  reason(channel: number): { readonly stays?: string; readonly unfoldable?: string } {
    const root = this.find(channel);
    return { stays: this.#stays.get(root), unfoldable: this.#unfoldable.get(root) };
  }

  #note(reasons: Map<number, string>, channels: Iterable<number>, reason: string) {
    for (const channel of channels) {
      const root = this.find(channel);
      if (!reasons.has(root)) reasons.set(root, reason);
    }
  }
}
