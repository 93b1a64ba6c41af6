/**
 * AMC: an agent learns how many filters each group can lose.
 *
 * @module
 */

import type { Compressor } from "../compressor.ts";
import { bundleScores, rankBundles } from "../filters.ts";
import { refuseUnsupported, supportsPruning } from "../layers.ts";
import { OptionReader } from "../options.ts";
import { checkpoint } from "../progress.ts";
import { requireTrainer } from "../trainer.ts";
import { Ddpg } from "./amc/ddpg.ts";
import { AmcEnvironment, STATE_SIZE } from "./amc/environment.ts";
import { type Counts, filterSpace, finishRemoval, withCounts } from "./removal.ts";

/** Options of {@link amc}. */
export interface AmcOptions {
  /**
   * Networks that the agent makes, the first quarter of them at random.
   *
   * @default {40}
   */
  readonly episodes: number;
}

/** Part of the episodes that are played at random. */
const WARM_UP = 1 / 4;
/** Deviation of the noise on actions behind the warm-up, and at the end. */
const NOISE = 0.5, LAST_NOISE = 0.02;
/** Steps of learning for each turn that was played. */
const STEPS_PER_TURN = 16;

/**
 * AMC with the budget enforced: an agent (DDPG) goes through the groups of filters, sees what each is
 * and what the target still asks for, and says which part goes: the filters of the smallest norm (L2).
 * Actions are clipped so that the target is met whatever it says. Its reward, for all of its decisions,
 * is the error of the network in a quick evaluation, negative. The best network of all episodes is
 * trained for all epochs of the budget.
 */
export const amc: Compressor<AmcOptions> = {
  id: "amc",
  description:
    "filters removed at rates that a reinforcement-learning agent finds (control, needs " +
    "--train)",
  paper: {
    authors: "He, Lin, Liu, Wang, Li, Han",
    title: "AMC: AutoML for Model Compression and Acceleration on Mobile Devices",
    venue: "ECCV 2018",
    url: "https://arxiv.org/abs/1802.03494",
  },

  parseOptions(raw) {
    return { episodes: new OptionReader("amc", raw, ["episodes"]).count("episodes", 40) };
  },

  supports: (model) => supportsPruning(model),

  needs: () => ["training", "evaluations"],

  async compress(model, target, options, context) {
    refuseUnsupported("amc", this.supports(model, options));
    const space = filterSpace(model, target, context);
    const trainer = requireTrainer(context, "amc", "evaluations of what the agent does");
    const { episodes } = options;
    const { plan } = space;
    const { signal } = context;
    const scores = bundleScores(model, plan, "l2");
    const orders = plan.groups.map((group) => rankBundles(group, scores));
    const environment = new AmcEnvironment(space);
    const agent = new Ddpg({ states: STATE_SIZE, seed: context.seed });
    const known = new Map<string, number>();
    const valueOf = async (counts: Counts) => {
      const key = counts.join();
      const value = known.get(key) ??
        await trainer.evaluate(
          withCounts(model, plan, orders, counts),
          { recalibrate: true },
          signal,
        );
      known.set(key, value);
      return value;
    };

    const warmUp = Math.max(1, Math.round(WARM_UP * episodes));
    const rows: number[][] = [];
    let best: { counts: Counts; value: number } | undefined;
    for (let episode = 0; episode < episodes; episode++) {
      await checkpoint(context, "AMC", episode, episodes);
      const noise = noiseOf(episode, warmUp, episodes);
      const chosen: number[] = [];
      while (chosen.length < environment.turns) {
        const action = noise === undefined
          ? agent.wander()
          : agent.explore(environment.state(chosen), noise);
        chosen.push(environment.decide(chosen, action));
      }
      const counts = environment.filled(chosen);
      const value = await valueOf(counts);
      agent.remember(counts.map((_, turn) => ({
        state: environment.state(counts.slice(0, turn)),
        action: environment.sparsity(counts, turn),
        reward: value / 100 - 1,
        next: turn + 1 < counts.length ? environment.state(counts.slice(0, turn + 1)) : undefined,
      })));
      if (episode + 1 >= warmUp) {
        for (let i = 0; i < STEPS_PER_TURN * environment.turns; i++) agent.learn();
      }
      if (!best || value > best.value) best = { counts, value };
      rows.push([episode + 1, value, best.value, noise ?? 1]);
    }

    const { counts } = best!;
    const value = `${trainer.metric} (%)`, highest = `best ${trainer.metric} (%)`;
    return await finishRemoval(space, withCounts(model, plan, orders, counts), {
      counts,
      notes: [`${known.size} networks evaluated in ${episodes} episodes, ${warmUp} at random`],
      traces: [{
        id: "search",
        title: "AMC: value of the network of every episode",
        columns: ["episode", value, highest, "noise"],
        rows,
        chart: { x: "episode", y: [value, highest] },
      }],
    }, context);
  },
};

/** Deviation of the noise of an episode: falls exponentially behind the warm-up, which has none. */
function noiseOf(episode: number, warmUp: number, episodes: number): number | undefined {
  if (episode < warmUp) return undefined;
  const part = (episode - warmUp) / Math.max(1, episodes - 1 - warmUp);
  return NOISE * (LAST_NOISE / NOISE) ** part;
}
