import type { RealtimeCapabilities } from "@voxline/core";

const MEANING: Readonly<Record<keyof RealtimeCapabilities, string>> = {
  tools: "takes tools and calls them",
  hostedMcp: "calls MCP servers by itself",
  textInput: "takes text",
  imageInput: "takes pictures: inside an item, beside the audio, both, or not",
  inputActivity: "is told when the user begins and ends to speak",
  clearInput: "takes back audio that was not committed",
  history: "how what was said before reaches the model",
  voiceChange: "when the voice may change",
  cancel: "whether an answer can be cancelled, and what that costs",
  truncate: "takes what was heard of an answer",
  storedPrompts: "takes prompts that are stored with the provider",
  editItems: "deletes and retrieves items",
  update: "takes changes of a live session",
  resume: "resumes a session that was lost",
  pause: "`pause` reaches the sender",
  secondResponse: "what a second ResponseCreate does while a response is active",
  interruptsItself: "stops its answer when the user speaks",
  inputFormats: "audio it takes",
  outputFormats: "audio it gives",
  maxSessionMs: "the longest session, in milliseconds",
};

/** What a provider's sessions can do, and where some of them differ, by a few words such as "preview path". */
export interface CapabilitiesColumn {
  readonly usual: RealtimeCapabilities;
  readonly others?: Readonly<Record<string, RealtimeCapabilities>>;
}

/** What providers can do, side by side. */
export function capabilitiesPage(providers: Readonly<Record<string, CapabilitiesColumn>>): string {
  const columns = Object.values(providers);
  const rows = (Object.keys(MEANING) as (keyof RealtimeCapabilities)[]).map(
    (key) => `| \`${key}\` | ${MEANING[key]} | ${columns.map((column) => cellOf(column, key)).join(" | ")} |`,
  );
  return `# Capabilities

<!-- Written by \`npm run reference\` from what the providers declare. -->

\`session.capabilities\` says what a provider can do, as data: ask before you send, instead of catching \`unsupported.message\`. What
differs within a provider stands in its cell. What the words come down to on the wire is told on [each provider's page](../providers/README.md).

| | | ${Object.keys(providers).join(" | ")} |
| --- | --- | ${columns.map(() => "---").join(" | ")} |
${rows.join("\n")}
`;
}

function cellOf({ usual, others = {} }: CapabilitiesColumn, key: keyof RealtimeCapabilities): string {
  const is = inWords(usual[key]);
  const differing = Object.entries(others).flatMap(([name, capabilities]) => {
    const there = inWords(capabilities[key]);
    return there === is ? [] : [`${name}: ${there}`];
  });
  return [is, ...differing].join("<br>");
}

function inWords(value: RealtimeCapabilities[keyof RealtimeCapabilities]): string {
  if (value === undefined) return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value !== "object") return String(value);
  return value
    .map(({ mediaType, sampleRate, channels }) => `${mediaType} ${sampleRate} Hz${channels === 1 ? "" : ` × ${channels}`}`)
    .join("<br>");
}
