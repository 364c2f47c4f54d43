/** What must be remembered of one session beside what every session of this family remembers. */
export class SessionMemory {
  /** The turn of the user that the client says begin and end. */
  turnId: string | undefined = undefined;
  /** The text that is being streamed. */
  textId: string | undefined = undefined;
  /** Whether the service plays audio itself, through an avatar. */
  hasAvatar = false;
  /** Whether the user has begun to speak since the last response began. */
  isSpokenOver = false;
}
