import { context, trace } from "@opentelemetry/api";
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { functionInvocation } from "../function-invocation/function-invocation.ts";
import { logging } from "../logging/logging.ts";
import type { SessionContext } from "../middleware.ts";
import { openTelemetry } from "../opentelemetry/opentelemetry.ts";
import { created, done, lose, startCall, text, wait } from "./continuity.kit.ts";

const exporter = new InMemorySpanExporter();

beforeAll(() => {
  new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
});
afterAll(() => {
  trace.disable();
  context.disable();
});
beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  exporter.reset();
});

async function run(where: "outside" | "inside"): Promise<void> {
  const call = await startCall({ [where]: [openTelemetry()] });
  call.session.send(text("hello"));
  call.client.session.say(created("r1"));
  lose(call.client.session);
  await wait(1_000);
  call.client.session.say(created("r2"), done("r2"));
  await call.session.close();
}

const spans = () => exporter.getFinishedSpans();

describe("tracing", () => {
  it("outside sees one session, with each change of its connection as an event", async () => {
    await run("outside");
    const sessions = spans().filter(({ name }) => name.startsWith("realtime_session"));
    expect(sessions).toHaveLength(1);
    expect(sessions[0]?.events.map(({ attributes }) => attributes?.["voxline.error.code"])).toEqual([
      "session.reconnecting",
      "session.continued",
    ]);
    expect(sessions[0]?.status.code).toBe(0);
    const responses = spans().filter(({ name }) => name.startsWith("realtime_inference"));
    expect(responses.map(({ attributes }) => attributes["gen_ai.response.finish_reasons"])).toEqual([["cancelled"], ["stop"]]);
    expect(responses.map(({ attributes }) => attributes["gen_ai.realtime_session.id"])).toEqual(["s1", "s2"]);
    expect(responses[0]?.attributes["voxline.response.status_reason"]).toBe("connection_lost");
  });

  it("inside sees each connection as a session of its own", async () => {
    await run("inside");
    const sessions = spans().filter(({ name }) => name.startsWith("realtime_session"));
    expect(sessions.map(({ attributes }) => attributes["error.type"])).toEqual(["connection.lost", undefined]);
    const responses = spans().filter(({ name }) => name.startsWith("realtime_inference"));
    expect(responses.map(({ attributes }) => attributes["voxline.response.unfinished"])).toEqual([true, undefined]);
  });
});

describe("logging", () => {
  it("writes each attempt and each change; a layer of a connection that is over writes no more", async () => {
    const lines: Record<string, unknown>[] = [];
    const write = (fields: object, msg: string): void => void lines.push({ ...fields, msg });
    const logger = { debug: () => undefined, info: write, warn: write, error: write };
    let layers: SessionContext | undefined;
    const call = await startCall({
      outside: [
        { name: "peek", wrap: (inner, shared) => ((layers = shared), inner) },
        functionInvocation(),
        logging({ logger, level: "warn" }),
      ],
      inside: [logging({ logger, level: "warn" })],
    });
    for (let round = 0; round < 3; round++) {
      lose(call.client.session);
      await wait(6_000);
    }
    expect(lines.filter(({ msg }) => msg === "realtime warning").map((line) => line["code"])).toEqual([
      "session.reconnecting",
      "session.continued",
      "session.reconnecting",
      "session.continued",
      "session.reconnecting",
      "session.continued",
    ]);
    expect(lines.filter(({ msg }) => msg === "realtime session ended with an error")).toHaveLength(3);
    lines.length = 0;
    // The one outside and the one of the present connection.
    layers?.warn("test", "a warning of a layer");
    expect(lines.filter((line) => line["code"] === "test")).toHaveLength(2);
    expect(layers?.observers).toHaveLength(2);
    await call.session.close();
  });
});
