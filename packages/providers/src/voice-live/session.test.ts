import { describe, expect, test } from "vitest";
import type {
  AudioInputTranscriptionOptions,
  AzureSemanticVad,
  AzureSemanticVadEn,
  AzureSemanticVadMultilingual,
  ClientEventSessionUpdate,
  ClientEventUnion,
  RequestSession,
  ServerVad,
  Voice,
} from "@azure/ai-voicelive";
import {
  PCM16_16K,
  PCM16_24K,
  PCMA_8K,
  PCMU_8K,
  type AudioFormat,
  type RealtimeSessionOptions,
  type RealtimeTool,
  type TranscriptionOptions,
  type TurnDetection,
} from "@voxline/core";
import { azureSemanticVad, serverVad, voiceLiveOptions, type VoiceLiveRealtimeOptions } from "./index.ts";
import { openSession, settle, types, written, type Frame } from "./fake-service.kit.ts";

const PCM16_8K: AudioFormat = { mediaType: "audio/pcm", sampleRate: 8000, channels: 1 };

/** The session the official client writes for these wishes. */
const asSdk = (session: RequestSession): Frame =>
  written({ type: "session.update", session } satisfies ClientEventSessionUpdate as ClientEventUnion)["session"] as Frame;

/** The session object our client opens with. */
async function asked(options: RealtimeSessionOptions, init?: VoiceLiveRealtimeOptions): Promise<Frame> {
  const { service } = await openSession(options, init);
  expect(service.types[0]).toBe("session.update");
  return service.asked;
}

const DEFAULTS = {
  modalities: ["text", "audio"],
  voice: { type: "azure-standard", name: "en-US-AvaNeural" },
  inputAudioFormat: "pcm16",
  inputAudioSamplingRate: 24000,
  outputAudioFormat: "pcm16",
  turnDetection: {
    type: "server_vad",
    threshold: 0.5,
    prefixPaddingInMs: 300,
    silenceDurationInMs: 500,
  } satisfies ServerVad as ServerVad,
} satisfies RequestSession;

describe("opening", () => {
  test("[row 82, 83, 84] says the defaults, and neither a temperature nor a limit nobody set", async () => {
    expect(await asked({})).toEqual(asSdk(DEFAULTS));
  });

  test("[row 84] says temperature and limit where they are set", async () => {
    const wished = await asked({ temperature: 0.7, maxOutputTokens: 200, instructions: "Be brief." });
    expect(wished).toEqual(asSdk({ ...DEFAULTS, temperature: 0.7, maxResponseOutputTokens: 200, instructions: "Be brief." }));
    expect((await asked({ maxOutputTokens: "inf" }))["max_response_output_tokens"]).toBe("inf");
  });

  test("[row 35] the service's answer is what is in force", async () => {
    const { session, messages } = await openSession({ instructions: "Be brief.", voice: "Marin" });
    expect(types(messages)).toEqual(["SessionCreated", "SessionUpdated"]);
    expect(session.options).toMatchObject({
      instructions: "Be brief.",
      voice: "marin",
      outputModalities: ["text", "audio"],
      turnDetection: { type: "server", threshold: 0.5, prefixPaddingMs: 300, silenceDurationMs: 500 },
      temperature: 0.8,
    });
  });

  test("[row 85] a session in writing has neither voice nor output format", async () => {
    const { modalities: _m, voice: _v, outputAudioFormat: _o, ...rest } = DEFAULTS;
    expect(await asked({ outputModalities: ["text"] })).toEqual(asSdk({ ...rest, modalities: ["text"] }));
  });

  test("audio never goes alone", async () => {
    expect((await asked({ outputModalities: ["audio"] }))["modalities"]).toEqual(["text", "audio"]);
  });

  test("raw settings count as said, and are asked for once", async () => {
    let calls = 0;
    const wished = await asked({
      rawOptions: () => {
        calls += 1;
        return {
          voice: { type: "openai", name: "sage" },
          turn_detection: null,
          modalities: ["text"],
          output_audio_format: "g711_ulaw",
        };
      },
    });
    expect(wished).toEqual({
      voice: { type: "openai", name: "sage" },
      turn_detection: null,
      modalities: ["text"],
      output_audio_format: "g711_ulaw",
      input_audio_format: "pcm16",
      input_audio_sampling_rate: 24000,
    });
    expect(calls).toBe(1);
  });

  test("an agent's own settings hold, and a warning says what was left out", async () => {
    const { service, messages } = await openSession(
      { instructions: "Be brief.", temperature: 1, toolMode: "auto", tools: [], voice: "en-US-AvaNeural" },
      { agent: { agentName: "a", projectName: "p" } },
    );
    expect(service.asked).toEqual(asSdk({ voice: { type: "azure-standard", name: "en-US-AvaNeural" } as Voice }));
    expect(messages.filter((message) => message.type === "Warning").map((message) => message.message)).toEqual([
      'The option "instructions" was ignored: the agent\'s own settings hold.',
      'The option "temperature" was ignored: the agent\'s own settings hold.',
      'The option "toolMode" was ignored: the agent\'s own settings hold.',
      'The option "tools" was ignored: the agent\'s own settings hold.',
    ]);
  });

  test("options without a field here are warned of", async () => {
    const { messages } = await openSession({
      prompt: { id: "p" },
      voice: "sage",
      voiceSpeed: 1.2,
      transcription: { model: "whisper-1", delay: "low" },
      turnDetection: { type: "server", idleTimeoutMs: 5000 },
    });
    const ignored = messages
      .filter((message) => message.type === "Warning")
      .map((message) => /"([^"]+)"/.exec(message.message)?.[1]);
    expect(ignored).toHaveLength(4);
    expect(ignored).toEqual(
      expect.arrayContaining(["prompt", "transcription.delay", "turnDetection.idleTimeoutMs", "voiceSpeed"]),
    );
  });
});

