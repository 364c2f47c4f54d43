// One field of each provider's wire, written by its client and read by the gateway's protocol or the other way round; `from` is renamed
// to `to` wherever it stands in `folders`, on both sides alike. `fixtures` and `sdk` are the names of the tests that should notice.

const WIRE = "packages/providers/src/openai-wire";
const FAMILY = "packages/gateway/src/server/protocols/openai-family";

export const renames = [
  {
    provider: "openai",
    from: "output_modalities",
    to: "output_kinds",
    folders: [WIRE, FAMILY],
    fixtures: "documented for 'openai'",
    sdk: "'openai' holds",
  },
  {
    provider: "azure-openai",
    from: "max_response_output_tokens",
    to: "max_response_tokens",
    folders: [WIRE, "packages/gateway/src/server/protocols/azure-openai"],
    fixtures: "documented for 'azure-openai/preview'",
  },
  {
    provider: "azure-openai",
    from: "input_audio_transcription",
    to: "input_audio_writing",
    folders: [WIRE, FAMILY, "packages/gateway/src/server/protocols/azure-openai"],
    fixtures: "documented for 'azure-openai/preview'",
    sdk: "'openai beta .azure\\(\\)' holds",
  },
  {
    provider: "voice-live",
    from: "input_audio_sampling_rate",
    to: "input_audio_rate",
    folders: ["packages/providers/src/voice-live", "packages/gateway/src/server/protocols/voice-live"],
    fixtures: "documented for 'voice-live'",
  },
  {
    provider: "voice-live",
    from: '"response.audio_transcript.delta"',
    to: '"response.audio_words.delta"',
    folders: [WIRE, FAMILY, "packages/gateway/src/server/protocols/voice-live"],
    fixtures: "documented for 'voice-live'",
    sdk: "'@azure/ai-voicelive' holds",
  },
  {
    provider: "gemini",
    from: "functionResponses",
    to: "functionReplies",
    folders: ["packages/providers/src/gemini", "packages/gateway/src/server/protocols/gemini"],
    sdk: "'@google/genai' holds",
  },
  {
    provider: "gemini",
    from: "turnComplete",
    to: "turnOver",
    folders: ["packages/providers/src/gemini", "packages/gateway/src/server/protocols/gemini"],
    fixtures: "documented for 'gemini'",
    sdk: "'@google/genai' holds a turn",
  },
  {
    provider: "dashscope",
    from: "input_tokens_details",
    to: "input_token_parts",
    folders: [WIRE, "packages/providers/src/dashscope", "packages/gateway/src/server/protocols/dashscope"],
    fixtures: "documented for 'dashscope'",
  },
  {
    provider: "dashscope",
    from: "input_audio_transcription",
    to: "input_audio_writing",
    folders: [WIRE, FAMILY, "packages/providers/src/dashscope", "packages/gateway/src/server/protocols/dashscope"],
    fixtures: "documented for 'dashscope'",
    sdk: "DashScope",
  },
];
