//! Where progress is shown: on a terminal a block that is drawn again in its place, elsewhere a line for each change.

use std::collections::BTreeMap;
use std::io::{Result, Write};

use k8s_openapi::jiff::Timestamp;

use super::style::Style;
use super::words::join;

/// Parts of a thing that the block of a terminal lists one by one; more are only counted.
const MOST_LISTED: usize = 12;
/// Seconds between two lines about something that changes all the time.
const REST: i64 = 10;

/// Lines are cut at the edge of the terminal: a wrapped one would count twice, and the block could not be found again.
const CUT: &str = "\x1b[?7l";
/// Lines wrap again.
const WRAP: &str = "\x1b[?7h";

/// Where one thing is.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Fact {
    /// What is told of; what was said last about it is known by this.
    pub name: String,
    /// One word about it.
    pub state: String,
    /// Time that it took, minutes and seconds; empty before it starts.
    pub elapsed: String,
    /// What there is to say beside the word.
    pub detail: String,
    /// What is worth a look and no line of its own: a speed, for example.
    pub aside: String,
    /// Whether it is one of many parts of something.
    pub is_part: bool,
    /// Whether it changes all the time: elsewhere than on a terminal it is said now and then.
    pub is_restless: bool,
}

impl Fact {
    /// A fact that stands for itself.
    pub fn new(name: String, state: &str, elapsed: String, detail: &str) -> Self {
        Self { name, state: state.to_owned(), elapsed, detail: detail.to_owned(), ..Self::default() }
    }

    fn is_worth_a_line(&self) -> bool {
        self.state != "Pending" || !self.detail.is_empty()
    }
}

/// Where progress is shown.
pub(super) struct Screen {
    is_terminal: bool,
    style: Style,
    /// Lines of the block that was drawn last.
    drawn: usize,
    /// What was said last about each thing, and when.
    said: BTreeMap<String, (String, Timestamp)>,
}

impl Screen {
    /// A screen on which nothing stands yet.
    pub fn new(is_terminal: bool, style: Style) -> Self {
        Self { is_terminal, style, drawn: 0, said: BTreeMap::new() }
    }

    /// Shows where it is.
    pub fn draw(&mut self, facts: &[Fact], now: Timestamp, out: &mut impl Write) -> Result<()> {
        if self.is_terminal { self.redraw(facts, out) } else { self.say(facts, now, REST, out) }
    }

    /// The last block stays; nothing is drawn over it.
    pub fn finish(&mut self, facts: &[Fact], now: Timestamp, out: &mut impl Write) -> Result<()> {
        if self.is_terminal {
            self.redraw(facts, out)?
        } else {
            self.say(facts, now, 0, out)?
        }
        self.drawn = 0;
        writeln!(out)
    }

    fn redraw(&mut self, facts: &[Fact], out: &mut impl Write) -> Result<()> {
        if self.drawn > 0 {
            // Up to the first line of the block, and all below is cleared.
            write!(out, "\x1b[{}A\x1b[J", self.drawn)?;
        }
        write!(out, "{CUT}")?;
        let parts = facts.iter().filter(|fact| fact.is_part).count();
        let shown = facts.iter().filter(|fact| !fact.is_part || parts <= MOST_LISTED);
        self.drawn = 0;
        for fact in shown {
            let indent = if fact.is_part { "    " } else { "  " };
            let name = format!("{indent}{}", fact.name);
            let state = self.style.state(&format!("{:<12}", fact.state));
            let detail = join(&fact.detail, &fact.aside);
            let line = format!("{name:<28} {state} {:>7}  {detail}", fact.elapsed);
            writeln!(out, "{}", line.trim_end().replace('\n', " "))?;
            self.drawn += 1;
        }
        write!(out, "{WRAP}")?;
        out.flush()
    }

    fn say(&mut self, facts: &[Fact], now: Timestamp, rest: i64, out: &mut impl Write) -> Result<()> {
        for fact in facts {
            let text = format!("{} {}", fact.state, fact.detail);
            let is_news = self.said.get(&fact.name).is_none_or(|(last, at)| {
                *last != text && (!fact.is_restless || now.duration_since(*at).as_secs() >= rest)
            });
            if is_news && fact.is_worth_a_line() {
                let beside = join(&fact.elapsed, &fact.aside);
                let beside = if beside.is_empty() { beside } else { format!(" ({beside})") };
                writeln!(out, "{}: {}{beside}", fact.name, text.trim_end())?;
            }
            if is_news {
                self.said.insert(fact.name.clone(), (text, now));
            }
        }
        out.flush()
    }
}
