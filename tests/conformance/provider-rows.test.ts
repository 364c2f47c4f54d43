import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadEnvFile } from "node:process";
import {
  AudioChunk,
  RealtimeClientConversationItemCreateMessage,
  RealtimeClientInputAudioBufferAppendMessage,
  RealtimeClientInputAudioBufferCommitMessage,
  RealtimeClientResponseCancelMessage,
  RealtimeConnectionError,
  type AudioFormat,
  type RealtimeError,
  type RealtimeServerMessage,
} from "@voxline/core";
import { openWebSocket, type FrameTransport, type WebSocketTransportOptions } from "@voxline/core/transport";
import { AzureOpenAIRealtimeClient } from "@voxline/providers/azure-openai";
import { GeminiRealtimeClient } from "@voxline/providers/gemini";
import { VoiceLiveRealtimeClient } from "@voxline/providers/voice-live";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { WebSocketServer } from "ws";
import { PROVIDERS, type Provider } from "./provider-rows/providers.ts";
import { opened, Service, settle } from "./provider-rows/service.ts";

beforeEach(() => {
  for (const { variable, otherVariables } of PROVIDERS) {
    for (const name of [variable, ...otherVariables]) vi.stubEnv(name, undefined);
  }
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

const types = (messages: readonly RealtimeServerMessage[]): string[] => messages.map(({ type }) => type);
const failure = (promise: Promise<unknown>): Promise<RealtimeError> =>
  promise.then(
    () => expect.unreachable("it should have been refused"),
    (error: unknown) => error as RealtimeError,
  );

describe.each(PROVIDERS)("$name", (provider) => {
  const { make, keyOf, variable } = provider;

  /** The key of one connection. */
  const keyWith = async (apiKey?: string): Promise<string | undefined> => {
    const service = new Service(provider);
    await make({ apiKey, openTransport: service.open }).createSession();
    return keyOf(service.targets[0] as never);
  };

  describe("credentials", () => {
    test("[row 31] come from the argument before the environment, and from the environment before a file", async () => {
      const folder = mkdtempSync(join(tmpdir(), "voxline-"));
      const file = join(folder, ".env");
      writeFileSync(file, `${variable}=from-the-file\n`);
      vi.stubEnv(variable, "from-the-environment");
      loadEnvFile(file);
      expect(await keyWith("from-the-argument")).toBe("from-the-argument");
      expect(await keyWith()).toBe("from-the-environment");
      expect(await keyWith("")).toBe("from-the-environment");
      vi.stubEnv(variable, undefined);
      loadEnvFile(file);
      expect(await keyWith()).toBe("from-the-file");
      rmSync(folder, { recursive: true });
    });

    test("[row 32] that are missing are named, with what to set", () => {
      expect(() => make()).toThrow(expect.objectContaining({ code: "config.missing_credential", phase: "configure" }));
      expect(() => make()).toThrow('"apiKey"');
      expect(() => make()).toThrow(variable);
    });

    test("[row 33] from a function are asked for by each connection", async () => {
      const service = new Service(provider);
      const keys = ["key-1", Promise.resolve("key-2")];
      const apiKey = vi.fn(() => keys.shift() as string);
      const client = make({ apiKey, openTransport: service.open });
      expect(apiKey).not.toHaveBeenCalled();
      await client.createSession();
      await client.createSession();
      expect(service.targets.map((target) => keyOf(target))).toEqual(["key-1", "key-2"]);
      expect(apiKey).toHaveBeenCalledTimes(2);
    });
  });

  describe("opening", () => {
    test("[row 36] is done when the service confirms, and not before", async () => {
      const service = new Service(provider);
      service.confirms = false;
      let isOpen = false;
      const opening = make({ apiKey: "k", openTransport: service.open }).createSession();
      void opening.then(() => (isOpen = true));
      await settle();
      expect(service.received).toHaveLength(1);
      expect(isOpen).toBe(false);
      service.send(provider.confirmation(service.received[0] ?? {}) ?? {});
      await opening;
    });

    test("[row 36, 48] that is not confirmed in time ends, says what it waited for, and leaves no socket", async () => {
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      const service = new Service(provider);
      service.greets = false;
      service.confirms = false;
      const byDefault = failure(make({ apiKey: "k", openTransport: service.open }).createSession());
      const sooner = failure(make({ apiKey: "k", openTransport: service.open, openTimeoutMs: 2_000 }).createSession());
      await vi.advanceTimersByTimeAsync(1_999);
      expect(service.closed).toHaveLength(0);
      await vi.advanceTimersByTimeAsync(1);
      const error = await sooner;
      expect(error).toMatchObject({ code: "connect.timeout", phase: "open", retryable: true, provider: provider.providerName });
      expect(error.message).toMatch(/^No session with \S+ after 2 s; it was still waiting for /);
      expect(error.message).toMatch(provider.awaiting);
      await vi.advanceTimersByTimeAsync(12_999);
      expect(service.closed).toHaveLength(1);
      await vi.advanceTimersByTimeAsync(1);
      expect((await byDefault).message).toContain("after 15 s");
      expect(service.closed).toHaveLength(2);
      expect(vi.getTimerCount()).toBe(0);
    });

    const cause = new TypeError("the cause");
    test.each([
      ["the key", { apiKey: () => Promise.reject(cause) }, { code: "auth.rejected", cause }],
      ["the key, which is none", { apiKey: () => "" }, { code: "config.missing_credential" }],
      ["the key, which would end the header", { apiKey: "k\r\nX-Evil: 1" }, { code: "config.invalid" }],
      [
        "the connection",
        { openTransport: () => Promise.reject(new RealtimeConnectionError("connect.refused", "Nobody is there.", { cause })) },
        { code: "connect.refused", cause, provider: provider.providerName },
      ],
    ])("[row 37] that fails at %s leaves nothing behind, and says why", async (_, options, expected) => {
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      const service = new Service(provider);
      const client = make({ apiKey: "key-canary-1", openTransport: service.open, ...options });
      const error = await failure(client.createSession());
      expect(error).toMatchObject(expected);
      expect(`${error.message}${error.stack}`).not.toMatch(/X-Evil|key-canary-1/);
      expect(service.ends).toEqual([]);
      expect(vi.getTimerCount()).toBe(0);
    });

    test("[row 37] that the service ends leaves nothing behind, and names provider and code", async () => {
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      const service = new Service(provider);
      service.confirms = false;
      const opening = failure(make({ apiKey: "k", openTransport: service.open }).createSession());
      await settle();
      service.end.close(1011, "Out of order.");
      const error = await opening;
      expect(error).toMatchObject({ phase: "open", provider: provider.providerName, closeCode: 1011, retryable: true });
      expect(error.message).toContain("1011: Out of order.");
      expect(vi.getTimerCount()).toBe(0);
    });
  });

  describe("closing", () => {
    test("[row 40, 41] takes effect at once, ends the reader, and is one end however often it is asked for", async () => {
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      const { service, session, messages } = await opened(provider);
      const closing = session.close("enough");
      const closed = expect.objectContaining({
        code: "lifecycle.closed",
        message: expect.stringContaining("open a new session") as string,
      });
      expect(() => session.send(new RealtimeClientResponseCancelMessage())).toThrow(closed);
      expect(() => session.send(new RealtimeClientInputAudioBufferCommitMessage())).toThrow(closed);
      await expect(session.update({ instructions: "x" })).rejects.toMatchObject({ code: "lifecycle.closed" });
      const info = await closing;
      expect(info).toMatchObject({ by: "local", reason: "enough", error: undefined });
      expect(await session.close("again")).toBe(info);
      await settle();
      expect(messages.at(-1)).toMatchObject({ type: "SessionEnded", reason: "enough" });
      expect(types(messages).filter((type) => type === "SessionEnded")).toHaveLength(1);
      expect(service.closed).toMatchObject([{ code: 1000, reason: "enough" }]);
      expect(() => session.send(new RealtimeClientResponseCancelMessage())).toThrow(closed);
      await session.drained();
      expect(vi.getTimerCount()).toBe(0);
    });

    test("[row 40] swallows what goes wrong in it, and ends in time all the same", async () => {
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      const service = new Service(provider);
      const openTransport = async (target: never): Promise<FrameTransport> => {
        const transport = await service.open(target);
        const fails = (): never => {
          throw new TypeError("It does not close.");
        };
        return Object.assign(transport, { close: fails, destroy: fails });
      };
      const session = await make({ apiKey: "k", openTransport: openTransport as never }).createSession();
      const closing = session.close();
      await vi.advanceTimersByTimeAsync(2_000);
      expect(await closing).toMatchObject({ by: "local", error: undefined });
      expect(vi.getTimerCount()).toBe(0);
    });

    test("[row 42] a session that is over is read to its end, without an error", async () => {
      const service = new Service(provider);
      const session = await make({ apiKey: "k", openTransport: service.open }).createSession();
      await session.close();
      const read: RealtimeServerMessage[] = [];
      for await (const message of session.getStreamingResponse()) read.push(message);
      expect([types(read)[0], types(read).at(-1)]).toEqual(["SessionCreated", "SessionEnded"]);
      for await (const message of session.getStreamingResponse()) expect.unreachable(message.type);
    });

    test.each([
      [1000, "", "connection.closed", true],
      [1008, "policy violation", "connection.closed", false],
      [1011, "internal error", "connection.closed", true],
      [4321, "of its own", "connection.closed", false],
      [undefined, "", "connection.lost", true],
    ])("[row 47] by the service with %s %j is told with code and reason", async (code, reason, errorCode, retryable) => {
      const { service, session, messages } = await opened(provider);
      if (code === undefined) service.end.destroy();
      else service.end.close(code, reason);
      const info = await session.closed;
      await settle();
      expect(info).toMatchObject({ code, retryable, by: code === undefined ? "network" : "remote" });
      expect(info.error).toMatchObject({ code: errorCode, closeCode: code, provider: provider.providerName, retryable });
      if (reason !== "") expect(info.reason).toBe(reason);
      expect(messages.at(-1)).toMatchObject({ type: "SessionEnded", code, reason: info.reason });
    });
  });

  test("[row 43] frames are whole, and in the order of the calls", async () => {
    const { service, session } = await opened(provider);
    const text = (n: number) =>
      new RealtimeClientConversationItemCreateMessage({ role: "user", contents: [{ type: "text", text: `text ${n} "{}"` }] });
    const [format] = session.capabilities.inputFormats;
    const audio = (n: number) =>
      new RealtimeClientInputAudioBufferAppendMessage(AudioChunk.fromBytes(new Uint8Array([n, 0, n, 0]), format as AudioFormat));
    const callers = [0, 1, 2].map(async (caller) => {
      for (let n = 0; n < 8; n++) {
        session.send(text(10 * caller + n));
        session.send(audio(10 * caller + n));
        await Promise.resolve();
      }
    });
    await Promise.all(callers);
    await settle();
    const marks = service.received.flatMap((frame) => {
      const json = JSON.stringify(frame);
      const words = [.../text (\d+)/g[Symbol.matchAll](json)].map(([, n]) => `text ${n}`);
      const [, base64] = /"(?:audio|data)":"([A-Za-z0-9+/]+={0,2})"/.exec(json) ?? [];
      return base64 === undefined ? words : [...words, `audio ${Buffer.from(base64, "base64")[0]}`];
    });
    const expected = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((n) =>
      [0, 1, 2].flatMap((caller) => [`text ${10 * caller + n}`, `audio ${10 * caller + n}`]),
    );
    expect(marks).toEqual(expected);
  });

  describe("a bad frame", () => {
    test.each([
      ["[row 44] that is no JSON", "{nonsense", "protocol.json"],
      ["[row 44] that is no object", "[1]", "protocol.shape"],
      ["[row 45] that is not of its shape", JSON.stringify(provider.misshapen), "protocol.shape"],
    ])("%s is told, costs itself, and the stream goes on", async (_, frame, code) => {
      const { service, session, messages } = await opened(provider);
      service.send(frame);
      for (const each of provider.beginning) service.send(each);
      service.send(provider.word("still "));
      service.send(frame);
      service.send(provider.word("here"));
      await settle();
      const errors = messages.filter((message) => message.type === "Error");
      expect(errors.map(({ error }) => [error.type, error.code])).toEqual([
        ["protocol_error", code],
        ["protocol_error", code],
      ]);
      const words = messages.flatMap((message) => (message.type === "OutputTextDelta" ? [message.text] : []));
      expect(words.join("")).toBe("still here");
      expect(() => session.send(new RealtimeClientResponseCancelMessage())).not.toThrow();
    });

    test("[row 46] of audio that is none is dropped with a warning, and of audio that is empty without", async () => {
      const { service, messages } = await opened(provider);
      for (const each of provider.beginning) service.send(each);
      for (const data of ["AQI", "", "not base64!!", "AQID"]) service.send(provider.audio(data));
      await settle();
      const audio = messages.flatMap((message) => (message.type === "OutputAudioDelta" ? [message.audio.base64] : []));
      expect(audio).toEqual(["AQID"]);
      const warnings = messages.filter((message) => message.type === "Warning");
      expect(warnings.map(({ code }) => code)).toEqual(["audio.undecodable", "audio.undecodable"]);
      expect(types(messages)).not.toContain("Error");
    });
  });

  test("[row 54] a cancel with nothing to cancel sends nothing, and is no error", async () => {
    const { service, session, messages } = await opened(provider);
    session.send(new RealtimeClientResponseCancelMessage());
    await settle();
    expect(service.received).toEqual([]);
    expect(messages).toEqual([]);
  });

  describe("a real socket", () => {
    /** A service that greets, confirms, and answers no ping where it is deaf. */
    async function serve(options: WebSocketTransportOptions, autoPong = true) {
      const server = new WebSocketServer({ port: 0, host: "127.0.0.1", autoPong });
      server.on("connection", (socket) => {
        for (const frame of provider.greeting) socket.send(JSON.stringify(frame));
        socket.on("message", (data: Buffer) => {
          const frame = JSON.parse(data.toString()) as Record<string, unknown>;
          const answer = frame["type"] === "session.finish" ? provider.farewell : provider.confirmation(frame);
          if (answer !== undefined) socket.send(JSON.stringify(answer));
        });
      });
      await new Promise((resolve) => server.once("listening", resolve));
      const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
      const session = await make({ apiKey: "k", host, openTransport: openWebSocket(options) }).createSession();
      const [socket] = server.clients;
      const stop = async (): Promise<void> => {
        await session.close();
        await new Promise((resolve) => server.close(resolve));
      };
      return { session, socket, stop };
    }

    test("[row 48] takes frames of a megabyte by default, and the limit can be changed", async () => {
      const large = JSON.stringify(provider.word("x".repeat(1_000_000)));
      const byDefault = await serve({});
      const words = new Promise((resolve) => {
        byDefault.session.subscribe({
          onMessage: (message) => void (message.type === "OutputTextDelta" && resolve(message.text?.length)),
          onClose: (info) => resolve(info.reason),
        });
      });
      for (const frame of provider.beginning) byDefault.socket?.send(JSON.stringify(frame));
      byDefault.socket?.send(large);
      expect(await words).toBe(1_000_000);
      await byDefault.stop();

      const small = await serve({ clientOptions: { maxPayload: 64 * 1024 } });
      small.socket?.send(large);
      expect((await small.session.closed).error).toMatchObject({ code: "protocol.oversize" });
      await small.stop();
    });

    test("[row 48] is given up when it is silent, after a time that can be changed", async () => {
      const { session, stop } = await serve({ heartbeatMs: 30, heartbeatTimeoutMs: 30 }, false);
      expect((await session.closed).error).toMatchObject({ code: "connection.lost", retryable: true });
      await stop();
    });
  });
});

describe("a token", () => {
  test.each<[string, string, Provider | undefined, (options: object) => { createSession(): Promise<unknown> }]>([
    [
      "Azure OpenAI",
      "https://cognitiveservices.azure.com/.default",
      PROVIDERS.find(({ name }) => name === "Azure OpenAI"),
      (options) => new AzureOpenAIRealtimeClient({ endpoint: "http://127.0.0.1:9", deployment: "rt", ...options }),
    ],
    [
      "Voice Live",
      "https://ai.azure.com/.default",
      PROVIDERS.find(({ name }) => name === "Voice Live"),
      (options) => new VoiceLiveRealtimeClient({ endpoint: "http://127.0.0.1:9", ...options }),
    ],
  ])(
    "[row 34] of a credential is asked for with the scope of %s, and anew for each connection",
    async (_, scope, provider, client) => {
      const service = new Service(provider as Provider);
      const asked: unknown[] = [];
      const credential = {
        getToken: (wanted: unknown) => {
          asked.push(wanted);
          return Promise.resolve({ token: `token-${asked.length}`, expiresOnTimestamp: Date.now() + 60_000 });
        },
      };
      const made = client({ credential, openTransport: service.open });
      await made.createSession();
      await made.createSession();
      expect(asked).toEqual([scope, scope]);
      expect(service.targets.map(({ headers }) => headers["Authorization"])).toEqual(["Bearer token-1", "Bearer token-2"]);
    },
  );

  test("[row 34] of Google Cloud is asked for anew for each connection", async () => {
    const service = new Service(PROVIDERS.find(({ name }) => name === "Gemini") as Provider);
    let count = 0;
    const accessToken = (): Promise<string> => Promise.resolve(`token-${++count}`);
    const client = new GeminiRealtimeClient({ vertex: { project: "p", accessToken }, openTransport: service.open });
    await client.createSession();
    await client.createSession();
    expect(service.targets.map(({ headers }) => headers["Authorization"])).toEqual(["Bearer token-1", "Bearer token-2"]);
  });
});
