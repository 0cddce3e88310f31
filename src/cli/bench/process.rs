//! Owns what the system says about another process: processor time and memory. Linux only; elsewhere it says nothing.

use std::time::Duration;

/// The kernel counts processor time in these, on every architecture (proc(5), `USER_HZ`).
const TICK: Duration = Duration::from_millis(10);

/// Processor time of a process so far, in user and kernel mode together.
pub(super) fn cpu(pid: u32) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field, the name, may hold spaces and brackets: count from behind it.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let user: u32 = fields.next()?.parse().ok()?;
    let kernel: u32 = fields.next()?.parse().ok()?;
    Some(TICK * user.checked_add(kernel)?)
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
