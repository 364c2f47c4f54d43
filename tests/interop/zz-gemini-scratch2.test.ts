import { GoogleGenAI, Modality, type LiveServerMessage } from "@google/genai";
import { LocalRealtimeClient } from "@voxline/local";
import { RealtimeGateway } from "@voxline/gateway/server";
import { GeminiRealtimeClient } from "@voxline/providers/gemini";
import { DashScopeRealtimeClient } from "@voxline/providers/dashscope";
import { VoiceLiveRealtimeClient } from "@voxline/providers/voice-live";
import { AzureOpenAIRealtimeClient } from "@voxline/providers/azure-openai";
import { OpenAIRealtimeClient } from "@voxline/providers/openai";
import WebSocket from "ws";
import { expect, it } from "vitest";
import { weatherInOslo, chunksOf } from "./speech.ts";

const providers: Record<string, (base: string) => never> = {
  gemini: (b) => new GeminiRealtimeClient({ apiKey: "k", baseUrl: b }) as never,
  openai: (b) => new OpenAIRealtimeClient({ apiKey: "k", baseUrl: `${b}/v1` } as never) as never,
  dashscope: (b) => new DashScopeRealtimeClient({ apiKey: "k", baseUrl: `${b}/api-ws/v1`, model: "qwen3.5-omni-plus-realtime" } as never) as never,
  voicelive: (b) => new VoiceLiveRealtimeClient({ apiKey: "k", endpoint: b } as never) as never,
  azure: (b) => new AzureOpenAIRealtimeClient({ apiKey: "k", endpoint: b, deployment: "d" } as never) as never,
};
for (const [name, make] of Object.entries(providers)) {
  it(`genai -> gateway -> ${name} -> emulator`, { timeout: 60_000 }, async () => {
    await using emulator = new RealtimeGateway({ client: new LocalRealtimeClient() });
    const { port } = await emulator.listen();
    const client = make(`http://127.0.0.1:${port}`);
    await using gateway = new RealtimeGateway({ client });
    const g = await gateway.listen();
    const ai = new GoogleGenAI({ apiKey: "k", httpOptions: { baseUrl: `http://127.0.0.1:${g.port}` } });
    const log: LiveServerMessage[] = [];
    const show = (from: number) => {
      const out: string[] = [];
      for (const m of log.slice(from)) {
        const c = JSON.parse(JSON.stringify(m));
        const data = c.serverContent?.modelTurn?.parts?.[0]?.inlineData;
        if (data) { if (out.at(-1) !== "audio") out.push("audio"); continue; }
        if (c.serverContent?.outputTranscription) { if (out.at(-1) !== "tr") out.push("tr"); continue; }
        out.push(JSON.stringify(c).slice(0, 200));
      }
      return out.join("\n");
    };
    const until = async (test: (m: LiveServerMessage) => boolean, from = 0) => {
      try { await expect.poll(() => log.slice(from).some(test), { timeout: 8_000 }).toBe(true); } catch (e) { console.log(name, "STUCK\n" + show(0)); throw e; }
    };
    let s: Awaited<ReturnType<typeof ai.live.connect>> | undefined;
    void ai.live.connect({
      model: name === "voicelive" ? "gpt-realtime" : name === "dashscope" ? "qwen3.5-omni-plus-realtime" : "gemini-live",
      config: { responseModalities: [Modality.AUDIO], inputAudioTranscription: {}, outputAudioTranscription: {}, sessionResumption: {},
        tools: [{ functionDeclarations: [{ name: "get_weather", parametersJsonSchema: { type: "object", properties: { city: { type: "string" } } } }] }] },
      callbacks: { onmessage: (m) => void log.push(m), onclose: (e) => console.log(name, "closed", e.code, e.reason), onerror: (e) => console.log("err", e.message) },
    }).then((x) => (s = x));
    await expect.poll(() => s !== undefined, { timeout: 8000 }).toBe(true);
    s!.sendClientContent({ turns: "thank you" });
    await until((m) => m.serverContent?.turnComplete === true);
    let mark = log.length;
    const speech = await weatherInOslo();
    for (const c of chunksOf(speech, 40)) s!.sendRealtimeInput({ audio: { data: c.toString("base64"), mimeType: "audio/pcm;rate=24000" } });
    await until((m) => m.toolCall !== undefined, mark);
    const call = log.findLast((m) => m.toolCall)!.toolCall!.functionCalls![0]!;
    s!.sendToolResponse({ functionResponses: { id: call.id!, name: call.name!, response: { temperature: 7, sky: "clear" } } });
    await until((m) => m.serverContent?.modelTurn !== undefined, mark);
    await new Promise((r) => setTimeout(r, 150));
    for (const c of chunksOf(speech, 40)) s!.sendRealtimeInput({ audio: { data: c.toString("base64"), mimeType: "audio/pcm;rate=24000" } });
    await until((m) => m.serverContent?.turnComplete === true, mark);
    await until((m) => m.toolCall !== undefined, log.findLastIndex((m) => m.serverContent?.turnComplete));
    console.log(name + "\n" + show(0));
    s!.close();
  });
  it(`openai ws -> gateway -> ${name} -> emulator`, { timeout: 60_000 }, async () => {
    await using emulator = new RealtimeGateway({ client: new LocalRealtimeClient() });
    const { port } = await emulator.listen();
    const client = make(`http://127.0.0.1:${port}`);
    await using gateway = new RealtimeGateway({ client });
    const g = await gateway.listen();
    const model = name === "voicelive" ? "gpt-realtime" : name === "dashscope" ? "qwen3.5-omni-plus-realtime" : "gemini-live";
    const ws = new WebSocket(`${g.url}/v1/realtime?model=${model}`);
    const log: Record<string, never>[] = [];
    ws.on("message", (d) => void log.push(JSON.parse((d as Buffer).toString())));
    ws.on("close", (c, r) => console.log(name, "closed", c, r.toString()));
    await new Promise((r) => ws.once("open", r));
    const send = (e: unknown) => ws.send(JSON.stringify(e));
    const show = () => { const out: string[] = []; for (const e of log) { const t = String(e["type"]) + (e["error"] ? JSON.stringify(e["error"]) : "") + (e["item"] ? ` ${(e["item"] as {role?: string, type: string}).role ?? (e["item"] as {type: string}).type}` : ""); if (out.at(-1) !== t) out.push(t); } return out.join("\n"); };
    const until = async (type: string, count = 1) => {
      try { await expect.poll(() => log.filter((e) => e["type"] === type).length, { timeout: 8_000 }).toBeGreaterThanOrEqual(count); } catch (e) { console.log(name, "STUCK on", type, "\n" + show()); throw e; }
    };
    send({ type: "session.update", session: { type: "realtime", audio: { input: { turn_detection: null, transcription: { model: "whisper-1" } } } } });
    await until("session.updated");
    send({ type: "session.update", session: { type: "realtime", audio: { input: { turn_detection: null } } } });
    await until("session.updated", 2);
    send({ type: "conversation.item.create", item: { type: "message", role: "user", content: [{ type: "input_text", text: "thank you" }] } });
    send({ type: "response.create" });
    await until("response.done");
    const speech = await weatherInOslo();
    for (const c of chunksOf(speech, 40)) send({ type: "input_audio_buffer.append", audio: c.toString("base64") });
    send({ type: "input_audio_buffer.commit" });
    send({ type: "response.create" });
    await until("response.done", 2);
    const item = log.findLast((e) => e["type"] === "response.output_item.done") as never as { item: { id: string } };
    send({ type: "conversation.item.retrieve", item_id: item.item.id });
    send({ type: "conversation.item.truncate", item_id: item.item.id, content_index: 0, audio_end_ms: 100 });
    send({ type: "input_audio_buffer.clear" });
    await until("conversation.item.retrieved");
    await until("conversation.item.truncated");
    await until("input_audio_buffer.cleared");
    console.log(name + " openai\n" + show());
    ws.close();
  });
}
