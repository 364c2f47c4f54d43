import { RealtimeClientConversationItemCreateMessage, type IRealtimeSession, type RealtimeServerMessage } from "@voxline/core";

/** Answers calls of `ask_for_address` with what the user types; function invocation then asks the model to go on. */
export function answerForm(session: IRealtimeSession, message: RealtimeServerMessage, showForm: () => Promise<string>): void {
  if (message.type !== "ResponseOutputItemDone") return;
  for (const content of message.item.contents) {
    if (content.type !== "functionCall" || content.name !== "ask_for_address") continue;
    const send = (result: string, isError = false): void => {
      const contents = [{ type: "functionResult" as const, callId: content.callId, result, isError }];
      session.send(new RealtimeClientConversationItemCreateMessage({ contents }));
    };
    // Nobody hears of the form any more where the session is over by then.
    void showForm()
      .then(
        (text) => send(text),
        () => send("The user closed the form.", true),
      )
      .catch(() => undefined);
  }
}
