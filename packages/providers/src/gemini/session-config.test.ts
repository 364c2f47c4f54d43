import { describe, expect, test } from "vitest";
import type { FunctionTool, HostedMcpTool, RealtimeSessionOptions, TurnDetection } from "@voxline/core";
import { client, connect, openSession, settle, type ClientFrame } from "./fake-service.kit.ts";
import { geminiOptions, geminiTurnDetection, type GeminiRealtimeOptions, type GeminiSessionOptions } from "./index.ts";

/** The setup of a session of these options, and the warnings it brought. */
async function setup(
  options: RealtimeSessionOptions,
  init: GeminiRealtimeOptions = {},
): Promise<{ readonly setup: NonNullable<ClientFrame["setup"]>; readonly warnings: string[] }> {
  const { service, messages } = await openSession(options, init);
  return {
    setup: service.received[0]?.setup ?? {},
    warnings: messages.flatMap((message) => (message.type === "Warning" ? [message.message] : [])),
  };
}

const PLAIN = client({
  setup: {
    model: "models/gemini-3.1-flash-live-preview",
    generationConfig: { responseModalities: ["AUDIO"] },
    outputAudioTranscription: {},
    contextWindowCompression: { slidingWindow: {} },
  },
}).setup;

describe("the setup", () => {
  test("[row 100] of no options: speech, its transcript, and compression", async () => {
    expect(await setup({})).toEqual({ setup: PLAIN, warnings: [] });
  });

  test("of every option that is the service's too", async () => {
    const { setup: written, warnings } = await setup({
      model: "models/m",
      instructions: "Be brief.",
      voice: "Kore",
      outputModalities: ["audio", "text"],
      temperature: 0.5,
      maxOutputTokens: 100,
      transcription: { language: "en-US", keywords: ["Voxline"] },
      resumption: {},
      toolMode: "auto",
    });
    expect(warnings).toEqual([]);
    expect(written).toEqual(
      client({
        setup: {
          model: "models/m",
          generationConfig: {
            responseModalities: ["AUDIO"],
            speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: "Kore" } } },
            temperature: 0.5,
            maxOutputTokens: 100,
          },
          systemInstruction: { parts: [{ text: "Be brief." }] },
          inputAudioTranscription: { languageCodes: ["en-US"], customVocabulary: ["Voxline"] },
          outputAudioTranscription: {},
          sessionResumption: {},
          contextWindowCompression: { slidingWindow: {} },
        },
      }).setup,
    );
  });

  test("of a session that writes has no transcript of what it says", async () => {
    const { setup: written } = await setup({ outputModalities: ["text"], maxOutputTokens: "inf" });
    expect(written.generationConfig).toEqual({ responseModalities: ["TEXT"] });
    expect(written.outputAudioTranscription).toBeUndefined();
  });

  test("tells what it cannot say", async () => {
    const { setup: written, warnings } = await setup({
      voiceSpeed: 1.2,
      noiseReduction: "near_field",
      parallelToolCalls: true,
      prompt: { id: "p" },
      toolMode: "required",
      transcription: { model: "whisper-1", prompt: "x", delay: "low" },
      turnDetection: { type: "server", idleTimeoutMs: 5_000, createResponse: false },
    });
    expect(warnings).toEqual([
      'The option "voiceSpeed" was ignored.',
      'The option "noiseReduction" was ignored.',
      'The option "parallelToolCalls" was ignored.',
      'The option "prompt" was ignored.',
      'The option "toolMode" was ignored: Gemini itself decides about calls.',
      "createResponse: false was ignored: Gemini answers every turn it notices.",
      "idleTimeoutMs was ignored: Gemini waits for as long as the user is silent.",
      '"model" of the transcription was ignored: Gemini chooses it itself.',
      '"prompt" of the transcription was ignored: Gemini chooses it itself.',
      '"delay" of the transcription was ignored: Gemini chooses it itself.',
    ]);
    expect(written).toEqual({
      ...PLAIN,
      inputAudioTranscription: {},
      realtimeInputConfig: { automaticActivityDetection: {} },
    });
  });
});

