/** The part of Node's Buffer that is used where it exists: several times faster than `atob`, and absent in browsers. */
interface NodeBuffer {
  from(data: string, encoding: "base64"): Uint8Array;
  from(data: ArrayBufferLike, offset: number, length: number): { toString(encoding: "base64"): string };
}

const nodeBuffer = (globalThis as { Buffer?: NodeBuffer }).Buffer;

/** Decodes standard base64. The result may be a view on pooled memory; its offset need not be even. */
export function bytesFromBase64(text: string): Uint8Array {
  if (nodeBuffer !== undefined) return nodeBuffer.from(text, "base64");
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** Encodes to standard base64 with padding. */
export function bytesToBase64(bytes: Uint8Array): string {
  if (nodeBuffer !== undefined) return nodeBuffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
  let binary = "";
  // Chunked, because a large argument list overflows the stack.
  for (let i = 0; i < bytes.length; i += 0x8000) binary += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(binary);
}

/** Whether a text is well-formed standard base64 with padding; checks the shape, does not decode. */
export function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}
