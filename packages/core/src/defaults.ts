/** Every default and limit of Voxline, once. Milliseconds, bytes, counts. */
export const DEFAULTS = Object.freeze({
  /** From `createSession` to a session the provider has accepted, with its options. */
  openTimeoutMs: 15_000,
  /** From `update` to its confirmation. */
  updateTimeoutMs: 10_000,
  /** From `close` to `closed`, also where the peer never answers. */
  closeTimeoutMs: 2_000,
  /** Messages a session keeps while nobody reads, before it pauses its source. */
  holdMessages: 512,
  /** Bytes of audio and text a session keeps while nobody reads, before it pauses its source. */
  holdBytes: 4 * 1024 * 1024,
  /** Messages in front of an iterator before it pauses its session. */
  readerQueueMessages: 256,
  /** Messages that may wait behind asynchronous work of one `inOrder`. */
  inOrderMessages: 1024,
  /** ResponseCreate messages that may wait for the active response to end. */
  heldResponses: 32,
  /** Bytes accepted and not yet on the wire, above which `drained` waits. */
  sendLowWaterBytes: 256 * 1024,
  /** Bytes accepted and not yet on the wire, above which the session ends. */
  sendLimitBytes: 16 * 1024 * 1024,
  /** Bytes in the socket above which a session keeps further frames itself, where stale audio can still be dropped. */
  socketBacklogBytes: 32 * 1024,
  /** The longest audio may wait in a session for a congested socket before it is dropped. */
  maxUnsentAgeMs: 5_000,
  /** Unreadable frames in a row after which a session ends. */
  maxUnreadableFrames: 10,
  /** A connection that the peer ends sooner than this failed quickly. */
  quickFailureMs: 5_000,
  /** Quick failures, one after the other, from which on retrying is said not to help. */
  quickFailures: 3,
  /** Silence on the wire after which a ping is sent. */
  heartbeatMs: 20_000,
  /** Silence after a ping after which the connection counts as lost. */
  heartbeatTimeoutMs: 20_000,
  /** The longest a reader may hold its socket paused. */
  maxPauseMs: 60_000,
  /** The largest frame taken from a peer. */
  maxFrameBytes: 16 * 1024 * 1024,
  /** The most of a refused upgrade's body that is read. */
  maxRefusalBytes: 4_096,
  /** The longest a refused upgrade's body is waited for. */
  refusalBodyMs: 1_000,
  /** Audio of the user kept while there is no session to send it to, in milliseconds; the newest is kept. */
  heldAudioMs: 60_000,
  /** Messages other than audio kept while there is no session to send them to. */
  heldMessages: 1_024,
  /** Audio that was sent and is not in the conversation yet, kept so that another session can be told, in milliseconds. */
  replayAudioMs: 30_000,
  /** Attempts to go on after one loss. */
  reconnectAttempts: 5,
  /** The first step of the delays between them; each step is twice the one before, up to the last. */
  reconnectStepMs: 1_000,
  reconnectMaxStepMs: 30_000,
  /** From a loss to the last moment at which an attempt may begin. */
  maxOutageMs: 120_000,
  /** How long before the provider ends a session another takes over at the latest. */
  renewalMarginMs: 30_000,
  /** Items of a conversation that are kept to be told to another session. */
  recordItems: 256,
  /** Bytes of their text and pictures. */
  recordBytes: 1024 * 1024,
  /** A tool call without an answer. */
  toolTimeoutMs: 30_000,
  /** A tool call that nobody allows or denies. */
  toolApprovalTimeoutMs: 300_000,
  /** A tool call of the application's that it does not answer. */
  toolAppTimeoutMs: 300_000,
  /** What a tool may answer, as text. */
  toolOutputBytes: 64 * 1024,
  /** Rounds of tool calls in one user turn. */
  toolRoundsPerTurn: 40,
  /** Rounds in a row in which every call failed. */
  toolConsecutiveErrors: 3,
});