describe("turn detection", () => {
  test.each<[TurnDetection, NonNullable<ClientFrame["setup"]>["realtimeInputConfig"]]>([
    [{ type: "none" }, { automaticActivityDetection: { disabled: true } }],
    [
      { type: "server", threshold: 0.5, prefixPaddingMs: 100, silenceDurationMs: 500, interruptResponse: false },
      {
        automaticActivityDetection: {
          startOfSpeechSensitivity: "START_SENSITIVITY_HIGH",
          prefixPaddingMs: 100,
          silenceDurationMs: 500,
        },
        activityHandling: "NO_INTERRUPTION",
      },
    ],
    [{ type: "server", threshold: 0.8 }, { automaticActivityDetection: { startOfSpeechSensitivity: "START_SENSITIVITY_LOW" } }],
    [
      { type: "semantic", eagerness: "low", interruptResponse: true },
      {
        automaticActivityDetection: { endOfSpeechSensitivity: "END_SENSITIVITY_LOW" },
        activityHandling: "START_OF_ACTIVITY_INTERRUPTS",
      },
    ],
    [{ type: "semantic", eagerness: "auto" }, { automaticActivityDetection: {} }],
    [
      geminiTurnDetection({
        startSensitivity: "low",
        endSensitivity: "high",
        prefixPaddingMs: 20,
        silenceDurationMs: 300,
        interrupts: false,
        turnCoverage: "allInput",
      }),
      {
        automaticActivityDetection: {
          startOfSpeechSensitivity: "START_SENSITIVITY_LOW",
          endOfSpeechSensitivity: "END_SENSITIVITY_HIGH",
          prefixPaddingMs: 20,
          silenceDurationMs: 300,
        },
        activityHandling: "NO_INTERRUPTION",
        turnCoverage: "TURN_INCLUDES_ALL_INPUT",
      },
    ],
    [
      geminiTurnDetection({ turnCoverage: "activityAndAllVideo" }),
      { automaticActivityDetection: {}, turnCoverage: "TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO" },
    ],
    [{ type: "raw", value: { turnCoverage: "TURN_INCLUDES_ONLY_ACTIVITY" } }, { turnCoverage: "TURN_INCLUDES_ONLY_ACTIVITY" }],
  ])("%j", async (turnDetection, expected) => {
    expect((await setup({ turnDetection })).setup.realtimeInputConfig).toEqual(expected);
  });
});

describe("geminiOptions", () => {
  const raw = async (options: GeminiSessionOptions, more: RealtimeSessionOptions = {}) =>
    (await setup({ ...more, rawOptions: geminiOptions(options) })).setup;

  test("writes Gemini's own settings, and those of the session over them", async () => {
    const written = await raw(
      {
        thinking: { budget: 512, level: "low", includeThoughts: true },
        mediaResolution: "low",
        languageCode: "de-DE",
        topP: 0.9,
        topK: 40,
        seed: 7,
        affectiveDialog: true,
        proactiveAudio: true,
        googleSearch: true,
        codeExecution: true,
        urlContext: true,
        transparentResumption: true,
        explicitVadSignal: true,
        contextCompression: { triggerTokens: 20_000, targetTokens: 10_000 },
        setup: {
          generationConfig: { temperature: 0.1, stopSequences: ["x"] },
          safetySettings: [],
          tools: [{ googleMaps: {} }],
          systemInstruction: { parts: [{ text: "raw" }] },
        },
      },
      { voice: "Puck", temperature: 0.7, resumption: { handle: "h" } },
    );
    expect(written).toEqual(
      client({
        setup: {
          model: "models/gemini-3.1-flash-live-preview",
          generationConfig: {
            temperature: 0.7,
            stopSequences: ["x"],
            thinkingConfig: { thinkingBudget: 512, thinkingLevel: "LOW", includeThoughts: true },
            mediaResolution: "MEDIA_RESOLUTION_LOW",
            speechConfig: { languageCode: "de-DE", voiceConfig: { prebuiltVoiceConfig: { voiceName: "Puck" } } },
            topP: 0.9,
            topK: 40,
            seed: 7,
            enableAffectiveDialog: true,
            responseModalities: ["AUDIO"],
          },
          safetySettings: [],
          systemInstruction: { parts: [{ text: "raw" }] },
          tools: [{ googleMaps: {} }, { googleSearch: {} }, { codeExecution: {} }, { urlContext: {} }],
          proactivity: { proactiveAudio: true },
          sessionResumption: { transparent: true, handle: "h" },
          explicitVadSignal: true,
          outputAudioTranscription: {},
          contextWindowCompression: { triggerTokens: "20000", slidingWindow: { targetTokens: "10000" } },
        },
      }).setup,
    );
  });

  test("[row 100] switches compression off", async () => {
    expect((await raw({ contextCompression: false })).contextWindowCompression).toBeUndefined();
    expect((await raw({ contextCompression: {} })).contextWindowCompression).toEqual({ slidingWindow: {} });
    expect(await raw({})).toEqual(PLAIN);
  });
});