describe("voices", () => {
  test.each([
    ["alloy", "alloy"],
    ["MARIN", "marin"],
    ["Shimmer", "shimmer"],
    ["en-US-AvaNeural", { type: "azure-standard", name: "en-US-AvaNeural" }],
    ["de-DE-SeraphinaMultilingualNeural", { type: "azure-standard", name: "de-DE-SeraphinaMultilingualNeural" }],
    ["en-US-Ava:DragonHDLatestNeural", { type: "azure-standard", name: "en-US-Ava:DragonHDLatestNeural" }],
    ["zh-CN-Xiaochen:DragonHDFlashLatestNeural", { type: "azure-standard", name: "zh-CN-Xiaochen:DragonHDFlashLatestNeural" }],
    ["zh-CN-liaoning-XiaobeiNeural", { type: "azure-standard", name: "zh-CN-liaoning-XiaobeiNeural" }],
    ["sr-Latn-RS-NicholasNeural", { type: "azure-standard", name: "sr-Latn-RS-NicholasNeural" }],
    ["es-419-SomeoneNeural", { type: "azure-standard", name: "es-419-SomeoneNeural" }],
    ["some-future-voice", "some-future-voice"],
    ["ava", "ava"],
  ] satisfies [string, Voice][])("[row 81] %s goes in the form its kind needs", async (name, voice) => {
    expect((await asked({ voice: name }))["voice"]).toEqual(asSdk({ voice })["voice"]);
  });

  test.each([
    { type: "openai", name: "coral" },
    {
      type: "azure-custom",
      name: "mine",
      endpointId: "1234",
      temperature: 0.7,
      style: "cheerful",
      customLexiconUrl: "https://contoso.com/lexicon.xml",
      customTextNormalizationUrl: "https://contoso.com/itn",
      preferLocales: ["en-GB", "es-ES"],
      locale: "en-US",
      pitch: "+10%",
      rate: "1.2",
      volume: "loud",
    },
    { type: "azure-personal", name: "me", model: "DragonLatestNeural" },
    { type: "avatar-voice-sync", model: "DragonLatestNeural" },
    { type: "azure-realtime-native", name: "ava" },
  ] as const)("[row 81] an object of type $type passes through", async (voice) => {
    expect((await asked({ rawOptions: voiceLiveOptions({ voice }) }))["voice"]).toEqual(
      asSdk({ voice: voice as Voice })["voice"],
    );
  });

  test("a speed is a part of an Azure voice that is named beside it", async () => {
    expect((await asked({ voice: "en-US-AvaNeural", voiceSpeed: 1.2 }))["voice"]).toEqual({
      name: "en-US-AvaNeural",
      type: "azure-standard",
      rate: "1.2",
    });
    expect((await asked({ voiceSpeed: 0.8 }))["voice"]).toEqual({ name: "en-US-AvaNeural", type: "azure-standard", rate: "0.8" });
    expect((await asked({ voice: "marin", voiceSpeed: 0.8 }))["voice"]).toBe("marin");
  });

  test("[row 82, 90] an update leaves the voice alone, or changes it in the middle of a call", async () => {
    const { service, session } = await openSession();
    await session.update({ instructions: "Be quick." });
    expect(service.last("session.update")?.["session"]).toEqual(asSdk({ instructions: "Be quick." }));
    await session.update({ voice: "en-GB-SoniaNeural" });
    expect(service.last("session.update")?.["session"]).toEqual(
      asSdk({ voice: { type: "azure-standard", name: "en-GB-SoniaNeural" } as Voice }),
    );
    expect(session.options).toMatchObject({ voice: "en-GB-SoniaNeural", instructions: "Be quick." });
  });
});

