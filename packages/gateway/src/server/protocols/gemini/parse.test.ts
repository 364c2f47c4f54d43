import {
  ActivityHandling,
  Behavior,
  EndSensitivity,
  FunctionResponseScheduling,
  Modality,
  StartSensitivity,
  Type,
  TurnCoverage,
  type LiveClientSetup,
  type LiveClientRealtimeInput,
  type LiveClientContent,
  type LiveClientContextUpdate,
  type FunctionDeclaration,
  type FunctionResponse,
  type GenerationConfig,
  type Part,
  type RealtimeInputConfig,
  type Tool,
} from "@google/genai";
import { PCM16_16K, PCM16_24K, type RealtimeClientMessage } from "@voxline/core";
import { describe, expect, expectTypeOf, test } from "vitest";
import { geminiProtocol } from "./gemini-protocol.ts";
import type {
  WireContent,
  WireContextUpdate,
  WireFunctionResponse,
  WirePart,
  WireRealtimeInput,
  WireSetup,
  WireTool,
} from "./schemas.ts";
import { called, created, done, spoken } from "./testing/messages.ts";
import { Driver, VERTEX_PATH } from "./testing/driver.ts";

const types = (messages: readonly RealtimeClientMessage[]) => messages.map(({ type }) => type);
const silence = (ms: number, rate = 16_000) => Buffer.alloc((rate / 1000) * 2 * ms).toString("base64");
const audio = (ms: number) => ({ data: silence(ms), mimeType: "audio/pcm;rate=16000" });

function live(setup: LiveClientSetup = {}, path?: string): Driver {
  const driver = new Driver(path === undefined ? {} : { path });
  driver.setup(setup);
  return driver;
}

test("every field that the official SDK writes exists here", () => {
  type Missing<Theirs, Ours> = Exclude<keyof Theirs, keyof Ours>;
  expectTypeOf<Missing<LiveClientSetup, WireSetup>>().toBeNever();
  expectTypeOf<Missing<GenerationConfig, NonNullable<WireSetup["generationConfig"]>>>().toBeNever();
  expectTypeOf<Missing<RealtimeInputConfig, NonNullable<WireSetup["realtimeInputConfig"]>>>().toBeNever();
  expectTypeOf<Missing<Tool, WireTool>>().toBeNever();
  expectTypeOf<Missing<FunctionDeclaration, NonNullable<WireTool["functionDeclarations"]>[number]>>().toBeNever();
  expectTypeOf<Missing<Part, WirePart>>().toBeNever();
  expectTypeOf<Missing<LiveClientRealtimeInput, WireRealtimeInput>>().toBeNever();
  expectTypeOf<Missing<FunctionResponse, WireFunctionResponse>>().toBeNever();
  expectTypeOf<Missing<LiveClientContextUpdate, WireContextUpdate>>().toBeNever();
  expectTypeOf<Missing<LiveClientContent["turns"] & object, WireContent[]>>().toBeNever();
});

describe("addresses", () => {
  const protocol = geminiProtocol();
  const nothing = new URLSearchParams();

  test.each([
    "/ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateContent",
    "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent",
    "/ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateContentConstrained",
    "/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent",
    "/ws/google.cloud.aiplatform.v1.LlmBidiService/BidiGenerateContent",
  ])("%s is taken", (path) => {
    expect(protocol.matches(path, nothing)).toBe(true);
  });

  test.each([
    "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateMusic",
    "/ws/googleXai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent",
    "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent/",
    "/ws/user/session",
    "/v1/realtime",
  ])("%s is not", (path) => {
    expect(protocol.matches(path, nothing)).toBe(false);
  });

  test.each([
    ["the query", "key=k1", {}, "k1"],
    ["a token in the query", "access_token=auth_tokens/abc", {}, "auth_tokens/abc"],
    ["Google's header", "", { "x-goog-api-key": "k2" }, "k2"],
    ["a bearer header", "", { authorization: "Bearer k3" }, "k3"],
    ["a token header", "", { authorization: "Token auth_tokens/d" }, "auth_tokens/d"],
    ["nowhere", "", {}, undefined],
  ])("a key is found in %s", (_where, query, headers, key) => {
    const request = { path: "", query: new URLSearchParams(query), headers, subProtocols: [], key: undefined };
    expect(protocol.readKey?.({ ...request, remoteAddress: undefined, initialSession: undefined })).toBe(key);
  });
});

