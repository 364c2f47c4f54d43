import { defineTool } from "@voxline/core/tools";
import { z } from "zod";

/** Sample weather: the demo must give the same answer every time, and asks nobody on the network. */
const WEATHER: Readonly<Record<string, { temperature: number; sky: string }>> = {
  oslo: { temperature: 4, sky: "cloudy" },
  paris: { temperature: 11, sky: "clear" },
  berlin: { temperature: 7, sky: "windy" },
  madrid: { temperature: 16, sky: "sunny" },
  london: { temperature: 9, sky: "rainy" },
  tokyo: { temperature: 14, sky: "clear" },
  cairo: { temperature: 24, sky: "sunny" },
  toronto: { temperature: 6, sky: "misty" },
};

/** The demo's one tool. */
export const weatherTool = defineTool({
  name: "get_weather",
  description: "The current weather in a city.",
  parameters: z.object({ city: z.string().min(1).describe("Name of the city, in English.") }),
  invoke: ({ city }) => {
    const weather = WEATHER[city.toLowerCase()];
    return weather === undefined ? { city, error: "no sample weather for this city" } : { city, ...weather };
  },
});