describe("formats", () => {
  test.each([
    [PCM16_24K, { inputAudioFormat: "pcm16", inputAudioSamplingRate: 24000, outputAudioFormat: "pcm16" }],
    [PCM16_16K, { inputAudioFormat: "pcm16", inputAudioSamplingRate: 16000, outputAudioFormat: "pcm16_16000hz" }],
    [PCM16_8K, { inputAudioFormat: "pcm16", inputAudioSamplingRate: 8000, outputAudioFormat: "pcm16_8000hz" }],
    [PCMU_8K, { inputAudioFormat: "g711_ulaw", inputAudioSamplingRate: 8000, outputAudioFormat: "g711_ulaw" }],
    [PCMA_8K, { inputAudioFormat: "g711_alaw", inputAudioSamplingRate: 8000, outputAudioFormat: "g711_alaw" }],
  ] satisfies [AudioFormat, RequestSession][])("[row 64] $mediaType at $sampleRate Hz in and out", async (format, session) => {
    const { service, session: live } = await openSession({ inputAudioFormat: format, outputAudioFormat: format });
    expect(service.asked).toMatchObject(asSdk(session));
    expect(live.options).toMatchObject({ inputAudioFormat: format, outputAudioFormat: format });
  });

  test("what the service has no format for is refused before anything is sent", async () => {
    for (const format of [
      { ...PCM16_24K, sampleRate: 48000 },
      { ...PCMU_8K, sampleRate: 16000 },
      { ...PCM16_24K, channels: 2 },
    ]) {
      await expect(openSession({ inputAudioFormat: format })).rejects.toMatchObject({ code: "config.invalid" });
    }
    const { session } = await openSession();
    await expect(session.update({ outputAudioFormat: { ...PCM16_24K, sampleRate: 44100 } })).rejects.toMatchObject({
      code: "unsupported.update",
      message:
        "Voice Live has no audio/pcm at 44100 Hz; it takes PCM16 at 24,000, 16,000 or 8,000 Hz and G.711 at 8,000 Hz, mono.",
    });
  });

  test("the second channel may be what the speaker plays", async () => {
    const stereo = { ...PCM16_24K, channels: 2 };
    const rawOptions = voiceLiveOptions({ echoCancellation: { referenceSource: "client", channels: 2 } });
    const { service, session } = await openSession({ inputAudioFormat: stereo, rawOptions });
    expect(service.asked).toMatchObject(
      asSdk({
        inputAudioFormat: "pcm16",
        inputAudioEchoCancellation: { type: "server_echo_cancellation", referenceSource: "client", channels: 2 },
      }),
    );
    expect(session.options.inputAudioFormat).toEqual(stereo);
  });
});

