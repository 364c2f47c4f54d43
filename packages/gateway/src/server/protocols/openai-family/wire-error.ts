import { createId } from "@voxline/core";

/** An error as the service writes it. */
export interface WireError {
  readonly type?: string | undefined;
  readonly code: string | null;
  readonly message: string;
  readonly param?: string | null | undefined;
}

/** An `error` event; `eventId` is the client's own id of the event at fault. */
export function errorFrame(error: WireError, eventId: string | null | undefined): string {
  return JSON.stringify({
    type: "error",
    event_id: createId("event"),
    error: {
      type: error.type ?? "invalid_request_error",
      code: error.code,
      message: error.message,
      param: error.param ?? null,
      event_id: eventId ?? null,
    },
  });
}