describe("tools", () => {
  const look: FunctionTool = {
    type: "function",
    name: "look",
    description: "Looks.",
    parameters: { type: "object", properties: { at: { type: "string" } } },
  };
  const server = (fields: Partial<HostedMcpTool> = {}): HostedMcpTool => ({
    type: "mcp",
    serverLabel: "docs",
    serverUrl: "https://mcp.example/mcp",
    requireApproval: "never",
    ...fields,
  });

  test("are declared with their JSON Schema; one for chat models is read too", async () => {
    const chat = { type: "function", function: { name: "chat", parameters: { type: "object" } } } as unknown as FunctionTool;
    expect((await setup({ tools: [look, chat] })).setup.tools).toEqual([
      {
        functionDeclarations: [
          {
            name: "look",
            description: "Looks.",
            parametersJsonSchema: { type: "object", properties: { at: { type: "string" } } },
          },
          { name: "chat", parametersJsonSchema: { type: "object" } },
        ],
      },
    ]);
  });

  test("in the raw options add to those of their name, and stay where they declare a function themselves", async () => {
    const rawOptions = geminiOptions({
      nonBlockingTools: ["look", "unknown"],
      setup: { tools: [{ functionDeclarations: [{ name: "own", parameters: { type: "OBJECT" } }] }] },
    });
    expect((await setup({ tools: [look], rawOptions })).setup.tools).toEqual([
      {
        functionDeclarations: [
          { name: "look", description: "Looks.", behavior: "NON_BLOCKING", parametersJsonSchema: look.parameters },
          { name: "own", parameters: { type: "OBJECT" } },
        ],
      },
    ]);
  });

  test("of an MCP server are the service's to call, where it can have them as they are declared", async () => {
    const { setup: written, warnings } = await setup({
      tools: [server({ authorization: "mcp-canary-1", headers: { "x-a": "1" } }), server({ serverLabel: "open" })],
    });
    expect(warnings).toEqual([]);
    expect(written.tools).toEqual([
      {
        mcpServers: [
          {
            name: "docs",
            streamableHttpTransport: {
              url: "https://mcp.example/mcp",
              headers: { Authorization: "Bearer mcp-canary-1", "x-a": "1" },
            },
          },
          { name: "open", streamableHttpTransport: { url: "https://mcp.example/mcp" } },
        ],
      },
    ]);
  });

  test.each<[Partial<HostedMcpTool>, RegExp]>([
    [{ serverUrl: undefined, connectorId: "c" }, /by their address alone/],
    [{ allowedTools: ["a"] }, /some of a server's tools/],
    [{ requireApproval: "always" }, /asks for no approval/],
  ])("of an MCP server as %j are left out, and told", async (fields, words) => {
    const { setup: written, warnings } = await setup({ tools: [server(fields)] });
    expect(written.tools).toBeUndefined();
    expect(warnings).toEqual([expect.stringMatching(words)]);
  });

  test("of an MCP server are left out on Vertex AI", async () => {
    const { warnings } = await setup({ tools: [server()] }, { vertex: {} });
    expect(warnings).toEqual(['The MCP server "docs" was left out: Vertex AI connects to no MCP servers.']);
  });

  test("[row 60] an MCP server's token is in no error", async () => {
    const { service, client: made } = connect();
    service.onSetup = () => service.transport.close(1007, "cannot reach the server with Bearer mcp-canary-1");
    const opening = made.createSession({ tools: [server({ authorization: "mcp-canary-1" })] });
    const error = (await opening.catch((thrown: unknown) => thrown)) as Error;
    expect(error.message).toContain("[redacted]");
    expect(`${error.stack}`).not.toContain("mcp-canary-1");
  });

  test("of a live session, changed, keep what the raw options said", async () => {
    const { service, session } = await openSession({
      rawOptions: geminiOptions({ googleSearch: true, nonBlockingTools: ["look"] }),
    });
    await session.update({ tools: [look] });
    await settle();
    expect(service.said).toEqual([
      client({
        contextUpdate: {
          tools: {
            tools: [
              {
                functionDeclarations: [
                  {
                    name: "look",
                    description: "Looks.",
                    behavior: "NON_BLOCKING",
                    parametersJsonSchema: { type: "object", properties: { at: { type: "string" } } },
                  },
                ],
              },
              { googleSearch: {} },
            ],
          },
        },
      }),
    ]);
  });
});
