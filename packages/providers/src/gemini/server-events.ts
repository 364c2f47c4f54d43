import { RealtimeServerRawMessage, type ServerMessageInit } from "@voxline/core";
import { optionalText, type WireObject } from "../wire/index.ts";

/** Code the model wrote and the service runs (`codeExecution`). */
export class GeminiExecutableCodeMessage extends RealtimeServerRawMessage {
  readonly code: string;
  /** `PYTHON`. */
  readonly language: string | undefined;

  constructor(wire: WireObject, init: ServerMessageInit) {
    super({ ...init, wireType: "serverContent.modelTurn.executableCode" });
    this.code = optionalText(wire, "code") ?? "";
    this.language = optionalText(wire, "language");
  }
}

/** What came of the code the service ran. */
export class GeminiCodeExecutionResultMessage extends RealtimeServerRawMessage {
  /** `OUTCOME_OK`, `OUTCOME_FAILED` or `OUTCOME_DEADLINE_EXCEEDED`. */
  readonly outcome: string | undefined;
  readonly output: string;

  constructor(wire: WireObject, init: ServerMessageInit) {
    super({ ...init, wireType: "serverContent.modelTurn.codeExecutionResult" });
    this.outcome = optionalText(wire, "outcome");
    this.output = optionalText(wire, "output") ?? "";
  }
}

/** What the answer rests on (`googleSearch`): queries, sources and which words they support. It may come several times in a turn. */
export class GeminiGroundingMessage extends RealtimeServerRawMessage {
  /** As the service spells it: `webSearchQueries`, `groundingChunks`, `groundingSupports`, … */
  readonly metadata: WireObject;

  constructor(metadata: WireObject, init: ServerMessageInit) {
    super({ ...init, wireType: "serverContent.groundingMetadata" });
    this.metadata = metadata;
  }
}

/** Which pages were read for the answer (`urlContext`). */
export class GeminiUrlContextMessage extends RealtimeServerRawMessage {
  /** As the service spells it: `urlMetadata`, each with `retrievedUrl` and `urlRetrievalStatus`. */
  readonly metadata: WireObject;

  constructor(metadata: WireObject, init: ServerMessageInit) {
    super({ ...init, wireType: "serverContent.urlContextMetadata" });
    this.metadata = metadata;
  }
}

/** What the user seems to be saying, while it is said; the transcription that counts follows. */
export class GeminiInterimTranscriptionMessage extends RealtimeServerRawMessage {
  /** What is heard so far. */
  readonly text: string;

  constructor(wire: WireObject, init: ServerMessageInit) {
    super({ ...init, wireType: "serverContent.interimInputTranscription" });
    this.text = optionalText(wire, "text") ?? "";
  }
}

/** Data of the model that is no PCM16: a picture, video of an avatar. */
export class GeminiInlineDataMessage extends RealtimeServerRawMessage {
  readonly mimeType: string;
  /** Base64. */
  readonly data: string;

  constructor(mimeType: string, data: string, init: ServerMessageInit) {
    super({ ...init, wireType: "serverContent.modelTurn.inlineData" });
    this.mimeType = mimeType;
    this.data = data;
  }
}
