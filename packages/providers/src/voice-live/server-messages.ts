import { RealtimeServerRawMessage, type InputAudioTranscriptionCompleted, type ServerMessageInit } from "@voxline/core";
import { isObject, optionalNumber, optionalText } from "../wire/index.ts";

// The messages below are of type `RawContentOnly`: `instanceof` tells them apart.
// See https://learn.microsoft.com/azure/ai-services/speech-service/voice-live-api-reference-2026-07-15, read 2026-11-20.

/** What such a message is made of: what every raw message has, and its own fields. */
export type VoiceLiveMessageInit<T> = ServerMessageInit & { readonly wireType: string } & T;

/** The service answers `avatarConnect`. */
export class VoiceLiveAvatarConnectingMessage extends RealtimeServerRawMessage {
  /** The answer, in base64 as the service writes it. */
  readonly serverSdp: string;

  constructor(init: VoiceLiveMessageInit<{ readonly serverSdp: string }>) {
    super(init);
    this.serverSdp = init.serverSdp;
  }
}

/** The avatar begins or stops to speak. */
export class VoiceLiveAvatarSwitchMessage extends RealtimeServerRawMessage {
  readonly state: "speaking" | "idle";
  readonly turnId: string | undefined;

  constructor(init: VoiceLiveMessageInit<{ readonly state: "speaking" | "idle"; readonly turnId: string | undefined }>) {
    super(init);
    this.state = init.state;
    this.turnId = init.turnId;
  }
}

/** Movements of a face beside the audio. */
export class VoiceLiveBlendshapesMessage extends RealtimeServerRawMessage {
  /** One array of weights a frame; text where the service packs them. */
  readonly frames: readonly (readonly number[])[] | string;
  /** Position of the first of these frames, from 0. */
  readonly frameIndex: number;

  constructor(
    init: VoiceLiveMessageInit<{ readonly frames: readonly (readonly number[])[] | string; readonly frameIndex: number }>,
  ) {
    super(init);
    this.frames = init.frames;
    this.frameIndex = init.frameIndex;
  }
}

/** The shape of the mouth from a point of the audio on. */
export class VoiceLiveVisemeMessage extends RealtimeServerRawMessage {
  /** Milliseconds from the start of the item's audio. */
  readonly audioOffsetMs: number;
  /** 0–21; 0 is silence. */
  readonly visemeId: number;

  constructor(init: VoiceLiveMessageInit<{ readonly audioOffsetMs: number; readonly visemeId: number }>) {
    super(init);
    this.audioOffsetMs = init.audioOffsetMs;
    this.visemeId = init.visemeId;
  }
}

/** When a word is spoken. */
export class VoiceLiveAudioTimestampMessage extends RealtimeServerRawMessage {
  readonly text: string;
  /** Milliseconds from the start of the item's audio. */
  readonly audioOffsetMs: number;
  readonly audioDurationMs: number;
  /** What the text is: `word`. */
  readonly timestampType: string;

  constructor(
    init: VoiceLiveMessageInit<{
      readonly text: string;
      readonly audioOffsetMs: number;
      readonly audioDurationMs: number;
      readonly timestampType: string;
    }>,
  ) {
    super(init);
    this.text = init.text;
    this.audioOffsetMs = init.audioOffsetMs;
    this.audioDurationMs = init.audioDurationMs;
    this.timestampType = init.timestampType;
  }
}

/** What goes along with an item's audio. */
export type VoiceLiveTrack = "blendshapes" | "visemes" | "audioTimestamps";

/** All of one kind that goes along with an item's audio has been sent. */
export class VoiceLiveTrackDoneMessage extends RealtimeServerRawMessage {
  readonly track: VoiceLiveTrack;

  constructor(init: VoiceLiveMessageInit<{ readonly track: VoiceLiveTrack }>) {
    super(init);
    this.track = init.track;
  }
}

/** A piece of the avatar's video, where it comes over this connection. */
export class VoiceLiveVideoDeltaMessage extends RealtimeServerRawMessage {
  /** `h264`. */
  readonly codec: string;
  /** Base64. */
  readonly data: string;

  constructor(init: VoiceLiveMessageInit<{ readonly codec: string; readonly data: string }>) {
    super(init);
    this.codec = init.codec;
    this.data = init.data;
  }
}

/** The model searches the web, or files. */
export class VoiceLiveSearchCallMessage extends RealtimeServerRawMessage {
  readonly search: "web" | "file";
  readonly state: "searching" | "in_progress" | "completed";
  readonly sequenceNumber: number | undefined;

  constructor(
    init: VoiceLiveMessageInit<{
      readonly search: "web" | "file";
      readonly state: "searching" | "in_progress" | "completed";
      readonly sequenceNumber: number | undefined;
    }>,
  ) {
    super(init);
    this.search = init.search;
    this.state = init.state;
    this.sequenceNumber = init.sequenceNumber;
  }
}

/** A note on what is said, such as the page it was found on. */
export class VoiceLiveTranscriptAnnotationMessage extends RealtimeServerRawMessage {
  /** Position among the part's notes, from 0. */
  readonly annotationIndex: number;
  readonly annotation: Readonly<Record<string, unknown>>;

  constructor(
    init: VoiceLiveMessageInit<{ readonly annotationIndex: number; readonly annotation: Readonly<Record<string, unknown>> }>,
  ) {
    super(init);
    this.annotationIndex = init.annotationIndex;
    this.annotation = init.annotation;
  }
}

/** An event of a hosted agent that is not speech, as the agent wrote it. */
export class VoiceLiveInvocationDeltaMessage extends RealtimeServerRawMessage {
  readonly delta: Readonly<Record<string, unknown>>;

  constructor(init: VoiceLiveMessageInit<{ readonly delta: Readonly<Record<string, unknown>> }>) {
    super(init);
    this.delta = init.delta;
  }
}

/** A word of the user's, and when it was said. */
export interface TranscriptionWord {
  readonly text: string;
  /** Milliseconds from the start of the item's audio. */
  readonly offsetMs: number | undefined;
  readonly durationMs: number | undefined;
}

/** A phrase of the user's, and when it was said. */
export interface TranscriptionPhrase extends TranscriptionWord {
  readonly words: readonly TranscriptionWord[];
  /** Such as `en-US`. */
  readonly locale: string | undefined;
  /** 0–1. */
  readonly confidence: number | undefined;
}

/** The phrases of a transcript, where `include` asked for them; empty otherwise. */
export function transcriptionPhrases(message: InputAudioTranscriptionCompleted): TranscriptionPhrase[] {
  const { rawRepresentation: raw } = message;
  return objectsIn(isObject(raw) ? raw["phrases"] : undefined).map((phrase) => ({
    ...word(phrase),
    words: objectsIn(phrase["words"]).map(word),
    locale: optionalText(phrase, "locale"),
    confidence: optionalNumber(phrase, "confidence"),
  }));
}

function objectsIn(value: unknown): Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function word(wire: Readonly<Record<string, unknown>>): TranscriptionWord {
  return {
    text: optionalText(wire, "text") ?? "",
    offsetMs: optionalNumber(wire, "offset_milliseconds"),
    durationMs: optionalNumber(wire, "duration_milliseconds"),
  };
}