describe("a setup", () => {
  test("opens a session with everything Voxline has an option for [row 95]", () => {
    const options = new Driver().setup({
      generationConfig: {
        responseModalities: [Modality.AUDIO],
        temperature: 0.4,
        maxOutputTokens: 500,
        speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: "Kore" } }, languageCode: "en-US" },
      },
      systemInstruction: { role: "user", parts: [{ text: "Be brief." }, { text: "Be kind." }] },
      tools: [
        {
          functionDeclarations: [
            {
              name: "get_weather",
              description: "The weather in a city",
              behavior: Behavior.BLOCKING,
              parameters: {
                type: Type.OBJECT,
                properties: {
                  city: { type: Type.STRING, nullable: true, minLength: "2" },
                  days: { type: Type.ARRAY, items: { type: Type.INTEGER }, maxItems: "7" },
                },
                required: ["city"],
                propertyOrdering: ["city", "days"],
              },
            },
            { name: "stop", parametersJsonSchema: { type: "object", properties: { why: { type: "string" } } } },
            { name: "go" },
          ],
        },
      ],
      inputAudioTranscription: { languageCodes: ["en-US"], customVocabulary: ["Voxline"] },
      realtimeInputConfig: {
        automaticActivityDetection: {
          startOfSpeechSensitivity: StartSensitivity.START_SENSITIVITY_LOW,
          prefixPaddingMs: 20,
          silenceDurationMs: 400,
        },
        activityHandling: ActivityHandling.NO_INTERRUPTION,
      },
    });
    expect(options).toEqual({
      model: "gemini-live",
      instructions: "Be brief.\n\nBe kind.",
      outputModalities: ["audio"],
      voice: "Kore",
      temperature: 0.4,
      maxOutputTokens: 500,
      tools: [
        {
          type: "function",
          name: "get_weather",
          description: "The weather in a city",
          parameters: {
            type: "object",
            properties: {
              city: { type: ["string", "null"], minLength: 2 },
              days: { type: "array", items: { type: "integer" }, maxItems: 7 },
            },
            required: ["city"],
          },
        },
        { type: "function", name: "stop", parameters: { type: "object", properties: { why: { type: "string" } } } },
        { type: "function", name: "go", parameters: { type: "object", properties: {} } },
      ],
      transcription: { language: "en-US", keywords: ["Voxline"] },
      turnDetection: { type: "server", threshold: 0.7, prefixPaddingMs: 20, silenceDurationMs: 400, interruptResponse: false },
      inputAudioFormat: PCM16_16K,
      outputAudioFormat: PCM16_24K,
    });
  });

  test("leaves to the provider what it does not say", () => {
    expect(new Driver().setup()).toEqual({
      model: "gemini-live",
      outputModalities: ["audio"],
      inputAudioFormat: PCM16_16K,
      outputAudioFormat: PCM16_24K,
    });
  });

  test.each([
    ["models/gemini-live", "gemini-live"],
    ["gemini-live", "gemini-live"],
    ["publishers/google/models/gemini-live", "gemini-live"],
    ["projects/p/locations/us/publishers/google/models/gemini-live", "gemini-live"],
    ["tunedModels/mine", "tunedModels/mine"],
  ])("names the model %s as %s", (model, name) => {
    expect(new Driver().setup({ model }).model).toBe(name);
  });

  test("may be written in snake case, as the service's JSON reader takes it, in a binary frame", () => {
    const { connection } = new Driver();
    const frame = {
      setup: {
        model: "models/m",
        generation_config: { response_modalities: ["TEXT"], max_output_tokens: null },
        system_instruction: { parts: [{ text: "Hi" }] },
        tools: [
          {
            function_declarations: [{ name: "f", parameters: { type: "OBJECT", properties: { user_name: { type: "STRING" } } } }],
          },
        ],
      },
    };
    const action = connection.parse(Buffer.from(JSON.stringify(frame)), true);
    expect(action).toMatchObject({
      type: "open",
      options: {
        instructions: "Hi",
        outputModalities: ["text"],
        tools: [{ name: "f", parameters: { properties: { user_name: { type: "string" } } } }],
      },
    });
  });

  test("turns detection off where the client says when the user speaks", () => {
    const options = new Driver().setup({ realtimeInputConfig: { automaticActivityDetection: { disabled: true } } });
    expect(options.turnDetection).toEqual({ type: "none" });
  });

  test.each([
    [EndSensitivity.END_SENSITIVITY_HIGH, 300],
    [EndSensitivity.END_SENSITIVITY_LOW, 800],
  ])("%s waits for %i ms of silence", (endOfSpeechSensitivity, silenceDurationMs) => {
    const options = new Driver().setup({ realtimeInputConfig: { automaticActivityDetection: { endOfSpeechSensitivity } } });
    expect(options.turnDetection).toEqual({ type: "server", silenceDurationMs });
  });

  test("gives servers of tools to the provider, which asks nobody", () => {
    const options = new Driver().setup({
      tools: [{ mcpServers: [{ name: "docs", streamableHttpTransport: { url: "https://x.test/mcp", headers: { a: "b" } } }] }],
    });
    expect(options.tools).toEqual([
      { type: "mcp", serverLabel: "docs", serverUrl: "https://x.test/mcp", headers: { a: "b" }, requireApproval: "never" },
    ]);
  });

  test("keeps the rest as raw options only where the operator said that the service itself is behind", () => {
    const setup = {
      generationConfig: { topP: 0.9, temperature: 0.1, responseModalities: [Modality.TEXT] },
      contextWindowCompression: { triggerTokens: "1000", slidingWindow: { targetTokens: "500" } },
      proactivity: { proactiveAudio: true },
    };
    expect(new Driver().setup(setup).rawOptions).toBeUndefined();
    const protocol = geminiProtocol({ forwardsRawOptions: true });
    const options = new Driver({ protocol }).setup({ ...setup, tools: [{ googleSearch: {} }] });
    expect(options.rawOptions?.()).toEqual({
      generationConfig: { topP: 0.9 },
      contextWindowCompression: { triggerTokens: "1000", slidingWindow: { targetTokens: "500" } },
      proactivity: { proactiveAudio: true },
      tools: [{ googleSearch: {} }],
    });
    expect(options.tools).toEqual([]);
  });
});

