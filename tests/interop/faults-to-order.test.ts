import {
  RealtimeClientResponseCancelMessage,
  RealtimeError,
  RealtimeServerResponseCreatedMessage,
  respond,
  sendText,
  type IRealtimeClient,
  type IRealtimeSession,
  type RealtimeServerMessage,
} from "@voxline/core";
import { ScriptedClient, type ScriptedAnswer } from "@voxline/core/testing";
import { parseFaults, RealtimeGateway } from "@voxline/gateway/server";
import { LocalRealtimeClient } from "@voxline/local";
import { AzureOpenAIRealtimeClient } from "@voxline/providers/azure-openai";
import { GeminiRealtimeClient } from "@voxline/providers/gemini";
import { OpenAIRealtimeClient } from "@voxline/providers/openai";
import { afterEach, describe, expect, it } from "vitest";

const openNow: AsyncDisposable[] = [];

afterEach(async () => {
  for (const open of openNow.splice(0).toReversed()) await open[Symbol.asyncDispose]();
});

type Make = (baseUrl: string) => IRealtimeClient;

const openai: Make = (baseUrl) => new OpenAIRealtimeClient({ apiKey: "local", baseUrl });
const azure: Make = (baseUrl) => new AzureOpenAIRealtimeClient({ apiKey: "local", baseUrl, deployment: "gpt-realtime" });
const gemini: Make = (baseUrl) => new GeminiRealtimeClient({ apiKey: "local", baseUrl });

/** A provider's client whose service is the emulator, with these faults. */
async function against(make: Make, ...specs: readonly string[]): Promise<IRealtimeClient> {
  return behind(new LocalRealtimeClient(), make, specs);
}

async function behind(model: IRealtimeClient, make: Make, specs: readonly string[]): Promise<IRealtimeClient> {
  const gateway = new RealtimeGateway({ client: model, faults: { faults: parseFaults(specs) } });
  openNow.push(model, gateway);
  const { url } = await gateway.listen();
  const client = make(url);
  openNow.push(client);
  return client;
}

/** A model that needs a moment for each answer. */
const answerSlowly: ScriptedAnswer = (message, session) => {
  if (message.type !== "ResponseCreate") return;
  const responseId = `resp_${session.sent.length}`;
  session.say(new RealtimeServerResponseCreatedMessage("ResponseCreated", { responseId }));
  const end = new RealtimeServerResponseCreatedMessage("ResponseDone", { responseId, status: "completed" });
  setTimeout(() => session.say(end), 50);
};

class Heard {
  readonly session: IRealtimeSession;
  readonly messages: RealtimeServerMessage[] = [];

  constructor(session: IRealtimeSession) {
    this.session = session;
    session.subscribe({ onMessage: (message) => void this.messages.push(message), onClose: () => undefined });
  }

  static async open(client: IRealtimeClient): Promise<Heard> {
    return new Heard(await client.createSession({ outputModalities: ["text"] }));
  }

  of<T extends RealtimeServerMessage["type"]>(type: T): Extract<RealtimeServerMessage, { readonly type: T }>[] {
    return this.messages.filter((message) => message.type === type) as Extract<RealtimeServerMessage, { readonly type: T }>[];
  }

  async saw(type: RealtimeServerMessage["type"], times = 1): Promise<void> {
    await expect.poll(() => this.of(type).length, { interval: 2, timeout: 5_000 }).toBeGreaterThanOrEqual(times);
  }
}

