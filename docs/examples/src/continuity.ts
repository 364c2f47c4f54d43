import { RealtimeClientBuilder, type IRealtimeClient, type IRealtimeSession } from "@voxline/core";
import { continuity, SessionContinuedMessage } from "@voxline/core/continuity";
import { functionInvocation } from "@voxline/core/function-invocation";
import { search } from "./shop-tools.ts";

/** Opens a session that outlives its connections; the tools are outside, so that they run on while the connection changes. */
export function openForHours(model: IRealtimeClient): Promise<IRealtimeSession> {
  const client = new RealtimeClientBuilder(model)
    .use(functionInvocation({ tools: [search] }))
    .use(continuity({ connectsPerMinute: 30 }))
    .build();
  return client.createSession({ instructions: "You run a tea shop.", transcription: {} });
}

/** Reads until the session is over, and says of each change of connection what became of the conversation. */
export async function watch(session: IRealtimeSession, tell: (line: string) => void): Promise<void> {
  for await (const message of session.getStreamingResponse()) {
    if (!(message instanceof SessionContinuedMessage)) continue;
    const { cause, gapMs, restored, lostAudioMs } = message.report;
    tell(`${cause}: restored ${restored} after ${Math.round(gapMs)} ms, ${lostAudioMs} ms of speech lost`);
  }
}