describe("what ends the connection with 1007", () => {
  test.each<[string, unknown, string]>([
    ["anything before the setup", { clientContent: {} }, "The first message must be a setup."],
    ["audio before the setup", { realtimeInput: { audio: audio(20) } }, "The first message must be a setup."],
    ["an empty message", {}, "Request contains an invalid argument. The message is empty."],
    ["a list", [], "Invalid JSON payload received. A message is a JSON object."],
    ["an unknown message", { sing: {} }, `Invalid JSON payload received. Unknown name "sing": Cannot find field.`],
    [
      "an own name of objects",
      JSON.parse(`{"setup":{"model":"m","__proto__":{"a":1}}}`),
      `Invalid JSON payload received. Unknown name "__proto__" at 'setup': Cannot find field.`,
    ],
    [
      "two messages in one",
      { setup: { model: "m" }, clientContent: {} },
      "Request contains an invalid argument. A message has exactly one of its fields.",
    ],
    [
      "an unknown field",
      { setup: { model: "m", voice: "Kore" } },
      `Invalid JSON payload received. Unknown name "voice" at 'setup': Cannot find field.`,
    ],
    [
      "an unknown field further in",
      { setup: { model: "m", generationConfig: { speechConfig: { voice: "Kore" } } } },
      `Invalid JSON payload received. Unknown name "voice" at 'setup.generationConfig.speechConfig': Cannot find field.`,
    ],
    ["no model", { setup: {} }, "Invalid value at 'setup.model': Invalid input: expected string, received undefined"],
    [
      "two modalities",
      { setup: { model: "m", generationConfig: { responseModalities: ["TEXT", "AUDIO"] } } },
      "Invalid value at 'setup.generationConfig.responseModalities': takes one modality",
    ],
    [
      "writing of a model that only speaks",
      { setup: { model: "models/gemini-2.5-flash-native-audio-x", generationConfig: { responseModalities: ["TEXT"] } } },
      'The model "gemini-2.5-flash-native-audio-x" only speaks: its responseModalities are ["AUDIO"].',
    ],
    [
      "a tool of Google's",
      { setup: { model: "m", tools: [{ googleSearch: {} }] } },
      "Tool 'googleSearch' is not available behind this gateway.",
    ],
    [
      "two functions of one name",
      { setup: { model: "m", tools: [{ functionDeclarations: [{ name: "f" }, { name: "f" }] }] } },
      `Duplicate function declaration found at 'setup.tools': "f".`,
    ],
  ])("%s", (_what, frame, reason) => {
    expect(new Driver().fail(JSON.stringify(frame))).toEqual({ code: 1007, reason });
  });

  test("what is no JSON", () => {
    expect(new Driver().fail("{")).toEqual({ code: 1007, reason: "Invalid JSON payload received. The frame is not JSON." });
  });

  test.each<[string, unknown, string]>([
    ["a second setup", { setup: { model: "m" } }, "A setup must be the first message and only the first."],
    [
      "activity while it is detected",
      { realtimeInput: { activityStart: {} } },
      "Explicit activity control is not supported when automatic activity detection is enabled.",
    ],
    [
      "audio that is no PCM",
      { realtimeInput: { audio: { data: "AAAA", mimeType: "audio/wav" } } },
      `Unsupported MIME type at 'realtimeInput.audio.mimeType': "audio/wav".`,
    ],
    [
      "audio at no rate of this world",
      { realtimeInput: { audio: { data: "AAAA", mimeType: "audio/pcm;rate=4000" } } },
      `Unsupported MIME type at 'realtimeInput.audio.mimeType': "audio/pcm;rate=4000".`,
    ],
    [
      "audio that is no base64",
      { realtimeInput: { audio: { data: "AAA!", mimeType: "audio/pcm" } } },
      "Invalid value at 'realtimeInput.audio.data': Base64 decoding failed.",
    ],
    [
      "a picture where audio belongs",
      { realtimeInput: { audio: { data: "AAAA", mimeType: "image/png" } } },
      "Unsupported MIME type at 'realtimeInput.audio.mimeType'.",
    ],
    [
      "an answer to no call",
      { toolResponse: { functionResponses: [{ id: "call_9", name: "f", response: {} }] } },
      `Invalid value at 'toolResponse.functionResponses[0].id': there is no call "call_9".`,
    ],
    [
      "an answer without an id",
      { toolResponse: { functionResponses: [{ name: "f", response: {} }] } },
      "Invalid value at 'toolResponse.functionResponses[0].id': the id of a call is required.",
    ],
    [
      "a turn of nobody's",
      { clientContent: { turns: [{ role: "system", parts: [{ text: "x" }] }] } },
      `Invalid value at 'clientContent.turns[0].role': a role is "user" or "model".`,
    ],
    [
      "a part that is nothing",
      { clientContent: { turns: [{ parts: [{ executableCode: {} }] }] } },
      "Invalid value at 'clientContent.turns[0].parts[0]': this kind of part cannot be taken.",
    ],
    [
      "a tool of Google's in an update",
      { contextUpdate: { tools: { tools: [{ urlContext: {} }] } } },
      "Tool 'urlContext' is not available behind this gateway.",
    ],
  ])("%s", (_what, frame, reason) => {
    expect(live().fail(JSON.stringify(frame))).toEqual({ code: 1007, reason });
  });
});

