/** Bytes of a 20 ms frame of PCM16 at 24 kHz: what every figure is about. */
export const FRAME_BYTES = 960;

/** The event by which a candidate asks the peer for work. */
export interface Order {
  readonly type: "bench.order";
  readonly work: "flood" | "count" | "tools" | "pace";
  readonly count: number;
}

const audio = Buffer.alloc(FRAME_BYTES);
for (let i = 0; i < FRAME_BYTES; i++) audio[i] = (i * 31) & 255;
export const AUDIO: Uint8Array = audio;
const AUDIO_TEXT = audio.toString("base64");

/** An audio delta as OpenAI writes it; `sequence` stands in the content index, so that order can be checked. */
export function audioDelta(sequence: number): string {
  return `{"type":"response.output_audio.delta","event_id":"event_C9G5RJeJ2gF77${String(sequence).padStart(7, "0")}","response_id":"resp_C9G5QPteg4UmbotdLQCXH","item_id":"item_C9G5QlE0Dg8vTn2oB7vLc","output_index":0,"content_index":${sequence},"delta":"${AUDIO_TEXT}"}`;
}

/** Where the number in an audio frame's event id stands, in the frame's text. */
export const ID_DIGITS = Object.freeze({ start: audioDelta(0).indexOf("0000000"), length: 7 });

/** The end of a work order. */
export function doneMark(order: number): string {
  return `{"type":"rate_limits.updated","event_id":"done_${order}","rate_limits":[]}`;
}

/** A function call, complete in the one event that starts it. */
export function functionCall(index: number): string {
  const item = `{"id":"item_${index}","object":"realtime.item","type":"function_call","status":"completed","call_id":"call_${index}","name":"echo","arguments":"{\\"text\\":\\"hello\\"}"}`;
  return `{"type":"response.output_item.done","event_id":"event_${index}","response_id":"resp_${index}","output_index":0,"item":${item}}`;
}

export function responseEvent(type: "created" | "done", index: number): string {
  const status = type === "created" ? "in_progress" : "completed";
  return `{"type":"response.${type}","event_id":"event_r${index}","response":{"id":"resp_${index}","object":"realtime.response","status":"${status}","status_details":null,"output":[],"conversation_id":"conv_1","usage":null}}`;
}

export const SESSION = `{"id":"sess_1","object":"realtime.session","type":"realtime","model":"gpt-realtime","output_modalities":["audio"],"instructions":"","tools":[],"tool_choice":"auto","max_output_tokens":"inf","audio":{"input":{"format":{"type":"audio/pcm","rate":24000},"transcription":null,"noise_reduction":null,"turn_detection":null},"output":{"format":{"type":"audio/pcm","rate":24000},"voice":"marin","speed":1}}}`;
