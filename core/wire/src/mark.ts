/**
 * How a connection of our own client is told from all others before its first call: an HTTP/2 setting of our own in its
 * first SETTINGS frame. Others ignore settings they do not know (RFC 9113, 6.5.2), so a client may say it to any server.
 *
 * @example connect(address, { settings: { enablePush: false, customSettings: mark } })
 */
export const mark: { readonly [identifier: number]: number } = { 19282: 1 };
