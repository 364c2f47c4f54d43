import { openWebSocket } from "@voxline/core/transport";
import { inspect } from "node:util";
import { expect } from "vitest";
import { within, type Bench } from "./bench.ts";
import { canariesIn, CANARIES, everythingIn } from "./canaries.ts";
import { fault, type Fault } from "./fault-case.ts";
import { refusing, type Frame } from "./fake-service.ts";

const { key, header, query } = CANARIES;
/** A service that repeats everything it was given. */
const LEAK = `key ${key}, header ${header}, query ${query}`;
const ESCAPED = JSON.stringify({ error: { message: LEAK, code: key } }).replaceAll("sk-", "\\u0073k-");

const failed = (code: string): Frame => ({ type: "invalid_request_error", code, message: LEAK, param: query });

async function expectClean(bench: Bench, status: number, body: string): Promise<void> {
  const service = bench.keep(await refusing(status, { "x-echo": key }, body));
  const error = await bench.refused(service);
  expect(canariesIn(everythingIn(error)), `${status}`).toEqual([]);
  expect(error.message).toContain("[redacted]");
}

export const SECRETS: readonly Fault[] = [
  fault("F175", 0, "keys in everything a service says, in every way an opening or a session fails", async (bench) => {
    for (const status of [400, 401, 403, 404, 429, 500]) {
      await expectClean(bench, status, JSON.stringify({ error: { message: LEAK } }));
      await expectClean(bench, status, ESCAPED);
    }
    const inBand = await bench.service({
      onPeer: (peer) => {
        peer.send({ type: "error", error: failed(key) });
      },
    });
    expect(canariesIn(everythingIn(await bench.refused(inBand)))).toEqual([]);
    const closing = await bench.service({ onPeer: (peer) => peer.socket.close(1008, LEAK.slice(0, 120)) });
    expect(canariesIn(everythingIn(await bench.refused(closing)))).toEqual([]);
    const broken = bench.refused(
      { port: 9 },
      {
        client: {
          openTransport: () => Promise.reject(new TypeError(LEAK, { cause: new AggregateError([new TypeError(LEAK)], LEAK) })),
        },
      },
    );
    expect(canariesIn(everythingIn(await broken.catch((error: unknown) => error)))).toEqual([]);

    const { subject, peer } = await bench.pair();
    peer.send({ type: "error", error: failed("odd") });
    peer.send({ type: "response.created", response: { id: "resp_1" } });
    peer.send({
      type: "response.done",
      response: { id: "resp_1", status: "failed", output: [], status_details: { type: "failed", error: failed(key) } },
    });
    peer.send({ type: "conversation.item.input_audio_transcription.failed", item_id: "i", content_index: 0, error: failed(key) });
    peer.send(`not JSON: ${LEAK}`);
    await subject.got("Error", 2);
    const said = subject.messages.filter(({ type }) => /Error|ResponseDone|InputAudioTranscriptionFailed/.test(type));
    const kinds = ["Error", "InputAudioTranscriptionFailed", "ResponseDone"];
    expect([...new Set(said.map(({ type }) => type))].toSorted()).toEqual(kinds);
    expect(canariesIn(said.map(everythingIn).join(""))).toEqual([]);
    expect(subject.of("ResponseDone")).toMatchObject([{ statusReason: "[redacted]", error: { code: "[redacted]" } }]);
    const updating = bench.watch("update", subject.session.update({ instructions: "x" })).catch((error: unknown) => error);
    peer.socket.close(1011, LEAK.slice(0, 120));
    await bench.ended(subject);
    expect(canariesIn(everythingIn(await within(1_000, "update", updating)))).toEqual([]);
    const objects = [subject.session, subject.session.metadata, bench.client(9), bench.client(9).metadata, openWebSocket()];
    expect(canariesIn(objects.map((object) => inspect(object, { depth: 6, showHidden: true })).join(""))).toEqual([]);
  }),

  fault("F176", 0, "what was said, asked and answered is not in logs and spans", async (bench) => {
    const { subject, peer } = await bench.pair();
    const call = {
      id: "item_1",
      type: "function_call",
      call_id: "call_1",
      name: "look_up",
      arguments: JSON.stringify({ secret: CANARIES.toolArgument }),
    };
    const ids = { response_id: "resp_1", item_id: "item_0", output_index: 0, content_index: 0 };
    peer.send({
      type: "conversation.item.input_audio_transcription.completed",
      item_id: "i",
      content_index: 0,
      transcript: CANARIES.transcript,
    });
    peer.send({ type: "response.created", response: { id: "resp_1" } });
    peer.send({ type: "response.output_text.done", ...ids, text: CANARIES.transcript });
    peer.send({ type: "response.output_item.done", response_id: "resp_1", output_index: 1, item: call });
    peer.send({ type: "response.done", response: { id: "resp_1", status: "completed", output: [call] } });
    await peer.got("response.create");
    expect(bench.toolRuns).toEqual([{ secret: CANARIES.toolArgument }]);
    expect(JSON.stringify(peer.received), "the model is told").toContain(CANARIES.toolResult);
    expect(JSON.stringify(subject.messages), "and so is the reader").toContain(CANARIES.transcript);
    await subject.session.close();
    const text = bench.telemetry.text();
    expect(text).toContain("tool call done");
    expect(text).toContain("call_1");
    expect(canariesIn(text)).toEqual([]);
  }),
];