describe("what Voxline's own clients make of a service that", () => {
  it.for([
    ["openai.expire.error-first=100ms", openai, "session.expired", 1001, "session_expired"],
    ["gemini.58min=100ms", gemini, "session.expired", 1011, "Deadline expired before operation could complete."],
    ["close=1011@response.created:broken", openai, "connection.closed", 1011, "broken"],
    ["gemini.1006-stuck=100ms", gemini, "connection.lost", undefined, "the connection broke without a close frame"],
    ["openai.mid-response-drop", openai, "connection.lost", undefined, "the connection broke without a close frame"],
  ] as const)("ends: %s", async ([spec, make, error, code, reason]) => {
    const { session } = await Heard.open(await against(make, spec));
    sendText(session, "Tell me a story");
    const info = await session.closed;
    expect(info).toMatchObject({ code, reason, retryable: true, error: { code: error } });
  });

  it.for([
    ["openai.expire.close-first=100ms", openai, 60],
    ["azure.expire-30=100ms", azure, 30],
  ] as const)("ends without a word but the close's: %s", async ([spec, make, minutes]) => {
    const { session } = await Heard.open(await against(make, spec));
    const reason = `Your session hit the maximum duration of ${minutes} minutes.`;
    expect(await session.closed).toMatchObject({ code: 1001, reason, retryable: true, error: { code: "session.expired" } });
  });

  it.for([
    ["refuse=429:7", { code: "quota.rate_limited", status: 429, retryAfterMs: 7_000 }],
    ["refuse=503", { code: "connect.upgrade_status", status: 503, retryable: true }],
    ["handshake-ok-then-close", { closeCode: 1008, retryable: false }],
  ] as const)("does not let in: %s", async ([spec, expected]) => {
    const client = await against(openai, spec);
    const error: unknown = await client.createSession().catch((thrown: unknown) => thrown);
    expect(RealtimeError.is(error)).toBe(true);
    expect(error).toMatchObject(expected);
  });

  it("never answers a close", async () => {
    const { session } = await Heard.open(await against(openai, "openai.close-unanswered"));
    const began = performance.now();
    await session.close();
    expect(performance.now() - began).toBeLessThan(2_500);
  });

  it("stammers: the session lives, and says what was wrong", async () => {
    const client = await against(openai, "malformed@response.output_item.added", "unknown-event@response.created");
    const heard = await Heard.open(client);
    sendText(heard.session, "Thank you");
    await heard.saw("ResponseDone");
    expect(heard.of("Error").map(({ error }) => error.code)).toEqual(["protocol.json"]);
    expect(heard.of("RawContentOnly").map(({ wireType }) => wireType)).toContain("fault.unheard_of");
    expect(heard.of("ResponseDone")[0]?.status).toBe("completed");
  });

  it("says everything twice: nothing is heard twice", async () => {
    const heard = await Heard.open(await against(openai, "duplicate=1"));
    sendText(heard.session, "Thank you");
    await heard.saw("ResponseDone");
    expect(
      heard
        .of("OutputTextDelta")
        .map(({ text }) => text)
        .join(""),
    ).toBe("You are welcome.");
    expect(heard.of("ResponseCreated").length).toBe(1);
  });

  it("was faster: the refused request is repeated when the service's own answer is over", async () => {
    const heard = await Heard.open(await against(openai, "openai.active-response-race"));
    sendText(heard.session, "Thank you");
    await heard.saw("ResponseDone", 2);
    expect(heard.of("ResponseDone").map(({ status }) => status)).toEqual(["completed", "completed"]);
    expect(heard.of("Error")).toEqual([]);
  });

  it("was done before the cancel came: the session lives", async () => {
    const model = new ScriptedClient({ onSend: answerSlowly });
    const heard = await Heard.open(await behind(model, openai, ["openai.cancel-not-active"]));
    respond(heard.session);
    await heard.saw("ResponseCreated");
    heard.session.send(new RealtimeClientResponseCancelMessage());
    respond(heard.session);
    await heard.saw("ResponseDone", 2);
    expect(model.session.sent.map(({ type }) => type)).toEqual(["ResponseCreate", "ResponseCreate"]);
    expect(heard.of("ResponseDone").map(({ status }) => status)).toEqual(["completed", "completed"]);
    // A cancel that met the end on its way is nobody's error.
    expect(heard.of("Error")).toEqual([]);
  });

  it("announces its end", async () => {
    const heard = await Heard.open(await against(gemini, "go-away=300ms@50ms"));
    await heard.saw("SessionGoingAway");
    expect(heard.of("SessionGoingAway")[0]?.timeLeftMs).toBe(300);
    expect((await heard.session.closed).error?.code).toBe("session.expired");
  });

  it("poisons its handles", async () => {
    const client = await against(gemini, "gemini.resume-poison");
    const first = new Heard(await client.createSession({ outputModalities: ["text"], resumption: {} }));
    sendText(first.session, "Thank you");
    await expect.poll(() => first.of("SessionResumptionUpdated").at(-1)?.resumptionHandle, { interval: 2 }).toBeTypeOf("string");
    const handle = first.of("SessionResumptionUpdated").at(-1)?.resumptionHandle;
    await first.session.close();
    const again = await client.createSession({ outputModalities: ["text"], resumption: { handle } });
    expect((await again.closed).code).toBe(1011);
  });
});