describe("realtime input", () => {
  test("audio goes on as it came, in the format it names [row 96]", () => {
    const driver = live();
    const data = silence(20, 24_000);
    const [message] = driver.say({ realtimeInput: { audio: { data, mimeType: "audio/pcm;rate=24000" } } });
    expect(message?.type === "InputAudioBufferAppend" && [message.audio.base64, message.audio.format]).toEqual([data, PCM16_24K]);
    const [old] = driver.say(JSON.stringify({ realtime_input: { media_chunks: [{ mime_type: "audio/pcm", data }] } }));
    expect(old?.type === "InputAudioBufferAppend" && [old.audio.base64, old.audio.format]).toEqual([data, PCM16_16K]);
  });

  test("base64 of URLs is taken too, and written as the standard one", () => {
    const [message] = live().say({ realtimeInput: { audio: { data: "-_8", mimeType: "audio/pcm" } } });
    expect(message?.type === "InputAudioBufferAppend" && message.audio.base64).toBe("+/8=");
  });

  test("video goes on as pictures, old chunks by their kind [row 96]", () => {
    const driver = live();
    const picture = { data: "AAAA", mimeType: "image/jpeg" };
    expect(driver.say({ realtimeInput: { video: picture } })).toMatchObject([
      { type: "InputImageBufferAppend", data: "AAAA", mediaType: "image/jpeg" },
    ]);
    expect(types(driver.say({ realtimeInput: { mediaChunks: [picture, audio(20)] } }))).toEqual([
      "InputImageBufferAppend",
      "InputAudioBufferAppend",
    ]);
  });

  test("text is a turn of its own, and cuts an answer that runs [row 96]", () => {
    const driver = live();
    const text = { realtimeInput: { text: "Hello" } };
    expect(driver.say(text)).toMatchObject([
      { type: "ConversationItemCreate", item: { role: "user", contents: [{ type: "text", text: "Hello" }] } },
      { type: "ResponseCreate" },
    ]);
    driver.show(created());
    expect(types(driver.say(text))).toEqual(["ResponseCancel", "ConversationItemCreate", "ResponseCreate"]);
  });

  test("the end of the stream is heard as silence, once, and only after audio", () => {
    const driver = live();
    const end = { realtimeInput: { audioStreamEnd: true } };
    expect(driver.say(end)).toEqual([]);
    driver.say({ realtimeInput: { audio: { data: silence(20, 24_000), mimeType: "audio/pcm;rate=24000" } } });
    const [message, ...more] = driver.say(end);
    expect(message?.type === "InputAudioBufferAppend" && [message.audio.durationMs, message.audio.format.sampleRate]).toEqual([
      1_500, 24_000,
    ]);
    expect(more).toEqual([]);
    expect(driver.say(end)).toEqual([]);
  });

  const manual = { realtimeInputConfig: { automaticActivityDetection: { disabled: true } } };

  test("activity is a turn: what comes outside is not heard, its end asks for an answer", () => {
    const driver = live(manual);
    expect(driver.say({ realtimeInput: { audio: audio(100) } })).toEqual([]);
    expect(types(driver.say({ realtimeInput: { activityStart: {} } }))).toEqual(["InputActivityStart"]);
    expect(types(driver.say({ realtimeInput: { audio: audio(100) } }))).toEqual(["InputAudioBufferAppend"]);
    expect(types(driver.say({ realtimeInput: { activityEnd: {} } }))).toEqual(["InputActivityEnd", "ResponseCreate"]);
    expect(driver.say({ realtimeInput: { activityEnd: {} } })).toEqual([]);
    expect(driver.say({ realtimeInput: { audioStreamEnd: true } })).toEqual([]);
  });

  test("activity in which nothing was said asks for nothing; text in it is part of the turn", () => {
    const driver = live(manual);
    driver.say({ realtimeInput: { activityStart: {} } });
    driver.say({ realtimeInput: { audio: audio(99) } });
    expect(types(driver.say({ realtimeInput: { activityEnd: {} } }))).toEqual(["InputActivityEnd"]);
    expect(types(driver.say({ realtimeInput: { activityStart: {}, text: "Hm", activityEnd: {} } }))).toEqual([
      "InputActivityStart",
      "ConversationItemCreate",
      "InputActivityEnd",
      "ResponseCreate",
    ]);
  });

  test("activity cuts an answer, unless the client does not want that", () => {
    const driver = live(manual);
    driver.show(created());
    expect(types(driver.say({ realtimeInput: { activityStart: {} } }))).toEqual(["ResponseCancel", "InputActivityStart"]);
    const patient = live({
      realtimeInputConfig: { ...manual.realtimeInputConfig, activityHandling: ActivityHandling.NO_INTERRUPTION },
    });
    patient.show(created());
    expect(types(patient.say({ realtimeInput: { activityStart: {} } }))).toEqual(["InputActivityStart"]);
  });

  test("a turn may hold everything that was heard, where the client asked for that", () => {
    const turnCoverage = TurnCoverage.TURN_INCLUDES_ALL_INPUT;
    const driver = live({ realtimeInputConfig: { ...manual.realtimeInputConfig, turnCoverage } });
    expect(types(driver.say({ realtimeInput: { audio: audio(100) } }))).toEqual(["InputAudioBufferAppend"]);
  });
});