describe("turn detection", () => {
  const manner = { threshold: 0.4, createResponse: false, interruptResponse: true, autoTruncate: true };
  const times = { prefixPaddingMs: 200, silenceDurationMs: 600, speechDurationMs: 80 };
  const sdkTimes = { prefixPaddingInMs: 200, silenceDurationInMs: 600, speechDurationInMs: 80 };
  const end = { model: "semantic_detection_v1_en", thresholdLevel: "low", timeoutMs: 800 } as const;
  const sdkEnd = { model: "semantic_detection_v1_en", thresholdLevel: "low", timeoutInMs: 800 };

  test.each([
    [azureSemanticVad(), { type: "azure_semantic_vad" } satisfies AzureSemanticVad],
    [
      azureSemanticVad({ ...manner, ...times, removeFillerWords: true, languages: ["en"], endOfUtteranceDetection: end }),
      {
        type: "azure_semantic_vad",
        ...manner,
        ...sdkTimes,
        removeFillerWords: true,
        languages: ["en"],
        endOfUtteranceDetection: sdkEnd,
      } satisfies AzureSemanticVad,
    ],
    [
      azureSemanticVad({ variant: "en", ...times, removeFillerWords: false }),
      { type: "azure_semantic_vad_en", ...sdkTimes, removeFillerWords: false } satisfies AzureSemanticVadEn,
    ],
    [
      azureSemanticVad({ variant: "multilingual", languages: ["de", "fr"], endOfUtteranceDetection: {} }),
      {
        type: "azure_semantic_vad_multilingual",
        languages: ["de", "fr"],
        endOfUtteranceDetection: { model: "semantic_detection_v1" },
      } satisfies AzureSemanticVadMultilingual,
    ],
    [
      serverVad({ ...manner, prefixPaddingMs: 300, endOfUtteranceDetection: { timeoutMs: 500 } }),
      {
        type: "server_vad",
        ...manner,
        prefixPaddingInMs: 300,
        endOfUtteranceDetection: { model: "semantic_detection_v1", timeoutInMs: 500 },
      } satisfies ServerVad,
    ],
    [
      { type: "server", threshold: 0.6, createResponse: false },
      { type: "server_vad", threshold: 0.6, createResponse: false } satisfies ServerVad,
    ],
  ] as [TurnDetection, ServerVad | AzureSemanticVad][])(
    "%j is written as the official client does",
    async (detection, turnDetection) => {
      const { service, session } = await openSession({ turnDetection: detection });
      const { turn_detection: wished } = service.asked;
      expect(wished).toEqual(asSdk({ turnDetection })["turn_detection"]);
      expect(session.options.turnDetection).toEqual(detection);
    },
  );

  test("what the official client has no words for is written as the reference names it", async () => {
    const semantic = await asked({ turnDetection: { type: "semantic", eagerness: "low" } });
    expect(semantic["turn_detection"]).toEqual({ type: "semantic_vad", eagerness: "low" });
    const told = await asked({ turnDetection: azureSemanticVad({ autoTruncate: true, appendedTextAfterTruncation: " [cut]" }) });
    expect(told["turn_detection"]).toEqual({
      type: "azure_semantic_vad",
      auto_truncate: true,
      appended_text_after_truncation: " [cut]",
    });
  });

  test("none means that the client says when a turn ends", async () => {
    const { service, session } = await openSession({ turnDetection: { type: "none" } });
    expect(service.asked["turn_detection"]).toBeNull();
    expect(session.options.turnDetection).toEqual({ type: "none" });
  });
});

describe("transcription", () => {
  test.each([
    [{ model: "whisper-1", language: "en" }, undefined, { model: "whisper-1", language: "en" }],
    [
      { keywords: ["Voxline"], languages: ["en", "zh"] },
      "gpt-4.1",
      { model: "azure-speech", language: "en,zh", phraseList: ["Voxline"] },
    ],
    [{}, "gpt-realtime-mini", { model: "whisper-1" }],
    [{}, "azure-realtime", { model: "azure-speech" }],
  ] as [TranscriptionOptions, string | undefined, AudioInputTranscriptionOptions][])(
    "%j with model %s",
    async (transcription, model, expected) => {
      const { service, session } = await openSession({ transcription, model });
      const wished = service.asked["input_audio_transcription"];
      expect(wished).toEqual(asSdk({ inputAudioTranscription: expected })["input_audio_transcription"]);
      expect(session.options.transcription?.keywords).toEqual(transcription.keywords);
    },
  );

  test("a prompt, which OpenAI's models take and the official client does not know, is sent", async () => {
    const wished = await asked({ transcription: { model: "gpt-4o-transcribe", prompt: "Names of cities." } });
    expect(wished["input_audio_transcription"]).toEqual({ model: "gpt-4o-transcribe", prompt: "Names of cities." });
  });

  test("the customer's speech models stand beside the common fields", async () => {
    const rawOptions = voiceLiveOptions({ customSpeech: { "en-US": "8a2b" } });
    const wished = await asked({ model: "gpt-4o", transcription: { keywords: ["Voxline"] }, rawOptions });
    const sdk = { model: "azure-speech", phraseList: ["Voxline"], customSpeech: { "en-US": "8a2b" } };
    expect(wished["input_audio_transcription"]).toEqual(asSdk({ inputAudioTranscription: sdk })["input_audio_transcription"]);
  });
});

