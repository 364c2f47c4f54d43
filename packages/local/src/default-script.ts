import type { LocalScript } from "./script.ts";

/** What the local model knows unless it is given a script of its own. */
export const DEFAULT_SCRIPT: LocalScript = {
  slots: { city: ["Oslo", "Paris", "Berlin", "Madrid", "London", "Tokyo", "Cairo", "Toronto"] },
  greeting: "Hello. I am the local model. Ask me about the weather.",
  otherwise: "Sorry, I did not understand that.",
  rules: [
    { when: ["hello there", "good morning"], typed: ["hello"], say: "Hello. How can I help you?" },
    {
      when: ["what is the weather in {city}"],
      call: [{ tool: "get_weather", arguments: { city: "{city}" } }],
      say:
        "In {city} it is {result.temperature} degrees and {result.sky}. The wind is light and comes from the west. " +
        "Tomorrow will be much the same, with a little more sun in the afternoon. Take a jacket if you go out in the evening.",
    },
    {
      when: ["compare the weather in oslo and paris"],
      typed: ["compare oslo and paris"],
      call: [
        { tool: "get_weather", arguments: { city: "Oslo" } },
        { tool: "get_weather", arguments: { city: "Paris" } },
      ],
      say: "Oslo has {results.0.temperature} degrees and Paris has {results.1.temperature}.",
    },
    { when: ["tell me about the weather"], say: "I can look it up. Which city do you mean?" },
    {
      when: ["tell me a story"],
      say:
        "Once there was a telephone exchange on a hill. Every morning the operator opened the window, listened to the wind, and " +
        "connected the first call of the day. One winter the lines froze, and for a week nobody could speak to anybody. " +
        "So the people walked up the hill, sat by the stove, and told each other what they would have said. " +
        "When the lines were mended, they kept coming.",
    },
    { when: ["stop talking please"], typed: ["stop"], say: "All right, I have stopped." },
    { when: ["wait a moment"], say: "Of course. Take your time." },
    { when: ["thank you very much"], typed: ["thank you"], say: "You are welcome." },
    { when: ["what time is it"], say: "I have no clock, I only count samples." },
    { when: ["i want to speak to a human", "0"], say: "There is nobody here but me." },
    { when: ["can you help me please"], typed: ["help"], say: "Ask me for the weather in a city, or for a story." },
    { when: ["goodbye"], say: "Goodbye." },
  ],
};
