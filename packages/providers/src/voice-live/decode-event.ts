import { RealtimeServerWarningMessage, type RealtimeServerMessage, type ServerMessageInit } from "@voxline/core";
import { object, optionalNumber, optionalText, text, type WireObject } from "../wire/index.ts";
import {
  VoiceLiveAudioTimestampMessage,
  VoiceLiveAvatarConnectingMessage,
  VoiceLiveAvatarSwitchMessage,
  VoiceLiveBlendshapesMessage,
  VoiceLiveInvocationDeltaMessage,
  VoiceLiveSearchCallMessage,
  VoiceLiveTrackDoneMessage,
  VoiceLiveTranscriptAnnotationMessage,
  VoiceLiveVideoDeltaMessage,
  VoiceLiveVisemeMessage,
  type VoiceLiveTrack,
} from "./server-messages.ts";

/**
 * Reads the events that only Voice Live sends; `undefined` for any other.
 *
 * @throws {RealtimeProtocolError} protocol.shape where an event lacks what makes it one.
 */
export function decodeEvent(event: WireObject, ids: ServerMessageInit): RealtimeServerMessage | undefined {
  const wireType = text(event, "type");
  const init = { ...ids, wireType };
  switch (wireType) {
    case "warning":
      return warning(object(event, "warning"), ids);
    case "response.animation_viseme.delta":
      return new VoiceLiveVisemeMessage({
        ...init,
        audioOffsetMs: optionalNumber(event, "audio_offset_ms") ?? 0,
        visemeId: optionalNumber(event, "viseme_id") ?? 0,
      });
    case "response.audio_timestamp.delta":
      return new VoiceLiveAudioTimestampMessage({
        ...init,
        text: text(event, "text"),
        audioOffsetMs: optionalNumber(event, "audio_offset_ms") ?? 0,
        audioDurationMs: optionalNumber(event, "audio_duration_ms") ?? 0,
        timestampType: optionalText(event, "timestamp_type") ?? "word",
      });
    case "response.animation_blendshapes.delta":
      return new VoiceLiveBlendshapesMessage({
        ...init,
        frames: framesOf(event["frames"]),
        frameIndex: optionalNumber(event, "frame_index") ?? 0,
      });
    case "response.video.delta":
      return new VoiceLiveVideoDeltaMessage({
        ...init,
        codec: optionalText(event, "codec") ?? "h264",
        data: text(event, "delta"),
      });
    case "response.animation_viseme.done":
      return trackDone("visemes", init);
    case "response.audio_timestamp.done":
      return trackDone("audioTimestamps", init);
    case "response.animation_blendshapes.done":
      return trackDone("blendshapes", init);
    case "session.avatar.connecting":
      return new VoiceLiveAvatarConnectingMessage({ ...init, serverSdp: text(event, "server_sdp") });
    case "session.avatar.switch_to_speaking":
      return new VoiceLiveAvatarSwitchMessage({ ...init, state: "speaking", turnId: optionalText(event, "turn_id") });
    case "session.avatar.switch_to_idle":
      return new VoiceLiveAvatarSwitchMessage({ ...init, state: "idle", turnId: optionalText(event, "turn_id") });
    case "response.audio_transcript.annotation.added":
      return new VoiceLiveTranscriptAnnotationMessage({
        ...init,
        annotationIndex: optionalNumber(event, "annotation_index") ?? 0,
        annotation: object(event, "annotation"),
      });
    case "response.invocation.delta":
      return new VoiceLiveInvocationDeltaMessage({ ...init, delta: object(event, "delta") });
    default:
      return searchCall(event, init);
  }
}

type Init = ServerMessageInit & { readonly wireType: string };

function warning(wire: WireObject, ids: ServerMessageInit): RealtimeServerMessage {
  const code = optionalText(wire, "code");
  const param = optionalText(wire, "param");
  const message = optionalText(wire, "message") ?? "the service gave no message";
  const where = param === undefined ? "" : ` (${param})`;
  return new RealtimeServerWarningMessage(code === undefined || code === "" ? "provider.warning" : code, message + where, ids);
}

function trackDone(track: VoiceLiveTrack, init: Init): RealtimeServerMessage {
  return new VoiceLiveTrackDoneMessage({ ...init, track });
}

const SEARCH_CALL = /^response\.(web|file)_search_call\.(searching|in_progress|completed)$/;

function searchCall(event: WireObject, init: Init): RealtimeServerMessage | undefined {
  const [, search, state] = SEARCH_CALL.exec(init.wireType) ?? [];
  if (search === undefined || state === undefined) return undefined;
  return new VoiceLiveSearchCallMessage({
    ...init,
    search: search as "web" | "file",
    state: state as "searching" | "in_progress" | "completed",
    sequenceNumber: optionalNumber(event, "sequence_number"),
  });
}

function framesOf(value: unknown): readonly (readonly number[])[] | string {
  if (typeof value === "string") return value;
  if (!Array.isArray(value)) return [];
  return value.filter((frame): frame is number[] => Array.isArray(frame));
}
