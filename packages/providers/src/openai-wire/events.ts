/** How the service refuses a response while another is active. */
export const ACTIVE_RESPONSE = "conversation_already_has_active_response";
/** How the service refuses to cancel when nothing is active any more. */
export const CANCEL_NOT_ACTIVE = "response_cancel_not_active";
/** How the service announces that a session has reached its longest duration; it closes the connection then. */
export const SESSION_EXPIRED = "session_expired";
