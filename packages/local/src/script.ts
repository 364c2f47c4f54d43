import { RealtimeUsageError } from "@voxline/core";

/** One thing the local model understands. */
export interface LocalRule {
  /** What must be heard or read, in lower case without punctuation; `{name}` stands for a value of that slot. */
  readonly when: readonly string[];
  /** Phrases that are understood in writing alone: too short, or too like others, to be told apart by ear. */
  readonly typed?: readonly string[] | undefined;
  /** Tools to call, all at once; `{name}` in a value becomes the slot's value. */
  readonly call?: readonly { readonly tool: string; readonly arguments: Readonly<Record<string, string>> }[] | undefined;
  /**
   * The answer, once its tools have answered where it calls any; `{name}` becomes the slot's value, `{result.field}` and
   * `{results.1.field}` read the JSON of the tools' results.
   */
  readonly say: string;
}

/** Everything the local model knows. */
export interface LocalScript {
  /** Values by slot name, as they are written into arguments. */
  readonly slots?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly rules: readonly LocalRule[];
  /** Said when it is asked to speak first. */
  readonly greeting: string;
  /** Said when nothing was understood. */
  readonly otherwise: string;
}

/** A rule and what its slots held. */
export interface RuleMatch {
  readonly rule: LocalRule;
  readonly slots: Readonly<Record<string, string>>;
}

interface CompiledPhrase {
  readonly rule: LocalRule;
  readonly pattern: RegExp;
}

const SLOT = /\{(\w+)\}/g;

/** Lower case, letters and digits, single spaces: the form in which phrases are compared. */
export function normalizeText(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}' -]+/gu, " ")
    .replace(/\s+/g, " ")
    .trim();
}

/** A script made ready: finds the rule that a text meets, and lists the phrases an ear must know. */
export class CompiledScript {
  readonly script: LocalScript;
  readonly #phrases: CompiledPhrase[] = [];

  /** @throws {RealtimeUsageError} config.invalid for an empty rule. */
  constructor(script: LocalScript) {
    this.script = script;
    for (const rule of script.rules) {
      if (rule.when.length === 0 || rule.say === "") {
        throw new RealtimeUsageError("config.invalid", "A rule of a script needs something to hear and something to say.");
      }
      for (const phrase of [...rule.when, ...(rule.typed ?? [])]) this.#phrases.push({ rule, pattern: this.#patternOf(phrase) });
    }
  }

  /** Every phrase with every value of its slots, in lower case. */
  spokenPhrases(): string[] {
    const spoken = new Set<string>();
    for (const rule of this.script.rules) {
      for (const phrase of rule.when) for (const filled of this.#fill(phrase.toLowerCase())) spoken.add(filled);
    }
    return [...spoken];
  }

  /** The rule whose phrase covers most of the text. */
  match(text: string): RuleMatch | undefined {
    const normal = normalizeText(text);
    let best: RuleMatch | undefined;
    let covered = 0;
    for (const { rule, pattern } of this.#phrases) {
      const found = pattern.exec(normal);
      if (found === null || found[0].length <= covered) continue;
      covered = found[0].length;
      const slots = Object.entries(found.groups ?? {}).map(([name, value]) => [name, this.#valueOf(name, value)] as const);
      best = { rule, slots: Object.fromEntries(slots) };
    }
    return best;
  }

  #patternOf(phrase: string): RegExp {
    const escaped = phrase.toLowerCase().replace(/[.*+?^$()|[\]\\]/g, "\\$&");
    // A known value first, so that one of several words is taken whole; typed text may name any other single word.
    const body = escaped.replace(SLOT, (_whole, name: string) => {
      const known = (this.script.slots?.[name] ?? []).map((value) => value.toLowerCase());
      return `(?<${name}>${[...known, "[\\p{L}\\p{N}'-]+"].join("|")})`;
    });
    return new RegExp(`(?<![\\p{L}\\p{N}])${body}(?![\\p{L}\\p{N}])`, "u");
  }

  #fill(phrase: string): string[] {
    const slot = /\{(\w+)\}/.exec(phrase);
    if (slot === null) return [phrase];
    const values = this.script.slots?.[slot[1] as string] ?? [];
    return values.flatMap((value) => this.#fill(phrase.replace(slot[0], value.toLowerCase())));
  }

  #valueOf(name: string, value: string): string {
    const known = this.script.slots?.[name]?.find((candidate) => candidate.toLowerCase() === value);
    return known ?? value.charAt(0).toUpperCase() + value.slice(1);
  }
}

/** Replaces `{name}` and `{name.path.to.field}` by values; what is not there becomes `fallback`. */
export function fillTemplate(template: string, values: Readonly<Record<string, unknown>>, fallback: string): string {
  return template.replace(/\{([\w.]+)\}/g, (_whole, path: string) => {
    let value: unknown = values;
    for (const key of path.split(".")) {
      value =
        typeof value === "object" && value !== null && Object.hasOwn(value, key)
          ? (value as Record<string, unknown>)[key]
          : undefined;
    }
    if (value === undefined || value === null) return fallback;
    return typeof value === "object" ? JSON.stringify(value) : String(value as string | number | boolean);
  });
}
