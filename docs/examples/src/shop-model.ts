import { LocalRealtimeClient } from "@voxline/local";

/** A local model that takes orders. */
export const shopModel = (): LocalRealtimeClient =>
  new LocalRealtimeClient({
    script: {
      slots: { dish: ["Pizza", "Soup"] },
      greeting: "Good evening.",
      otherwise: "Pardon?",
      rules: [
        {
          when: ["i would like to order {dish}"],
          call: [{ tool: "order", arguments: { dish: "{dish}" } }],
          say: "{result.minutes} minutes.",
        },
        { when: ["thank you very much"], typed: ["thanks"], say: "You are welcome." },
      ],
    },
  });
