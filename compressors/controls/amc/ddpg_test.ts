import { assertAlmostEquals, assertEquals, assertGreater, assertLess } from "@std/assert";
import { Random } from "../../../graph/random.ts";
import { Ddpg, type Transition, truncatedNormal } from "./ddpg.ts";

Deno.test("DDPG finds the best arm of a bandit with a continuous action", () => {
  const agent = new Ddpg({ states: 1, seed: 1, actorRate: 1e-3 });
  const state = new Float64Array([1]);
  for (let episode = 0; episode < 100; episode++) {
    const action = episode < 30 ? agent.wander() : agent.explore(state, 0.2);
    agent.remember([{ state, action, reward: -((action - 0.2) ** 2) }]);
    for (let i = 0; i < 8; i++) agent.learn();
  }
  assertAlmostEquals(agent.act(state), 0.2, 0.07);
});

Deno.test("DDPG finds an action that depends on the state", () => {
  const agent = new Ddpg({ states: 1, seed: 2, actorRate: 1e-3 });
  const random = new Random(3);
  for (let episode = 0; episode < 200; episode++) {
    const state = new Float64Array([random.uniform()]);
    const action = episode < 60 ? agent.wander() : agent.explore(state, 0.2);
    agent.remember([{ state, action, reward: -((action - 0.2 - 0.6 * state[0]) ** 2) }]);
    for (let i = 0; i < 8; i++) agent.learn();
  }
  for (const s of [0.1, 0.5, 0.9]) {
    assertAlmostEquals(agent.act(new Float64Array([s])), 0.2 + 0.6 * s, 0.12);
  }
});

Deno.test("DDPG learns over several steps that the last one must make up for the first", () => {
  // A first action that is rolled, then two of the agent; together they are to be 1.2.
  const agent = new Ddpg({ states: 2, seed: 4, actorRate: 1e-3 });
  const random = new Random(5);
  const play = (first: number, choose: (state: Float64Array) => number) => {
    const states = [new Float64Array([0, first])];
    const actions = [choose(states[0])];
    states.push(new Float64Array([1, first + actions[0]]));
    actions.push(choose(states[1]));
    const reward = -((first + actions[0] + actions[1] - 1.2) ** 2);
    const episode: Transition[] = actions.map((action, i) => ({
      state: states[i],
      action,
      reward,
      next: states[i + 1],
    }));
    return { reward, episode };
  };
  const mean = () => {
    const rolls = [0, 0.25, 0.5, 0.75, 1];
    return rolls.reduce((sum, roll) => sum + play(roll, (s) => agent.act(s)).reward, 0) / 5;
  };
  const before = mean();
  for (let i = 0; i < 300; i++) {
    const { episode } = play(
      random.uniform(),
      (state) => i < 80 ? agent.wander() : agent.explore(state, 0.2),
    );
    agent.remember(episode);
    for (let j = 0; j < 6; j++) agent.learn();
  }
  assertLess(before, -0.1);
  assertGreater(mean(), -0.02);
});

Deno.test("two agents of one seed act alike, and the memory is bounded", () => {
  const acts = [1, 1, 2].map((seed) => {
    const agent = new Ddpg({ states: 1, seed, hidden: 8, memory: 5, batch: 4 });
    const state = new Float64Array([0.5]);
    for (let episode = 0; episode < 12; episode++) {
      agent.remember([{ state, action: agent.explore(state, 0.3), reward: episode }]);
      agent.learn();
    }
    return agent.act(state);
  });
  assertEquals(acts[0], acts[1]);
  assertEquals(acts[0] === acts[2], false);
});

Deno.test("noise is cut off, not clamped: no action piles up at an end", () => {
  const random = new Random(6);
  const drawn = Array.from({ length: 4000 }, () => truncatedNormal(0.1, 0.5, random));
  assertEquals(drawn.every((x) => x > 0 && x < 1), true);
  // Mean of the normal (0.1, 0.5) between 0 and 1: 0.1 + 0.5 (phi(-0.2) - phi(1.8)) / (Phi(1.8) - Phi(-0.2)).
  const expected = 0.1 + 0.5 * (0.391043 - 0.078950) / (0.964070 - 0.420740);
  assertAlmostEquals(drawn.reduce((a, b) => a + b) / drawn.length, expected, 0.015);
});