describe("the service's own settings", () => {
  test("are written as the official client writes them", async () => {
    const wished = await asked({
      rawOptions: voiceLiveOptions({
        noiseSuppression: "azure_deep_noise_suppression",
        echoCancellation: {},
        animation: { modelName: "default", outputs: ["viseme_id", "blendshapes"] },
        timestamps: ["word"],
        interimResponse: { type: "static", texts: ["One moment."], triggers: ["latency", "tool"], latencyThresholdMs: 1500 },
        reasoningEffort: "low",
        include: ["item.input_audio_transcription.phrases", "file_search_call.results"],
        metadata: { tenantId: "7" },
        avatar: {
          type: "photo-avatar",
          character: "anika",
          model: "vasa-1",
          style: "casual",
          iceServers: [{ urls: ["turn:contoso"], username: "u", credential: "c" }],
          video: {
            bitrate: 2_000_000,
            codec: "h264",
            gopSize: 10,
            crop: { topLeft: [560, 0], bottomRight: [1360, 1080] },
            resolution: { width: 1080, height: 1920 },
            background: { imageUrl: "https://contoso.com/b.png" },
          },
          scene: { zoom: 1, positionX: 0.1, positionY: 0, rotationX: 0, rotationY: 0.2, rotationZ: 0, amplitude: 0.6 },
          outputProtocol: "websocket",
          outputAuditAudio: true,
        },
      }),
    });
    expect(wished).toEqual(
      asSdk({
        ...DEFAULTS,
        modalities: ["text", "audio", "avatar"],
        inputAudioNoiseReduction: { type: "azure_deep_noise_suppression" },
        inputAudioEchoCancellation: { type: "server_echo_cancellation" },
        animation: { modelName: "default", outputs: ["viseme_id", "blendshapes"] },
        outputAudioTimestampTypes: ["word"],
        interimResponse: {
          type: "static_interim_response",
          texts: ["One moment."],
          triggers: ["latency", "tool"],
          latencyThresholdInMs: 1500,
        },
        reasoningEffort: "low",
        include: ["item.input_audio_transcription.phrases", "file_search_call.results"],
        metadata: { tenantId: "7" },
        avatar: {
          type: "photo-avatar",
          character: "anika",
          model: "vasa-1",
          style: "casual",
          customized: false,
          iceServers: [{ urls: ["turn:contoso"], username: "u", credential: "c" }],
          video: {
            bitrate: 2_000_000,
            codec: "h264",
            gopSize: 10,
            crop: { topLeft: [560, 0], bottomRight: [1360, 1080] },
            resolution: { width: 1080, height: 1920 },
            background: { imageUrl: "https://contoso.com/b.png" },
          },
          scene: { zoom: 1, positionX: 0.1, positionY: 0, rotationX: 0, rotationY: 0.2, rotationZ: 0, amplitude: 0.6 },
          outputProtocol: "websocket",
          outputAuditAudio: true,
        },
      }),
    );
  });

  test("an interim answer may be a small model's", async () => {
    const rawOptions = voiceLiveOptions({
      interimResponse: { type: "llm", model: "gpt-4.1-mini", instructions: "Acknowledge.", maxCompletionTokens: 30 },
    });
    expect((await asked({ rawOptions }))["interim_response"]).toEqual(
      asSdk({
        interimResponse: {
          type: "llm_interim_response",
          model: "gpt-4.1-mini",
          instructions: "Acknowledge.",
          maxCompletionTokens: 30,
        },
      })["interim_response"],
    );
  });

  test("common fields are written over them, and other modalities stay beside speech and text", async () => {
    const rawOptions = voiceLiveOptions({ voice: { type: "openai", name: "sage" }, modalities: ["text", "animation"] });
    const wished = await asked({ voice: "marin", outputModalities: ["text", "audio"], noiseReduction: "far_field", rawOptions });
    expect(wished).toMatchObject({
      voice: "marin",
      modalities: ["text", "audio", "animation"],
      input_audio_noise_reduction: { type: "far_field" },
    });
  });

  test("null clears them in a live session", async () => {
    const { service, session } = await openSession({ rawOptions: voiceLiveOptions({ echoCancellation: {} }) });
    await session.update({
      noiseReduction: null,
      transcription: null,
      turnDetection: null,
      tools: null,
      toolMode: null,
      parallelToolCalls: null,
      instructions: null,
      maxOutputTokens: null,
      inputAudioFormat: null,
      outputAudioFormat: null,
      outputModalities: null,
      rawOptions: voiceLiveOptions({ echoCancellation: null, avatar: null, interimResponse: null }),
    });
    expect(service.last("session.update")?.["session"]).toEqual({
      input_audio_noise_reduction: null,
      input_audio_transcription: null,
      input_audio_echo_cancellation: null,
      avatar: null,
      interim_response: null,
      turn_detection: null,
      tools: [],
      tool_choice: "auto",
      parallel_tool_calls: true,
      instructions: "",
      max_response_output_tokens: "inf",
      input_audio_format: "pcm16",
      input_audio_sampling_rate: 24000,
      output_audio_format: "pcm16",
      modalities: ["text", "audio"],
    });
    for (const patch of [{ voice: null }, { temperature: null }]) {
      await expect(session.update(patch)).rejects.toMatchObject({ code: "unsupported.update" });
    }
  });
});

