import { get } from "node:http";
import { RealtimeGateway } from "@voxline/gateway/server";
import { LocalRealtimeClient } from "@voxline/local";
import { AuthenticationError, OpenAI } from "openai";
import { describe, expect, it } from "vitest";
import { AgentsCaller } from "./agents-caller.ts";
import { within } from "./event-log.ts";
import { OpenAICaller } from "./openai-caller.ts";
import { ServeProcess } from "./serve-process.ts";

const GOODBYE = { code: 1001, reason: "the gateway is shutting down" };

/** One look at the gateway's health. */
function health(server: ServeProcess): Promise<{ connections: number; sessions: number; accepted: number }> {
  return new Promise((resolve, reject) => {
    get(`http://${server.url.host}/health`, { agent: false }, (response) => {
      let body = "";
      response.on("data", (data: Buffer) => (body += data.toString()));
      response.on("end", () => resolve(JSON.parse(body) as { connections: number; sessions: number; accepted: number }));
    }).on("error", reject);
  });
}

describe("the end of a connection", () => {
  it("both SDKs are told goodbye when the server is asked to stop, also in the middle of an answer", async () => {
    await using server = await ServeProcess.start();
    await using idle = await OpenAICaller.connect(server);
    await using listening = await OpenAICaller.connect(server);
    await using agent = await AgentsCaller.connect(server);
    const statuses: string[] = [];
    agent.transport.on("connection_change", (status) => statuses.push(status));
    listening.ask("Tell me a story");
    agent.session.sendMessage("Tell me a story");
    await listening.log.next("response.output_audio.delta");
    await agent.log.next("response.output_audio.delta");

    const finished = await server.stop();
    expect(finished.stderr).toBe("");
    expect(finished.code).toBe(0);
    expect(await within(idle.closed, "the close of an idle client")).toEqual(GOODBYE);
    expect(await within(listening.closed, "the close of a listening client")).toEqual(GOODBYE);
    expect(await within(agent.closed, "the close of an agent")).toEqual(GOODBYE);
    expect(statuses).toEqual(["disconnected"]);
    expect(listening.log.of("response.done")).toEqual([]);
    expect([...idle.errors, ...listening.errors, ...agent.errors]).toEqual([]);
    expect(agent.unparsed).toEqual([]);

    // Nobody is there any more.
    const late = OpenAICaller.dial(server);
    expect((await within(late.closed, "a refusal")).code).toBe(1006);
    expect(late.errors.map((error) => error.message)).toEqual([expect.stringContaining("ECONNREFUSED")]);
  });

  it("a TLS client is told goodbye too", async () => {
    await using server = await ServeProcess.start("--tls");
    await using caller = await OpenAICaller.connect(server);
    expect(caller.rt.url.protocol).toBe("wss:");
    const { code, stderr } = await server.stop();
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(await within(caller.closed, "the close")).toEqual(GOODBYE);
    expect(caller.errors).toEqual([]);
  });

  it("nothing of a client that left stays, however it left", async () => {
    await using server = await ServeProcess.start();
    const polite = await OpenAICaller.connect(server);
    const agent = await AgentsCaller.connect(server);
    const rude = await OpenAICaller.connect(server);
    for (const caller of [polite, rude]) caller.ask("Tell me a story");
    agent.session.sendMessage("Tell me a story");
    for (const { log } of [polite, agent, rude]) await log.next("response.output_audio.delta");
    expect(await health(server)).toMatchObject({ connections: 3, sessions: 3, accepted: 3 });
    polite.rt.close();
    expect(await within(polite.closed, "the close")).toEqual({ code: 1000, reason: "OK" });
    await agent[Symbol.asyncDispose]();
    expect((await agent.closed).code).toBe(1005);
    rude.rt.socket.terminate();
    expect((await within(rude.closed, "the close")).code).toBe(1006);
    const empty = async (): Promise<object> => {
      const now = await health(server);
      return now.connections + now.sessions === 0 ? now : empty();
    };
    expect(await within(empty(), "an empty server")).toMatchObject({ status: "ok", connections: 0, sessions: 0, accepted: 3 });
  });
});

// `voxline serve` lets everybody in, so keys are tried at a gateway of this process. Nobody says anything: no session is opened.
describe("keys", () => {
  it("a wrong key is refused before there is a connection, a client secret is as good as the key it was made with", async () => {
    await using model = new LocalRealtimeClient();
    await using gateway = new RealtimeGateway({ client: model, apiKeys: ["sk-right"] });
    const { url } = await gateway.listen();
    const endpoint = { url: new URL(`${url}/v1/realtime`) };
    const api = (apiKey: string): OpenAI => new OpenAI({ apiKey, baseURL: `http://${endpoint.url.host}/v1`, maxRetries: 0 });

    const refused = OpenAICaller.dial(endpoint, { apiKey: "sk-wrong" });
    expect((await within(refused.closed, "a refusal")).code).toBe(1006);
    expect(refused.errors.map((error) => error.message)).toEqual(["Unexpected server response: 401"]);
    const agent = AgentsCaller.create();
    const failure = await agent.connect(endpoint.url.href, "sk-wrong").catch((error: unknown) => error);
    expect(failure).toMatchObject({ message: "Unexpected server response: 401" });
    const denied = await api("sk-wrong")
      .realtime.clientSecrets.create({})
      .catch((error: unknown) => error);
    expect(denied).toBeInstanceOf(AuthenticationError);
    expect(denied).toMatchObject({ status: 401, code: "invalid_api_key" });

    const { value } = await api("sk-right").realtime.clientSecrets.create({
      session: { type: "realtime", instructions: "Be brief." },
    });
    await using caller = await OpenAICaller.connect(endpoint, { apiKey: value });
    expect(caller.log.of("session.created")[0]?.session).toMatchObject({ instructions: "Be brief." });
    expect(caller.errors).toEqual([]);
    // A secret makes no secrets.
    const again = await api(value)
      .realtime.clientSecrets.create({})
      .catch((error: unknown) => error);
    expect(again).toBeInstanceOf(AuthenticationError);
  });
});
