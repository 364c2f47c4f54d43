import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { RealtimeClientBuilder, RealtimeServerErrorMessage, intercept, type RealtimeMiddleware } from "@voxline/core";
import { ScriptedClient } from "@voxline/core/testing";
import { LinkedTransport } from "@voxline/core/transport";
import { OpenAIRealtimeClient } from "@voxline/providers/openai";
import { ROOT } from "./import-graph.ts";

it("[row 6] turn detection of the provider's own form goes to the wire as it is", async () => {
  const [near, far] = LinkedTransport.pair();
  const client = new OpenAIRealtimeClient({ apiKey: "none", openTransport: () => Promise.resolve(near) });
  const first = new Promise<unknown>((resolve) => {
    far.listen({ onFrame: (data) => resolve(JSON.parse(new TextDecoder().decode(data))), onClose: () => undefined });
  });
  const value = { type: "server_vad", threshold: 0.2, of_tomorrow: true };
  const opening = client.createSession({ turnDetection: { type: "raw", value } });
  expect(await first).toMatchObject({ session: { type: "realtime", audio: { input: { turn_detection: value } } } });
  far.destroy();
  await expect(opening).rejects.toMatchObject({ code: "connection.lost" });
});

it("[row 101] the first layer used is the outermost, and one that gives nothing is named by its index", async () => {
  const order: string[] = [];
  const layer = (name: string): RealtimeMiddleware =>
    intercept(name, () => ({
      receive(message, next) {
        order.push(name);
        next(message);
      },
    }));
  const scripted = new ScriptedClient();
  const session = await new RealtimeClientBuilder(scripted).use(layer("a")).use(layer("b")).build().createSession();
  session.subscribe({ onMessage: () => undefined, onClose: () => undefined });
  await new Promise((resolve) => setImmediate(resolve));
  scripted.session.say(new RealtimeServerErrorMessage({ error: { type: "test", code: "test", message: "test" } }));
  expect(order).toEqual(["b", "a"]);

  const nothing = { name: "nothing", wrap: () => undefined } as unknown as RealtimeMiddleware;
  const broken = new RealtimeClientBuilder(scripted).use(layer("a")).use(nothing).build();
  await expect(broken.createSession()).rejects.toThrow('Middleware 1 ("nothing") returned no session from wrap.');
});

it("[row 207] no sample runs commands or evaluates text", () => {
  const folders = ["docs/examples/src", "packages/cli/src", "packages/local/src"];
  const files = folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => join(folder, name)),
  );
  expect(files.length).toBeGreaterThan(20);
  const forbidden = /child_process|node:vm|\beval\(|new Function\(/;
  expect(files.filter((file) => forbidden.test(readFileSync(join(ROOT, file), "utf8")))).toEqual([]);
});
