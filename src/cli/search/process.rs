//! A process group: started, asked to stop, killed, never left behind.

use std::fs::File;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::Sender;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid};

/// What wakes a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    /// The process of a trial has ended; it is to be collected.
    Exited(i64),
    /// Somebody wants the search to end.
    Signal,
}

/// A running program, leader of a process group of its own: a signal reaches all that it started, and Ctrl-C on the terminal
/// reaches nobody but us.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    group: Option<Pid>,
    /// When it will be killed.
    deadline: Option<Instant>,
    is_collected: bool,
}

impl Process {
    /// Starts a program whose outputs go to files. `number` will be sent to `events` when it has ended.
    pub fn start(
        mut command: Command,
        (stdout, stderr): (File, File),
        number: i64,
        events: Sender<Event>,
    ) -> std::io::Result<Self> {
        use std::os::unix::process::CommandExt;
        command.stdin(Stdio::null()).stdout(stdout).stderr(stderr).process_group(0);
        let child = command.spawn()?;
        let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        thread::Builder::new().name(format!("trial {number}")).stack_size(64 * 1024).spawn(move || {
            if let Some(group) = group {
                wait(group);
            }
            // Nobody listens any more only when the search is over.
            let _ = events.send(Event::Exited(number));
        })?;
        Ok(Self { child, group, deadline: None, is_collected: false })
    }

    /// Number of the process and of its group.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks the group to stop; it is killed after `grace`. Asking again changes nothing.
    pub fn terminate(&mut self, grace: Duration) {
        if self.deadline.is_none() {
            self.deadline = Some(Instant::now() + grace);
            self.signal(Signal::TERM);
        }
    }

    /// Kills the group when its time is over.
    pub fn kill_when_due(&mut self, now: Instant) {
        if self.deadline.is_some_and(|deadline| deadline <= now) {
            self.kill();
        }
    }

    /// Kills the group.
    pub fn kill(&self) {
        self.signal(Signal::KILL);
    }

    /// Takes the exit status of a process that has ended. What it started and left behind is killed first: until its leader is
    /// collected, the number of the group is nobody else's.
    pub fn collect(mut self) -> std::io::Result<ExitStatus> {
        self.kill();
        self.is_collected = true;
        self.child.wait()
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = self.group {
            // The whole group may have ended meanwhile.
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Process {
    /// Whatever goes wrong in the search, no trial goes on without it.
    fn drop(&mut self) {
        if !self.is_collected {
            self.kill();
            let _ = self.child.wait();
        }
    }
}

/// Waits for the end of a process without collecting it.
fn wait(process: Pid) {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    while matches!(waitid(WaitId::Pid(process), options), Err(rustix::io::Errno::INTR)) {}
}

/// Looks at what is left behind until nothing is; a fork may escape the first ones.
const MOST_LOOKS: u32 = 100;

/// Kills all that a killed search left behind of a trial. Numbers of processes are used again, and who ended may have left
/// children, so they are known by an environment variable of theirs.
pub(super) fn kill_leftovers(variable: &str) {
    for _ in 0..MOST_LOOKS {
        let left = processes_with(variable);
        if left.is_empty() {
            return;
        }
        for process in left {
            // It may have ended meanwhile.
            let _ = kill_process(process, Signal::KILL);
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// Processes that were started with a variable, written as `NAME=value`; none where there is no `/proc`.
fn processes_with(variable: &str) -> Vec<Pid> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    let process = |entry: std::fs::DirEntry| {
        let pid = entry.file_name().to_str()?.parse::<i32>().ok().and_then(Pid::from_raw)?;
        let environment = std::fs::read(entry.path().join("environ")).ok()?;
        environment.split(|byte| *byte == 0).any(|one| one == variable.as_bytes()).then_some(pid)
    };
    entries.flatten().filter_map(process).collect()
}

/// How a process ended, in words; none when it ended well.
pub(super) fn trouble(status: ExitStatus) -> Option<String> {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(0), _) => None,
        (Some(code), _) => Some(format!("exit code {code}")),
        (None, Some(signal)) => Some(format!("killed by signal {signal}")),
        (None, None) => Some("ended in an unknown way".to_owned()),
    }
}
