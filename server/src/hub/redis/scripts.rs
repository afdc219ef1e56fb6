//! The scripts that Redis runs, each as one step.

use redis::{RedisResult, Script, ScriptInvocation, aio::ConnectionLike};

use super::{Keys, Position, Record};

/// Finds the epoch and the seq. ARGV[1] and ARGV[2] are those that the node knows.
///
/// A log is given up for a new one where some of it may have been lost. Redis may come back from an
/// older snapshot, or another instance that hadn't everything may take over. Numbers can't tell that,
/// since a node that knows nothing may already have published over them. The log therefore belongs to
/// one run of Redis, by the ID that each run has. A log that has fallen behind what a node has seen of
/// it is given up, too.
///
/// The new epoch is greater than any that the stream holds, so that every reader gets to it.
const CURRENT: &str = r"
local known, at = tonumber(ARGV[1]), tonumber(ARGV[2])
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') or ''
local meta = redis.call('HMGET', KEYS[1], 'epoch', 'seq', 'run')
local epoch, seq = meta[1], tonumber(meta[2] or '0')
local function begin()
  local time = redis.call('TIME')
  local fresh = time[1] * 1000 + math.floor(time[2] / 1000)
  local top = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)[1]
  local last = top and tonumber(string.match(top[1], '^%d+')) or 0
  fresh = math.max(fresh, known + 1, tonumber(epoch or '0') + 1, last + 1)
  epoch, seq = string.format('%.0f', fresh), 0
  redis.call('DEL', KEYS[2])
  redis.call('HSET', KEYS[1], 'epoch', epoch, 'seq', '0', 'run', run)
end
if not epoch or meta[3] ~= run or tonumber(epoch) < known or (tonumber(epoch) == known and seq < at) then
  begin()
end
";

const OPEN: &str = r"
return {epoch, string.format('%.0f', seq)}
";

/// ARGV[3] is how many entries are kept, ARGV[4] for how many seconds KEYS[3] is remembered, if there is
/// one. Then follow, for each record, the number of its fields and the fields. Returns the position of
/// the first record.
///
/// An entry that another program has added to the stream may have a greater ID than the next one of the
/// log. Nothing could then be appended ever after, so a new log is begun.
const APPEND: &str = r"
if KEYS[3] then
  local done = redis.call('GET', KEYS[3])
  if done then
    return {string.match(done, '^(%d+)-(%d+)$')}
  end
end
local first, argument = nil, 5
while ARGV[argument] do
  local last = argument + tonumber(ARGV[argument])
  local function add()
    seq = seq + 1
    local id = epoch .. '-' .. string.format('%.0f', seq)
    return redis.pcall('XADD', KEYS[2], 'MAXLEN', '=', ARGV[3], id, unpack(ARGV, argument + 1, last))
  end
  local added = add()
  if added.err and string.find(added.err, 'equal or smaller') then
    begin()
    added = add()
  end
  if added.err then
    return added
  end
  first = first or string.format('%.0f', seq)
  argument = last + 1
end
redis.call('HSET', KEYS[1], 'seq', string.format('%.0f', seq))
if KEYS[3] then
  redis.call('SET', KEYS[3], epoch .. '-' .. first, 'EX', ARGV[4])
end
return {epoch, first}
";

#[derive(Clone, Debug)]
pub(super) struct Scripts {
    open: Script,
    append: Script,
}

/// The records to append, and how.
#[derive(Debug)]
pub(super) struct Append<'a> {
    pub(super) records: &'a [Record<'a>],
    /// A key by which the records are appended only once, and for how many seconds that holds.
    pub(super) once: Option<(String, u64)>,
    /// How many entries are kept.
    pub(super) capacity: usize,
}

impl Scripts {
    pub(super) fn new() -> Self {
        Self {
            open: Script::new(&format!("{CURRENT}{OPEN}")),
            append: Script::new(&format!("{CURRENT}{APPEND}")),
        }
    }

    /// Returns the position of the last entry. Begins a log if there is none.
    pub(super) async fn open(
        &self,
        keys: &Keys,
        known: Option<&Position>,
        connection: &mut impl ConnectionLike,
    ) -> RedisResult<Position> {
        let mut call = self.open.key(&keys.meta);
        call.key(&keys.log);
        match known {
            Some(known) => call.arg(known.epoch()).arg(known.seq()),
            None => call.arg(0).arg(0),
        };
        call.invoke_async(connection).await.map(position)
    }

    /// Appends records, and returns the position of the first.
    pub(super) async fn append(
        &self,
        keys: &Keys,
        known: &Position,
        append: &Append<'_>,
        connection: &mut impl ConnectionLike,
    ) -> RedisResult<Position> {
        let mut call = self.append.key(&keys.meta);
        call.key(&keys.log);
        call.arg(known.epoch())
            .arg(known.seq())
            .arg(append.capacity);
        match &append.once {
            Some((key, seconds)) => call.key(key).arg(seconds),
            None => call.arg(0),
        };
        for record in append.records {
            push_fields(&mut call, record);
        }
        call.invoke_async(connection).await.map(position)
    }
}

/// Adds the number of a record's fields and the fields.
fn push_fields(call: &mut ScriptInvocation<'_>, record: &Record<'_>) {
    let mut fields: Vec<&str> = Vec::with_capacity(8);
    match *record {
        Record::Event {
            channel,
            kind,
            data,
        } => {
            fields.extend(["channel", channel, "data", data]);
            if let Some(kind) = kind {
                fields.extend(["type", kind]);
            }
        }
        Record::Reply {
            connection,
            channel,
            kind,
            data,
        } => {
            fields.extend(["channel", channel, "data", data, "connection", connection]);
            if let Some(kind) = kind {
                fields.extend(["type", kind]);
            }
        }
        Record::Complete { channel } => fields.extend(["channel", channel]),
        Record::Revoke { identity, channel } => {
            fields.extend(["channel", channel, "identity", identity]);
        }
        Record::DisconnectIdentity { identity } => fields.extend(["identity", identity]),
        Record::DisconnectConnection { connection } => fields.extend(["connection", connection]),
    }
    call.arg(fields.len()).arg(fields);
}

fn position((epoch, seq): (String, u64)) -> Position {
    Position::new(epoch.into(), seq)
}
