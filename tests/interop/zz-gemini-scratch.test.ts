import { GoogleGenAI, Modality, type LiveServerMessage, type Session } from "@google/genai";
import { LocalRealtimeClient } from "@voxline/local";
import { RealtimeGateway } from "@voxline/gateway/server";
import { geminiProtocol } from "../../packages/gateway/src/server/protocols/gemini/gemini-protocol.ts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { weatherInOslo, chunksOf } from "./speech.ts";

for (const frames of ["binary", "text"] as const) {
  for (const vertexai of [false, true]) {
    it(`${frames} ${vertexai}`, { timeout: 60_000 }, async () => {
      const gateway = new RealtimeGateway({ client: new LocalRealtimeClient(), protocols: [geminiProtocol({ frames })] });
      const { port } = await gateway.listen();
      const ai = new GoogleGenAI({ apiKey: "k", vertexai, httpOptions: { baseUrl: `http://127.0.0.1:${port}` } });
      const log: LiveServerMessage[] = [];
      let closed: { code: number; reason: string } | undefined;
      const until = async (test: (m: LiveServerMessage) => boolean, from = 0) => {
        await expect.poll(() => log.slice(from).some(test), { timeout: 30_000 }).toBe(true);
      };
      const connect = (handle?: string): Promise<Session> =>
        ai.live.connect({
          model: "gemini-live",
          config: {
            responseModalities: [Modality.AUDIO],
            systemInstruction: "Be brief.",
            inputAudioTranscription: {},
            outputAudioTranscription: {},
            sessionResumption: handle === undefined ? {} : { handle },
            speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: "Puck" } } },
            tools: [
              {
                functionDeclarations: [
                  {
                    name: "get_weather",
                    parameters: { type: "OBJECT" as never, properties: { city: { type: "STRING" as never } } },
                  },
                ],
              },
            ],
          },
          callbacks: {
            onmessage: (m) => void log.push(m),
            onclose: (e) => (closed = e as never),
          },
        });
      const s = await connect();
      s.sendClientContent({ turns: "thank you" });
      await until((m) => m.serverContent?.turnComplete === true);
      const show = (from: number) => {
        const out: string[] = [];
        for (const m of log.slice(from)) {
          const c = JSON.parse(JSON.stringify(m));
          const data = c.serverContent?.modelTurn?.parts?.[0]?.inlineData;
          if (data) {
            if (out.at(-1) !== "audio") out.push("audio");
            continue;
          }
          out.push(JSON.stringify(c));
        }
        return out.join("\n");
      };
      console.log(show(0));
      let mark = log.length;
      const speech = await weatherInOslo();
      for (const c of chunksOf(speech, 40))
        s.sendRealtimeInput({ audio: { data: c.toString("base64"), mimeType: "audio/pcm;rate=24000" } });
      await until((m) => m.toolCall !== undefined, mark);
      const call = log.findLast((m) => m.toolCall)!.toolCall!.functionCalls![0]!;
      s.sendToolResponse({ functionResponses: { id: call.id!, name: call.name!, response: { temperature: 7, sky: "clear" } } });
      // barge in
      await until((m) => m.serverContent?.modelTurn !== undefined, mark);
      await new Promise((r) => setTimeout(r, 150));
      for (const c of chunksOf(speech, 40))
        s.sendRealtimeInput({ audio: { data: c.toString("base64"), mimeType: "audio/pcm;rate=24000" } });
      await until((m) => m.serverContent?.interrupted === true, mark);
      await until((m) => m.serverContent?.turnComplete === true, mark);
      await until(
        (m) => m.toolCall !== undefined,
        log.findLastIndex((m) => m.serverContent?.turnComplete),
      );
      console.log(show(mark));
      mark = log.length;
      const handle = log.findLast((m) => m.sessionResumptionUpdate?.newHandle)!.sessionResumptionUpdate!.newHandle!;
      s.close();
      const s2 = await connect(handle);
      s2.sendClientContent({ turns: "hello" });
      await until((m) => m.serverContent?.turnComplete === true, mark);
      console.log(show(mark));
      s2.conn.send('{"setup":{"model":"x"}}');
      await expect.poll(() => closed?.code).toBe(1007);
      console.log(closed?.reason);
      await gateway.close();
    });
  }
}
