//! What the benchmarks read off the system about this process: processor time of its threads, and memory.

use std::fs;
use std::time::Duration;

/// Processor time of all threads that have this name, or none: of the calling one.
pub(crate) fn cpu(name: Option<&str>) -> Duration {
    let of = |task: &str| {
        // The first field is nanoseconds on a processor (Documentation/scheduler/sched-stats.rst).
        let stat = fs::read_to_string(format!("{task}/schedstat")).unwrap_or_default();
        let nanoseconds = stat
            .split_whitespace()
            .next()
            .and_then(|field| field.parse().ok());
        Duration::from_nanos(nanoseconds.unwrap_or_default())
    };
    let Some(name) = name else {
        return of("/proc/thread-self");
    };
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let tasks = tasks.filter_map(|task| Some(task.ok()?.path().display().to_string()));
    let named =
        |task: &String| fs::read_to_string(format!("{task}/comm")).is_ok_and(|comm| comm.trim_end() == name);
    tasks.filter(named).map(|task| of(&task)).sum()
}

/// Memory of this process, now and at its most, in bytes.
pub(crate) fn memory_bytes() -> (u64, u64) {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let of = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim()
            .strip_suffix("kB")
            .unwrap()
            .trim()
            .parse::<u64>()
            .unwrap()
            * 1024
    };
    (of("VmRSS:"), of("VmHWM:"))
}

/// The time below which that many of a hundred are.
pub(crate) fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() * percent / 100).min(times.len() - 1)]
}

/// A row of the table that the README has.
pub(crate) fn row(what: &str, measured: &str, target: &str, is_met: Option<bool>) {
    let met = is_met.map_or("", |is_met| if is_met { "met" } else { "missed" });
    println!("| {what} | {measured} | {target} | {met} |");
}
