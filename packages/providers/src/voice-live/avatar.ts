import { RealtimeClientRawMessage } from "@voxline/core";

/** A server that helps two sides of WebRTC to find each other. */
export interface IceServer {
  readonly urls: readonly string[];
  readonly username?: string | undefined;
  readonly credential?: string | undefined;
}

/** How the avatar's picture is encoded and cut. */
export interface AvatarVideo {
  /** Bits a second. Default 2,000,000. */
  readonly bitrate?: number | undefined;
  readonly codec?: "h264" | undefined;
  /** Corners as `[x, y]` in pixels. */
  readonly crop?: { readonly topLeft: readonly number[]; readonly bottomRight: readonly number[] } | undefined;
  readonly resolution?: { readonly width: number; readonly height: number } | undefined;
  /** A colour such as `#00FF00FF`, or the address of a picture. */
  readonly background?: { readonly color?: string | undefined; readonly imageUrl?: string | undefined } | undefined;
  /** Frames from one whole picture to the next, 1–2,000. Default 10. */
  readonly gopSize?: number | undefined;
}

/** How a photo avatar stands in its picture. */
export interface AvatarScene {
  /** Above 0; 1 is as it is. */
  readonly zoom?: number | undefined;
  /** -1 to 1, as a part of the width, and of the height. */
  readonly positionX?: number | undefined;
  readonly positionY?: number | undefined;
  /** In radians, -π to π. */
  readonly rotationX?: number | undefined;
  readonly rotationY?: number | undefined;
  readonly rotationZ?: number | undefined;
  /** How much it moves: above 0, to 1. */
  readonly amplitude?: number | undefined;
}

/**
 * A person the model speaks through, as video.
 *
 * @see https://learn.microsoft.com/azure/ai-services/speech-service/voice-live-api-reference-2026-07-15, read 2026-11-20
 */
export interface VoiceLiveAvatar {
  /** Default `video-avatar`. */
  readonly type?: "video-avatar" | "photo-avatar" | undefined;
  /** Name of the person, such as `lisa`. */
  readonly character: string;
  readonly style?: string | undefined;
  /** What moves a photo avatar: `vasa-1`. */
  readonly model?: string | undefined;
  /** Whether the person is the customer's own. Default `false`. */
  readonly customized?: boolean | undefined;
  /** Default: the service's, named in its SessionUpdated. */
  readonly iceServers?: readonly IceServer[] | undefined;
  readonly video?: AvatarVideo | undefined;
  readonly scene?: AvatarScene | undefined;
  /** `websocket` brings the video as `VoiceLiveVideoDeltaMessage`. Default `webrtc`. */
  readonly outputProtocol?: "webrtc" | "websocket" | undefined;
  /** Whether the audio comes over this connection too. Default `false`. */
  readonly outputAuditAudio?: boolean | undefined;
}

/**
 * Offers a WebRTC connection for the avatar; the service answers with a `VoiceLiveAvatarConnectingMessage`.
 *
 * `clientSdp` is the offer with its candidates, in base64 as the service wants it.
 */
export function avatarConnect(clientSdp: string): RealtimeClientRawMessage {
  return new RealtimeClientRawMessage({ type: "session.avatar.connect", client_sdp: clientSdp });
}