describe("client content", () => {
  test("turns become items, and the last asks for an answer", () => {
    const messages = live().say({
      clientContent: {
        turns: [
          { role: "user", parts: [{ text: "What is this?" }, { inlineData: { mimeType: "image/png", data: "AAAA" } }] },
          { role: "model", parts: [{ text: "A cat." }, { functionCall: { name: "look", args: { at: 1 } } }] },
          { role: "user", parts: [{ functionResponse: { name: "look", response: { output: "a dog" } } }] },
          { role: "user", parts: [{ inlineData: { mimeType: "audio/pcm;rate=24000", data: "AAAA" } }] },
        ],
        turnComplete: true,
      },
    });
    const items = messages.flatMap((message) => (message.type === "ConversationItemCreate" ? [message.item] : []));
    expect(items.slice(0, 2)).toEqual([
      {
        role: "user",
        contents: [
          { type: "text", text: "What is this?" },
          { type: "image", url: "data:image/png;base64,AAAA" },
        ],
      },
      { role: "assistant", contents: [{ type: "text", text: "A cat." }] },
    ]);
    const [call, result] = [items[2]?.contents[0], items[3]?.contents[0]];
    if (call?.type !== "functionCall" || result?.type !== "functionResult")
      throw new TypeError("a call and a result were expected");
    expect(call).toMatchObject({ name: "look", arguments: `{"at":1}` });
    expect(result).toEqual({ type: "functionResult", callId: call.callId, name: "look", result: "a dog" });
    expect(items[4]).toMatchObject({ role: "user", contents: [{ type: "audio", audio: { format: PCM16_24K } }] });
    expect(messages.at(-1)?.type).toBe("ResponseCreate");
  });

  test("it cuts an answer that runs; without turns it asks for one", () => {
    const driver = live();
    driver.show(created());
    const turns = [{ role: "user", parts: [{ text: "Wait" }] }];
    expect(types(driver.say({ clientContent: { turns, turnComplete: false } }))).toEqual([
      "ResponseCancel",
      "ConversationItemCreate",
    ]);
    driver.show(done("r1", { status: "cancelled" }));
    expect(driver.say({ clientContent: { turnComplete: false } })).toEqual([]);
    expect(types(driver.say({ clientContent: { turnComplete: true } }))).toEqual(["ResponseCreate"]);
  });

  test("the first turns may be history, which nobody answers", () => {
    const driver = live({ historyConfig: { initialHistoryInClientContent: true } });
    const turns = [{ role: "user", parts: [{ text: "Before" }] }];
    expect(types(driver.say({ clientContent: { turns } }))).toEqual(["ConversationItemCreate"]);
    expect(types(driver.say({ clientContent: { turns, turnComplete: true } }))).toEqual(["ConversationItemCreate"]);
    expect(types(driver.say({ clientContent: { turns, turnComplete: true } }))).toEqual([
      "ConversationItemCreate",
      "ResponseCreate",
    ]);
  });
});