describe("tools", () => {
  const weather: RealtimeTool = {
    type: "function",
    name: "get_weather",
    description: "The weather in a city.",
    parameters: { type: "object", properties: { city: { type: "string" } } },
  };

  test("[row 67, 89] functions and servers are written as the official client writes them", async () => {
    const tools: RealtimeTool[] = [
      weather,
      {
        type: "mcp",
        serverLabel: "docs",
        serverUrl: "https://contoso.com/mcp",
        serverDescription: "Only for the model's eyes.",
        authorization: "Bearer x",
        headers: { "x-a": "b" },
        allowedTools: { toolNames: ["search", "read"] },
        requireApproval: { never: ["search"], always: { toolNames: ["read"] } },
      },
      { type: "mcp", serverLabel: "plain", serverUrl: "https://contoso.com/mcp", allowedTools: ["a"], requireApproval: "never" },
    ];
    const { service, session } = await openSession({ tools, toolMode: { function: "get_weather" }, parallelToolCalls: false });
    const { parallel_tool_calls: parallel, ...wished } = service.asked;
    expect(wished).toEqual(
      asSdk({
        ...DEFAULTS,
        tools: [
          weather as Required<RequestSession>["tools"][number],
          {
            type: "mcp",
            serverLabel: "docs",
            serverUrl: "https://contoso.com/mcp",
            authorization: "Bearer x",
            headers: { "x-a": "b" },
            allowedTools: ["search", "read"],
            requireApproval: { always: ["read"], never: ["search"] },
          } as Required<RequestSession>["tools"][number],
          {
            type: "mcp",
            serverLabel: "plain",
            serverUrl: "https://contoso.com/mcp",
            allowedTools: ["a"],
            requireApproval: "never",
          } as Required<RequestSession>["tools"][number],
        ],
        toolChoice: { type: "function", name: "get_weather" } as Exclude<RequestSession["toolChoice"], undefined>,
      }),
    );
    // In the reference, and not in the official client's types.
    expect(parallel).toBe(false);
    expect(session.options.tools).toEqual(tools);
  });

  test.each([
    ["a connector", { type: "mcp", serverLabel: "s", connectorId: "c" }, {}, "by address"],
    [
      "a filter by kind",
      { type: "mcp", serverLabel: "s", serverUrl: "u", allowedTools: { readOnly: true } },
      {},
      "by name alone",
    ],
    [
      "programs as the only callers",
      { type: "mcp", serverLabel: "s", serverUrl: "u", allowedCallers: ["programmatic"] },
      {},
      "allowedCallers",
    ],
    [
      "a server in an old version",
      { type: "mcp", serverLabel: "s", serverUrl: "u" },
      { apiVersion: "2025-10-01" },
      "from api-version 2026-04-10",
    ],
  ] satisfies [string, RealtimeTool, VoiceLiveRealtimeOptions, string][])("%s is refused", async (_, tool, init, words) => {
    await expect(openSession({ tools: [tool] }, init)).rejects.toMatchObject({
      code: "config.invalid",
      message: expect.stringContaining(words),
    });
  });

  test("a server cannot be the tool that must be called", async () => {
    const { session } = await openSession();
    await expect(session.update({ toolMode: { mcp: "docs" } })).rejects.toMatchObject({ code: "unsupported.update" });
  });
});

describe("a live session", () => {
  test("its own detection survives an update of something else", async () => {
    const { session } = await openSession({ turnDetection: azureSemanticVad({ autoTruncate: true }) });
    await session.update({ instructions: "Go on." });
    await settle();
    expect(session.options.turnDetection).toEqual({ type: "raw", value: { type: "azure_semantic_vad", auto_truncate: true } });
  });
});
