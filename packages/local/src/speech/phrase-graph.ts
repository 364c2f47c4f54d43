import { statesPerPhone } from "./phone-model.ts";
import type { Likelihoods, PhoneModel } from "./phone-model.ts";

/** Ways to say a phrase, as states with the states that may come before each. */
export interface PhraseGraph {
  readonly states: Int32Array;
  /** Where the predecessors of each node begin in the two lists below; one longer than `states`. */
  readonly offsets: Int32Array;
  /** Node indexes, or -1 for the start of the utterance. */
  readonly predecessors: Int32Array;
  readonly penalties: Float32Array;
  readonly ends: readonly Link[];
}

/** A node one may come from, and what that costs. */
interface Link {
  readonly node: number;
  readonly penalty: number;
}

const pause = "pau";
/** Cost of a pronunciation that is not the voice's own. */
const variantPenalty = 3;
const vowels = /^[aeiou]/;

/** Other speakers' sounds for the voice's American ones, with how far-fetched each is. */
const variants: Readonly<Record<string, readonly (readonly [phone: string, weight: number])[]>> = {
  aa: [
    ["ao", 1],
    ["ah", 1],
  ],
  ae: [
    ["aa", 1.5],
    ["ax", 1.5],
  ],
  ah: [
    ["aa", 1],
    ["ax", 1],
  ],
  ao: [["aa", 1]],
  ax: [
    ["ah", 1],
    ["ih", 1],
    ["uw", 1.5],
  ],
  ay: [["iy", 3]],
  eh: [["ae", 1.5]],
  er: [["ax", 1]],
  ih: [
    ["ax", 1],
    ["iy", 1.5],
  ],
  ow: [["ao", 2]],
  t: [["d", 1]],
  uh: [["ax", 1.5]],
  z: [["s", 1]],
};

/** Lays out a phrase's phones with optional pauses around them, dropped sounds and variants. */
export function buildPhraseGraph(model: PhoneModel, phones: readonly string[]): PhraseGraph {
  const states: number[] = [];
  const links: (readonly Link[])[] = [];
  const addPhone = (phone: string, from: readonly Link[], penalty: number): readonly Link[] => {
    const first = model.firstState(phone) ?? (model.firstState("ax") as number);
    let incoming = from.map((link) => ({ node: link.node, penalty: link.penalty + penalty }));
    for (let part = 0; part < statesPerPhone; part++) {
      states.push(first + part);
      links.push(incoming);
      incoming = [{ node: states.length - 1, penalty: 0 }];
    }
    return incoming;
  };
  const spoken = phones.filter((phone) => phone !== pause);
  let open: readonly Link[] = [{ node: -1, penalty: 0 }];
  open = [...open, ...addPhone(pause, open, 0)];
  for (const [index, phone] of spoken.entries()) {
    const from = open;
    const outgoing = [...addPhone(phone, from, 0)];
    for (const [variant, weight] of variants[phone] ?? []) outgoing.push(...addPhone(variant, from, weight * variantPenalty));
    const dropped = dropPenalty(phone, spoken[index - 1], spoken[index + 1]);
    if (dropped !== undefined) outgoing.push(...from.map((link) => ({ node: link.node, penalty: link.penalty + dropped })));
    open = outgoing;
  }
  const ends = [...open, ...addPhone(pause, open, 0)].filter((link) => link.node >= 0);
  return flatten(states, links, ends);
}

/** Many speakers drop "r" after a vowel, and do not release a stop before a consonant or at the end. */
function dropPenalty(phone: string, before: string | undefined, after: string | undefined): number | undefined {
  const vowelFollows = after !== undefined && vowels.test(after);
  if (vowelFollows || before === undefined) return undefined;
  if (phone === "r" && vowels.test(before)) return variantPenalty;
  return /^[tdpk]$/.test(phone) ? 2 * variantPenalty : undefined;
}

function flatten(states: readonly number[], links: readonly (readonly Link[])[], ends: readonly Link[]): PhraseGraph {
  const offsets = new Int32Array(states.length + 1);
  for (const [node, incoming] of links.entries()) offsets[node + 1] = (offsets[node] as number) + incoming.length;
  const all = links.flat();
  return {
    states: Int32Array.from(states),
    offsets,
    predecessors: Int32Array.from(all, (link) => link.node),
    penalties: Float32Array.from(all, (link) => link.penalty),
    ends,
  };
}

/** Log-likelihood of the best way to say the phrase in exactly these frames; `-Infinity` when it is too long for them. */
export function scorePhrase(likelihoods: Likelihoods, graph: PhraseGraph): number {
  const { frames, states: width, values } = likelihoods;
  const { states, offsets, predecessors, penalties } = graph;
  const nodes = states.length;
  let scores = new Float32Array(nodes).fill(-Infinity);
  let next = new Float32Array(nodes);
  for (let frame = 0; frame < frames; frame++) {
    const row = frame * width;
    for (let node = 0; node < nodes; node++) {
      let best = scores[node] as number;
      for (let at = offsets[node] as number; at < (offsets[node + 1] as number); at++) {
        const from = predecessors[at] as number;
        const reached = from >= 0 ? (scores[from] as number) : frame === 0 ? 0 : -Infinity;
        const score = reached - (penalties[at] as number);
        if (score > best) best = score;
      }
      next[node] = best + (values[row + (states[node] as number)] as number);
    }
    [scores, next] = [next, scores];
  }
  let best = -Infinity;
  for (const { node, penalty } of graph.ends) best = Math.max(best, (scores[node] as number) - penalty);
  return best;
}
