import type { RealtimeContent } from "@voxline/core";
import { imageSize } from "image-size";

const DATA_ADDRESS = /^data:[\w/+.-]+;base64,/;

/** What the local model makes of pictures: how large they are. It looks no further, and says so in its docs. */
export function describePictures(contents: readonly RealtimeContent[]): string | undefined {
  const pictures = contents.filter((content) => content.type === "image");
  if (pictures.length === 0) return undefined;
  return `I see ${pictures.map(({ url }) => describePicture(url)).join(", and ")}.`;
}

function describePicture(url: string): string {
  const prefix = DATA_ADDRESS.exec(url)?.[0];
  if (prefix === undefined) return "a picture that is somewhere else";
  try {
    const { width, height } = imageSize(Buffer.from(url.slice(prefix.length), "base64"));
    return `a picture of ${width} by ${height}`;
  } catch {
    return "a picture that I cannot read";
  }
}
