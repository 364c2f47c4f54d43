import type { RealtimeCapabilities } from "@voxline/core";

const MEANING: Readonly<Record<keyof RealtimeCapabilities, string>> = {
  tools: "takes tools and calls them",
  hostedMcp: "calls MCP servers by itself",
  textInput: "takes text",
  imageInput: "takes pictures: inside an item, beside the audio, both, or not",
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

/** What providers can do, side by side. */
export function capabilitiesPage(providers: Readonly<Record<string, RealtimeCapabilities>>): string {
  const names = Object.keys(providers);
  const cell = (value: RealtimeCapabilities[keyof RealtimeCapabilities]): string => {
    if (value === undefined) return "–";
    if (typeof value === "boolean") return value ? "yes" : "no";
    if (typeof value !== "object") return String(value);
    return value
      .map(({ mediaType, sampleRate, channels }) => `${mediaType} ${sampleRate} Hz${channels === 1 ? "" : ` × ${channels}`}`)
      .join("<br>");
  };
  const rows = (Object.keys(MEANING) as (keyof RealtimeCapabilities)[]).map(
    (key) => `| \`${key}\` | ${MEANING[key]} | ${names.map((name) => cell(providers[name]?.[key])).join(" | ")} |`,
  );
  return `# Capabilities

<!-- Written by \`npm run reference\` from what the providers declare. -->

\`session.capabilities\` says what a provider can do, as data: ask before you send, instead of catching \`unsupported.message\`.

| | | ${names.join(" | ")} |
| --- | --- | ${names.map(() => "---").join(" | ")} |
${rows.join("\n")}
`;
}
