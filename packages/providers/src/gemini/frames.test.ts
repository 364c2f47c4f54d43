import { describe, expect, test } from "vitest";
import { A, BEGINNING, openSession, types } from "./fake-service.kit.ts";
import {
  GeminiCodeExecutionResultMessage,
  GeminiExecutableCodeMessage,
  GeminiGroundingMessage,
  GeminiInlineDataMessage,
  GeminiInterimTranscriptionMessage,
  GeminiUrlContextMessage,
  geminiOptions,
} from "./index.ts";

describe("what Voxline has no message for", () => {
  test("is typed where Gemini documents it", async () => {
    const { service, take } = await openSession({ rawOptions: geminiOptions({ codeExecution: true, googleSearch: true }) });
    service.send({ serverContent: { modelTurn: { parts: [{ executableCode: { code: "1+1", language: "PYTHON" } }] } } });
    service.send({ serverContent: { modelTurn: { parts: [{ codeExecutionResult: { outcome: "OUTCOME_OK", output: "2" } }] } } });
    service.send({ serverContent: { modelTurn: { parts: [{ inlineData: { mimeType: "image/png", data: "AAAA" } }] } } });
    service.send({ serverContent: { groundingMetadata: { webSearchQueries: ["weather oslo"] } } });
    service.send({ serverContent: { urlContextMetadata: { urlMetadata: [{ retrievedUrl: "https://example.com" }] } } });
    service.send({ serverContent: { interimInputTranscription: { text: "Wha" } } });
    service.send({ serverContent: { modelTurn: { parts: [{ fileData: { fileUri: "gs://a" } }] } } });
    service.transport.send('{"holographicUpdate":{"beams":3}}');
    service.transport.send("{}");
    const messages = await take();
    expect(messages.map((message) => message.type === "RawContentOnly" && message.wireType)).toEqual([
      "serverContent.modelTurn.executableCode",
      "serverContent.modelTurn.codeExecutionResult",
      "serverContent.modelTurn.inlineData",
      "serverContent.groundingMetadata",
      "serverContent.urlContextMetadata",
      "serverContent.interimInputTranscription",
      "serverContent.modelTurn.fileData",
      "holographicUpdate",
      undefined,
    ]);
    expect(messages.slice(0, 6).map((message) => message.constructor)).toEqual([
      GeminiExecutableCodeMessage,
      GeminiCodeExecutionResultMessage,
      GeminiInlineDataMessage,
      GeminiGroundingMessage,
      GeminiUrlContextMessage,
      GeminiInterimTranscriptionMessage,
    ]);
    expect(messages[0]).toMatchObject({ code: "1+1", language: "PYTHON" });
    expect(messages[1]).toMatchObject({ outcome: "OUTCOME_OK", output: "2" });
    expect(messages[2]).toMatchObject({ mimeType: "image/png", data: "AAAA" });
    expect(messages[3]).toMatchObject({ metadata: { webSearchQueries: ["weather oslo"] } });
    expect(messages[5]).toMatchObject({ text: "Wha" });
  });
});

describe("frames that are not as they should be", () => {
  test("[row 44] what is no JSON object is an Error, and the stream goes on", async () => {
    const { service, take } = await openSession();
    for (const bad of ['{"serverContent":', "null", "[]", "42", "\u0000"]) service.transport.send(bad);
    service.audio(A);
    const messages = await take();
    expect(messages.slice(0, 5).map((message) => message.type === "Error" && message.error.code)).toEqual([
      "protocol.json",
      "protocol.shape",
      "protocol.shape",
      "protocol.shape",
      "protocol.json",
    ]);
    expect(types(messages.slice(5))).toEqual([...BEGINNING, "OutputAudioDelta"]);
  });

  test.each([
    ['{"serverContent":5}', []],
    ['{"serverContent":{"modelTurn":{"parts":"x"}}}', []],
    ['{"serverContent":{"modelTurn":{"parts":[7,{"text":"good"}]}}}', [...BEGINNING, "OutputTextDelta"]],
    ['{"serverContent":{"modelTurn":{"parts":[{"text":7},{"inlineData":{"data":"AAAA"}}]}}}', []],
    [
      '{"serverContent":{"inputTranscription":{"text":{}},"outputTranscription":{"text":"good"}}}',
      [...BEGINNING, "OutputAudioTranscriptionDelta"],
    ],
    ['{"toolCall":{"functionCalls":{}}}', []],
    ['{"toolCall":{"functionCalls":[{"id":"a"},{"id":"b","name":"n","args":[]}]}}', []],
    ['{"goAway":"soon","sessionResumptionUpdate":{}}', ["SessionResumptionUpdated"]],
  ])("[row 45] %s costs itself alone: what can be read of it is, and the rest is an Error", async (bad, good) => {
    const { service, take } = await openSession();
    service.transport.send(bad);
    const messages = await take();
    expect(types(messages)).toEqual([...good, "RawContentOnly", "Error"]);
    expect(messages.at(-1)).toMatchObject({ error: { type: "protocol_error", code: "protocol.shape" } });
    expect(messages.at(-2)?.rawRepresentation).toEqual(JSON.parse(bad));
  });

  test("[row 46] audio that is no base64, and none at all, is dropped with a warning", async () => {
    const { service, take } = await openSession();
    service.audio("no base64!");
    service.audio("");
    expect(await take()).toMatchObject([{ type: "Warning", code: "audio.undecodable" }]);
  });

  test("null members, and names that objects are born with, are as if they were not there", async () => {
    const { service, take } = await openSession();
    service.transport.send('{"serverContent":null,"toolCall":null,"usageMetadata":null,"goAway":null}');
    service.transport.send(
      '{"serverContent":{"modelTurn":{"parts":[{"text":"x"}],"__proto__":{"polluted":1}},"constructor":{}}}',
    );
    const messages = await take();
    expect(types(messages)).toEqual([...BEGINNING, "OutputTextDelta"]);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});
