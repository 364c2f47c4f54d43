import { test } from "vitest";
import { providerContract } from "@voxline/core/testing";
import { connect } from "./fake-service.kit.ts";

test("[row 41] the contract of providers is kept", async () => {
  const { service, client } = connect();
  let count = 0;
  service.onEvent = ({ type }) => {
    if (type !== "response.create") return;
    count += 1;
    const ids = { response_id: `resp_${count}`, item_id: `item_${count}`, output_index: 0, content_index: 0 };
    const response = { id: ids.response_id, object: "realtime.response", output: [] };
    const item = { id: ids.item_id, object: "realtime.item", type: "message", role: "assistant" };
    service.send({ type: "response.created", response: { ...response, status: "in_progress" } });
    service.send({ type: "response.output_item.added", ...ids, item: { ...item, status: "in_progress", content: [] } });
    service.send({ type: "conversation.item.created", item: { ...item, status: "in_progress", content: [] } });
    service.send({ type: "response.text.delta", ...ids, delta: "Hello" });
    service.send({ type: "response.text.done", ...ids, text: "Hello" });
    service.send({ type: "response.output_item.done", ...ids, item: { ...item, status: "completed", content: [] } });
    service.send({ type: "response.done", response: { ...response, status: "completed" } });
  };
  await providerContract(() => client);
});
