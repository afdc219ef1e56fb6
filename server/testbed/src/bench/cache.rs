//! Bodies of earlier requests.

use bytes::Bytes;
use parking_lot::Mutex;

use super::payload::Burst;

/// Number of bodies that are kept; some are tens of megabytes.
const KEPT: usize = 16;

/// The bodies rendered last. Without them, a measurement would include the rendering.
#[derive(Debug, Default)]
pub(super) struct Cache(Mutex<Vec<Entry>>);

#[derive(Debug)]
struct Entry {
    burst: Burst,
    count: u32,
    body: Bytes,
}

impl Cache {
    pub(super) fn get(&self, burst: Burst, count: u32) -> Bytes {
        let mut entries = self.0.lock();
        let known = entries
            .iter()
            .find(|entry| entry.burst == burst && entry.count == count);
        if let Some(entry) = known {
            return entry.body.clone();
        }
        let body = burst.render(count);
        if entries.len() == KEPT {
            entries.remove(0);
        }
        entries.push(Entry {
            burst,
            count,
            body: body.clone(),
        });
        body
    }
}
