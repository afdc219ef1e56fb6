//! What Redis does as one step.

use redis::{RedisResult, Script, aio::ConnectionLike};

use super::{Keys, Position, Record};

/// Finds the epoch and the seq. ARGV[1] and ARGV[2] are those that the node knows: a log that has
/// fallen behind what was seen of it has lost entries, as a Redis does that comes back from an old
/// snapshot, and is given up for a new one.
const CURRENT: &str = r"
local epoch = redis.call('HGET', KEYS[1], 'epoch')
local seq = tonumber(redis.call('HGET', KEYS[1], 'seq') or '0')
local known = tonumber(ARGV[1])
if not epoch or tonumber(epoch) < known or (tonumber(epoch) == known and seq < tonumber(ARGV[2])) then
  local time = redis.call('TIME')
  local fresh = time[1] * 1000 + math.floor(time[2] / 1000)
  fresh = math.max(fresh, known + 1, tonumber(epoch or '0') + 1)
  epoch, seq = string.format('%.0f', fresh), 0
  redis.call('DEL', KEYS[2])
  redis.call('HSET', KEYS[1], 'epoch', epoch, 'seq', '0')
end
";

const OPEN: &str = r"
return {epoch, string.format('%.0f', seq)}
";

/// ARGV[3] is how many entries are kept; what follows are the entry's fields.
const APPEND: &str = r"
seq = string.format('%.0f', seq + 1)
redis.call('HSET', KEYS[1], 'seq', seq)
redis.call('XADD', KEYS[2], 'MAXLEN', '=', ARGV[3], epoch .. '-' .. seq, unpack(ARGV, 4))
return {epoch, seq}
";

#[derive(Clone, Debug)]
pub(super) struct Scripts {
    open: Script,
    append: Script,
}

impl Scripts {
    pub(super) fn new() -> Self {
        Self {
            open: Script::new(&format!("{CURRENT}{OPEN}")),
            append: Script::new(&format!("{CURRENT}{APPEND}")),
        }
    }

    /// The position of the last entry; begins a log if there is none.
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

    /// Appends a record, and returns its position.
    pub(super) async fn append(
        &self,
        keys: &Keys,
        known: &Position,
        capacity: usize,
        record: &Record<'_>,
        connection: &mut impl ConnectionLike,
    ) -> RedisResult<Position> {
        let mut call = self.append.key(&keys.meta);
        call.key(&keys.log);
        call.arg(known.epoch()).arg(known.seq()).arg(capacity);
        match *record {
            Record::Event {
                channel,
                kind,
                data,
            } => {
                call.arg("channel").arg(channel).arg("data").arg(data);
                if let Some(kind) = kind {
                    call.arg("type").arg(kind);
                }
            }
            Record::Complete { channel } => {
                call.arg("channel").arg(channel);
            }
            Record::Revoke { identity, channel } => {
                call.arg("channel").arg(channel);
                call.arg("identity").arg(identity);
            }
            Record::DisconnectIdentity { identity } => {
                call.arg("identity").arg(identity);
            }
            Record::DisconnectConnection { connection } => {
                call.arg("connection").arg(connection);
            }
        }
        call.invoke_async(connection).await.map(position)
    }
}

fn position((epoch, seq): (String, u64)) -> Position {
    Position::new(epoch.into(), seq)
}
