import { parseFaults, RealtimeGateway } from "@voxline/gateway/server";
import { LocalRealtimeClient } from "@voxline/local";

/** A service on this machine whose first connection breaks in the middle of an answer, and that is slow besides. */
export const unreliableService = (): RealtimeGateway =>
  new RealtimeGateway({
    client: new LocalRealtimeClient(),
    faults: { seed: 7, faults: [{ kind: "delay", ms: 80 }, ...parseFaults(["openai.mid-response-drop"])] },
  });
