//! The results as a table.

use core::fmt::{self, Display, Formatter};

use super::plan::{Kind, READERS, Reader, WORKLOADS, Workload};
use super::results::{Results, mebibytes};

/// A block of lines for each workload, a line for each reader.
pub(super) struct Table<'r>(pub(super) &'r Results);

impl Display for Table<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for workload in &WORKLOADS {
            let (cost, side) = match workload.kind {
                Kind::Burst => ("time", "latest tick (of all)"),
                Kind::Paced => ("page CPU", "browser CPU"),
            };
            writeln!(
                f,
                "\n{:<28} {cost:>10} {:>17} {:>9} {side:>21} {:>12}",
                workload.title, "min–max", "÷ native", "wasm memory",
            )?;
            for reader in READERS {
                self.line(f, workload, reader)?;
            }
        }
        Ok(())
    }
}

impl Table<'_> {
    fn line(&self, f: &mut Formatter<'_>, workload: &Workload, reader: Reader) -> fmt::Result {
        let summary = self.0.summary(workload, reader);
        let spread = format!("{:.1}–{:.1}", summary.fastest, summary.slowest);
        let side = match workload.kind {
            Kind::Burst => format!("{:.1} ({:.1}) ms", summary.latest, summary.latest_of_all),
            Kind::Paced => format!("{:.0} ms", summary.browser_cpu),
        };
        let memory = match summary.memory {
            0 => "–".to_owned(),
            bytes => format!("{:.2} MiB", mebibytes(bytes)),
        };
        writeln!(
            f,
            "  {:<26} {:>7.1} ms {spread:>17} {:>9.3} {side:>21} {memory:>12}",
            reader.0,
            summary.median,
            self.0.ratio(workload, reader),
        )
    }
}
