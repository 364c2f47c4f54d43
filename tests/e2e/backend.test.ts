import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { collectResponse, sendText } from "@voxline/core";
import { OpenAIRealtimeClient } from "@voxline/providers/openai";
import { Child, run, scratchFolder } from "./process.ts";

const BACKEND = fileURLToPath(new URL("../../docs/examples/dist/backend.js", import.meta.url));

describe("the backend of the docs", () => {
  it("does not start without a key", async () => {
    await using folder = await scratchFolder();
    expect(await run([BACKEND], folder.path)).toMatchObject({ code: 2, stderr: "Set BACKEND_KEY: clients must show it.\n" });
  });

  it("serves its own routes, the gateway's and sessions on one port, and says goodbye when it is stopped", async () => {
    await using folder = await scratchFolder();
    const backend = new Child([BACKEND], { cwd: folder.path, env: { PORT: "0", BACKEND_KEY: "key-of-the-test" } });
    const [, address = ""] = await backend.prints(/listening on (\S+)/);
    const get = async (path: string) => {
      const response = await fetch(`${address}${path}`);
      return [response.status, await response.text()] as const;
    };
    expect(await get("/")).toEqual([200, "The sessions are at /v1/realtime."]);
    expect(await get("/nowhere")).toEqual([404, "404 Not Found"]);
    const [status, health] = await get("/health");
    expect([status, JSON.parse(health)]).toEqual([200, expect.objectContaining({ status: "ok", connections: 0 })]);
    const secret = await fetch(`${address}/v1/realtime/client_secrets`, {
      method: "POST",
      headers: { authorization: "Bearer key-of-the-test", "content-type": "application/json" },
      body: "{}",
    });
    expect(secret.status).toBe(200);

    const stranger = new OpenAIRealtimeClient({ apiKey: "another-key", baseUrl: address });
    await expect(stranger.createSession()).rejects.toMatchObject({ code: "auth.rejected" });
    const client = new OpenAIRealtimeClient({ apiKey: "key-of-the-test", baseUrl: address });
    const session = await client.createSession({ outputModalities: ["text"] });
    sendText(session, "What is the weather in Oslo?");
    // The calling response is the gateway's own business; the answer is the client's.
    let { text } = await collectResponse(session);
    if (text === "") ({ text } = await collectResponse(session));
    expect(text).toMatch(/^In Oslo it is 4 degrees and cloudy\./);

    backend.process.kill("SIGTERM");
    expect(await session.closed).toMatchObject({ code: 1001, by: "remote", retryable: true });
    const { code, stderr } = await backend.finished;
    expect([code, stderr]).toEqual([0, ""]);
  });
});
