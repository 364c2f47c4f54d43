import type { ProviderErrorNote, ProviderLimits } from "@voxline/providers/wire";

/** Every limit a provider states, in one table with its date. */
export function limitsPage(providers: Readonly<Record<string, ProviderLimits>>): string {
  const rows = Object.entries(providers).flatMap(([provider, limits]) =>
    limits.map(({ what, value, source, readOn }) => `| ${provider} | ${what} | ${value} | ${readOn} | ${source} |`),
  );
  return `# Limits of the providers

<!-- Written by \`npm run reference\` from what the providers' folders say. -->

What the services state of themselves, and when it was read there. They change: OpenAI's longest session was 15 minutes, then
30, and is 60 now. No code branches on this table; \`session.metadata.expiresAt\`, \`SessionGoingAway\` and \`capabilities.maxSessionMs\` are what
[continuity](../guides/continuity.md) acts on.

| provider | what | limit | read on | where |
| --- | --- | --- | --- | --- |
${rows.join("\n")}
`;
}

/** What each provider reports, and what helps. */
export function providerErrorsPage(providers: Readonly<Record<string, readonly ProviderErrorNote[]>>): string {
  const parts = Object.entries(providers).map(([provider, notes]) => {
    const rows = notes.map(
      ({ code, meaning, recoverable, action }) => `| ${inWords(code)} | ${meaning} | ${recoverable ? "yes" : "no"} | ${action} |`,
    );
    return `## ${provider}\n\n| code | meaning | recoverable | what helps |\n| --- | --- | --- | --- |\n${rows.join("\n")}\n`;
  });
  return `# Errors of the providers

<!-- Written by \`npm run reference\` from what the providers' folders say. -->

What the services report: \`error.code\` of an Error message and \`providerCode\` of a \`RealtimeProviderError\`, a status of the upgrade, or the
close code of the connection. What Voxline itself reports is in [errors](errors.md).

${parts.join("\n")}`;
}

/** Codes as code; where a failure has none, how it shows, in plain words. */
function inWords(code: string): string {
  return code.replaceAll(/[A-Za-z]+(_[a-z]+)+|^\w+$/g, (name) => `\`${name}\``);
}
