// Errors of channels.

import { EventSourceError } from "./problem.js";

export const channelFailed = (channel: string, reason: string, message: string) =>
  new EventSourceError("channel", `the channel \`${channel}\` was refused or has failed: ${message} (${reason})`, {
    reason,
  });

export const protocolBroken = (reason: string, eventType: string, data: string) =>
  new EventSourceError("protocol", `the server does not keep to the multiplex protocol: ${reason}`, {
    data,
    eventType,
  });
