// The numbers by which the two halves of the package understand each other.
// Generated from `pkg-template/core/src/tables.rs`, where it says how.

/** What can happen, besides answers and pieces of a stream. */
export const enum Input {
  Start = 0,
  /** The body ended cleanly. */
  Ended = 1,
  /** The request or its stream has failed. */
  Failed = 2,
  /** The request could not be prepared: a function of the user's has failed. */
  Unprepared = 3,
  /** No attempt can ever succeed. */
  Futile = 4,
  /** The user does not continue the answer. */
  NoContinuation = 5,
  NativeOpen = 6,
  /** The detail says whether the browser gave up. */
  NativeError = 7,
  /** Reading goes on that a slow listener had held up. */
  ReadingResumed = 8,
  /** Somebody asks for what the native `EventSource` can't do. */
  RequireFetch = 9,
  /** The detail says which. */
  Signal = 10,
  Reconnect = 11,
  Timeout = 12,
  /** The channels that came and went since are one change. */
  Flush = 13,
  /** The lock is this tab's. */
  LockHeld = 14,
  /** The lock was taken away. */
  LockLost = 15,
  /** There are no locks here after all. */
  LockRefused = 16,
  /** The page is about to sleep. */
  Leave = 17,
  /** The page is awake again. */
  Return = 18,
  Close = 19,
  /** The user has made a request with side effects of a safe one. */
  SideEffects = 20,
}

/** What the page has become. */
export const enum Signal {
  Online = 0,
  Offline = 1,
  Visible = 2,
  Hidden = 3,
  Thawed = 4,
  Restored = 5,
}

/** What the core wants done. */
export const enum Output {
  Nothing = 0,
  Connect = 1,
  Disconnect = 2,
  /** Send a request that changes the channels. */
  Send = 3,
  /** Abort such a request. */
  Abort = 4,
  /** Say something to all other tabs. */
  Say = 5,
  RequestLock = 6,
  StealLock = 7,
  ReleaseLock = 8,
}

/** The states of a connection. */
export const enum Status {
  /** There is no channel. */
  Idle = 0,
  Connecting = 1,
  Open = 2,
  Waiting = 3,
  Paused = 4,
  Closed = 5,
}

/** What a session is of. */
export const enum SessionKind {
  /** One connection. */
  Solo = 0,
  /** Channels over one connection. */
  Muxed = 1,
  /** One connection for all tabs. */
  SharedSolo = 2,
  /** Channels over one connection for all tabs. */
  SharedMuxed = 3,
}

/** What an answer is read as. */
export const enum Kind {
  EventStream = 0,
  Whole = 1,
  Unexpected = 2,
}

/** What the user's `retry` function can answer besides a number of milliseconds. */
export const enum Answer {
  Retry = -1,
  Stop = -2,
  Default = -3,
}

/** The records that are no events: their kind, a number, and where their text ends. */
export const enum Record {
  /** The text is the name of the type with this number. */
  Type = -1,
  Comment = -2,
  /** An event was too large. */
  TooLarge = -3,
  /** Events may be missing here, of a source. */
  Missing = -4,
  /** A number and a text for the record that follows. */
  Argument = -5,
  /** The number is that of the state. Of `Waiting` and `Closed` the arguments are those of an error. */
  State = -6,
  /** The server has ended the stream; the number is that of the reason. */
  Over = -7,
  /** What follows is the channel's with this number. */
  Channel = -8,
  InForce = -9,
  NotInForce = -10,
  /** Events of the channel may be missing here. */
  Gap = -11,
  /** The channel has ended. The arguments are those of an error, if there is one. */
  End = -12,
  /** Something went wrong that concerns no channel alone. The arguments are the error's. */
  Broken = -13,
  /** The text is the position. */
  Position = -14,
  /** Four times how many tabs share, plus the role. */
  Sharing = -15,
}

/** The errors, by the order of their codes in `problem.ts`. */
export const enum ErrorCode {
  None = 0,
  Disconnected = 1,
  Response = 2,
  OpenTimeout = 3,
  HeartbeatTimeout = 4,
  Replaced = 5,
  Headers = 6,
  Preflight = 7,
  Unsupported = 8,
  Ended = 9,
  EventTooLarge = 10,
  /** Of a multiplexer alone. */
  Channel = 100,
  /** Of a multiplexer alone. */
  Protocol = 101,
}

/** The bits of the first option. */
export const enum Flag {
  Native = 1,
  /** The request is sent only once. */
  Once = 2,
  CrossOrigin = 4,
  Query = 8,
  Refreshable = 16,
  Pauses = 32,
  /** There is a `retry` option; without it, what happens is what the standard says. */
  Retry = 64,
  NoJitter = 128,
  /** `retry` is a function. */
  Asks = 256,
  ContinuesByGet = 512,
  /** `resume` is a function. */
  Continues = 1024,
  ClosesAtEnd = 2048,
  DeliversUnfinished = 4096,
  NoReplay = 8192,
  /** Somebody is asked how IDs follow one another. */
  AsksFollows = 16384,
  /** Somebody is asked where the stream ends. */
  AsksUntil = 32768,
  /** The user has named the query parameter for the position. */
  QueryNamed = 65536,
  /** The core chooses between native and fetch. */
  Auto = 131072,
  /** `follows` is 'integers'. */
  FollowsIntegers = 262144,
  /** `until` is a text. */
  UntilText = 524288,
}

/** The places of the numbers that a session is opened with. */
export const enum Setting {
  Flags = 0,
  InitialDelay = 1,
  MaxDelay = 2,
  MaxAttempts = 3,
  ResetAfter = 4,
  Heartbeat = 5,
  /** Without one, none. */
  OpenTimeout = 6,
  MaxEventSize = 7,
  /** Random. */
  Seed = 8,
}
