//! Maps whose order depends on what is in them alone.
//!
//! What goes through a map comes out in its order: to whom something is told first, or which name is dropped.
//! Were that drawn anew for each map, a seed would not repeat a simulated schedule. The names are those that the
//! page itself asks for.

use core::hash::BuildHasherDefault;
use std::collections::hash_map::DefaultHasher;

/// A hash map with one order for the same keys, put in in the same order.
pub(crate) type HashMap<K, V> = std::collections::HashMap<K, V, BuildHasherDefault<DefaultHasher>>;