describe("tool responses", () => {
  function asked(path?: string, ...calls: readonly (readonly [string, string])[]): Driver {
    const driver = live({}, path);
    driver.show(created(), ...calls.map(([id, name]) => called(id, name, {})), done());
    return driver;
  }

  test("an answer is an item, and the model goes on", () => {
    const driver = asked(undefined, ["c1", "f"]);
    expect(
      driver.say({ toolResponse: { functionResponses: [{ id: "c1", name: "f", response: { output: "warm" } }] } }),
    ).toMatchObject([
      {
        type: "ConversationItemCreate",
        item: { contents: [{ type: "functionResult", callId: "c1", name: "f", result: "warm" }] },
      },
      { type: "ResponseCreate" },
    ]);
  });

  test.each<[string, Record<string, unknown>, unknown, boolean | undefined]>([
    ["an object is the answer as a whole", { temperature: 7, sky: "clear" }, { temperature: 7, sky: "clear" }, undefined],
    ["a result alone is the answer [row 99]", { result: "warm" }, "warm", undefined],
    ["a result beside others is part of it", { result: "warm", sky: "clear" }, { result: "warm", sky: "clear" }, undefined],
    ["an error alone is a failure", { error: "down" }, "down", true],
    ["nothing is nothing", {}, {}, undefined],
  ])("%s", (_what, response, result, isError) => {
    const [message] = asked(undefined, ["c1", "f"]).say({
      toolResponse: { functionResponses: [{ id: "c1", name: "f", response }] },
    });
    if (message?.type !== "ConversationItemCreate") throw new TypeError("an item was expected");
    expect(message.item.contents).toEqual([
      { type: "functionResult", callId: "c1", name: "f", result, ...(isError ? { isError } : {}) },
    ]);
  });

  test("the model goes on once, when all calls have their answers", () => {
    const driver = asked(undefined, ["c1", "f"], ["c2", "g"]);
    const answer = (id: string) =>
      driver.say({ toolResponse: { functionResponses: [{ id, name: "f", response: { output: id } }] } });
    expect(types(answer("c2"))).toEqual(["ConversationItemCreate"]);
    expect(types(answer("c1"))).toEqual(["ConversationItemCreate", "ResponseCreate"]);
    expect(answer("c1")).toEqual([]);
  });

  test("what is still to come is waited for", () => {
    const driver = asked(undefined, ["c1", "f"]);
    const part = (response: Record<string, unknown>, willContinue: boolean) =>
      driver.say({ toolResponse: { functionResponses: [{ id: "c1", name: "f", response, willContinue }] } });
    expect(part({ output: "so far" }, true)).toEqual([]);
    expect(part({}, false)).toMatchObject([{ item: { contents: [{ result: "so far" }] } }, { type: "ResponseCreate" }]);
  });

  test("Vertex AI takes an answer by the function's name", () => {
    const driver = asked(VERTEX_PATH, ["c1", "f"], ["c2", "f"]);
    const functionResponses = [
      { name: "f", response: { output: 1 } },
      { name: "f", response: { output: 2 } },
    ];
    expect(driver.say({ toolResponse: { functionResponses } })).toMatchObject([
      { item: { contents: [{ callId: "c1", result: 1 }] } },
      { item: { contents: [{ callId: "c2", result: 2 }] } },
      { type: "ResponseCreate" },
    ]);
  });

  test("a silent answer ends the turn without a word, one that interrupts cuts what runs", () => {
    const silent = asked(undefined, ["c1", "f"]);
    const action = silent.act({
      toolResponse: {
        functionResponses: [{ id: "c1", name: "f", response: {}, scheduling: FunctionResponseScheduling.SILENT }],
      },
    });
    expect(action).toMatchObject({ type: "messages", frames: [`{"serverContent":{"turnComplete":true}}`] });
    expect(action?.type === "messages" && types(action.messages)).toEqual(["ConversationItemCreate"]);
    const loud = asked(undefined, ["c1", "f"]);
    loud.show(created("r2"), spoken(20, "r2"));
    const answer = { id: "c1", name: "f", response: {}, scheduling: FunctionResponseScheduling.INTERRUPT };
    expect(types(loud.say({ toolResponse: { functionResponses: [answer] } }))).toEqual([
      "ResponseCancel",
      "ConversationItemCreate",
      "ResponseCreate",
    ]);
  });
});

test("a context update changes instructions and tools", () => {
  const driver = live();
  const frame = {
    contextUpdate: {
      systemInstruction: { parts: [{ text: "Now in French." }] },
      tools: { tools: [{ functionDeclarations: [{ name: "f" }] }] },
    },
  };
  expect(driver.say(frame)).toMatchObject([
    { type: "SessionUpdate", patch: { instructions: "Now in French.", tools: [{ type: "function", name: "f" }] } },
  ]);
  expect(driver.say({ contextUpdate: {} })).toEqual([]);
});
