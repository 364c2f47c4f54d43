import { inOrder, intercept, type RealtimeMiddleware, type RealtimeServerMessage } from "@voxline/core";

/** Holds a text back until a check has allowed it; what comes behind it waits, everything else passes at once. */
export const moderated = (isAllowed: (text: string) => Promise<boolean>): RealtimeMiddleware =>
  intercept("moderated", () => ({
    receive: inOrder((message: RealtimeServerMessage) =>
      message.type === "OutputTextDone" ? isAllowed(message.text).then((allowed) => (allowed ? message : undefined)) : message,
    ),
  }));
