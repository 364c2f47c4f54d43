/** The task: tell the weather of a city. */
export const lookUp = ({ city }: { city: string }) => ({ city, temperature: 4, sky: "cloudy" });
