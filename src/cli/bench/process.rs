//! Owns what the system says about another process: processor time and memory. Linux only; elsewhere it says nothing.

use std::time::Duration;

/// The kernel counts processor time in these, on every architecture (proc(5), `USER_HZ`).
const TICK: Duration = Duration::from_millis(10);

/// Processor time of a process.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cpu {
    /// In its own code.
    pub(super) user: Duration,
    /// In the kernel, for it.
    pub(super) kernel: Duration,
}

impl Cpu {
    /// Both together.
    pub(super) fn total(self) -> Duration {
        self.user + self.kernel
    }

    /// What came since `before`.
    pub(super) fn since(self, before: Self) -> Self {
        Self {
            user: self.user.saturating_sub(before.user),
            kernel: self.kernel.saturating_sub(before.kernel),
        }
    }
}

/// Processor time of a process so far.
pub(super) fn cpu(pid: u32) -> Option<Cpu> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field, the name, may hold spaces and brackets: count from behind it.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let user: u32 = fields.next()?.parse().ok()?;
    let kernel: u32 = fields.next()?.parse().ok()?;
    Some(Cpu {
        user: TICK * user,
        kernel: TICK * kernel,
    })
}

/// Resident memory of a process, in bytes.
pub(super) fn rss_bytes(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::{cpu, rss_bytes};

    #[test]
    fn this_process_has_memory_and_a_time() {
        let pid = std::process::id();

        assert!(rss_bytes(pid).unwrap() > 100_000);
        assert!(cpu(pid).is_some());
    }
}
