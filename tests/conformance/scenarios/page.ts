import { providerScenarios, type ScenarioOutcome } from "@voxline/core/testing";

export type Path = "direct" | "through the gateway";

/** How every scenario ended, by provider, path and scenario. */
export class Outcomes {
  readonly #cells = new Map<string, ScenarioOutcome>();

  /** Notes an outcome; both ways of reading must come to the same. */
  add(provider: string, path: Path, scenario: string, outcome: ScenarioOutcome): void {
    const key = [provider, path, scenario].join("\n");
    const before = this.#cells.get(key);
    if (before !== undefined && JSON.stringify(before) !== JSON.stringify(outcome)) {
      throw new TypeError(
        `"${scenario}" ends with ${JSON.stringify(before)} by one reader and ${JSON.stringify(outcome)} by another.`,
      );
    }
    this.#cells.set(key, outcome);
  }

  get size(): number {
    return this.#cells.size;
  }

  get(provider: string, path: Path, scenario: string): ScenarioOutcome | undefined {
    return this.#cells.get([provider, path, scenario].join("\n"));
  }
}

function cellOf(outcome: ScenarioOutcome | undefined): string {
  if (outcome === undefined) return "failed";
  return outcome.outcome === "passed" ? "passed" : `\`${outcome.because}\``;
}

function table(outcomes: Outcomes, providers: readonly string[], path: Path): string {
  const rows = providerScenarios.map(({ area, name }) => {
    const cells = providers.map((provider) => cellOf(outcomes.get(provider, path, name)));
    return `| ${area} | ${name} | ${cells.join(" | ")} |`;
  });
  return [`| | | ${providers.join(" | ")} |`, `| --- | --- | ${providers.map(() => "---").join(" | ")} |`, ...rows].join("\n");
}

/** What was held against which provider, and how it ended. */
export function conformancePage(outcomes: Outcomes, providers: readonly string[]): string {
  return `# Conformance

<!-- Written by \`npm run reference\` from a run of \`pnpm test:conformance\`. -->

Every provider plays the same ${providerScenarios.length} scenarios, by \`subscribe\` and by \`getStreamingResponse\`, against an emulator of its service: Voxline's
gateway, which speaks that service's protocol, in front of the local model. No real service takes part. Where a scenario does not
apply, the capability that says so stands in its place; what the provider must do instead (refuse, warn) was checked all the same.
How to run the scenarios with a provider of your own: [the guide](../guides/conformance.md).

## Directly

The provider's client and the emulator of its service.

${table(outcomes, providers, "direct")}

## Through the gateway

OpenAI's client, a gateway, the provider's client, the emulator of its service. A gateway takes what OpenAI's protocol can say and
does what it can with it: what is written here as not applicable is what the provider behind it lacks, or OpenAI's protocol.

${table(outcomes, providers, "through the gateway")}
`;
}
