//! Tabs that share: each tab must be told of its gaps, even of those that follow an earlier one.

use core::time::Duration;

use everstream_core::connection::{Instant, Resumed, State, TransportKind};
use everstream_core::parse::Event;
use everstream_core::tabs::{Body, Config, Election, Message, Output, Set, Tab, UpstreamId};

/// Up to three tabs, and the deliveries of each.
struct Tabs {
    now: Duration,
    tabs: [Option<Tab>; 3],
    told: [Vec<String>; 3],
    upstream: [Option<UpstreamId>; 3],
    /// The messages for a tab that hangs.
    unheard: [Option<Vec<Message>>; 3],
    /// How many entries a new tab keeps for others.
    kept: usize,
    /// How far the machine's clock was set back.
    behind: Duration,
}

impl Tabs {
    fn new() -> Self {
        Self {
            now: Duration::from_secs(1),
            tabs: [None, None, None],
            told: Default::default(),
            upstream: [None; 3],
            unheard: [None, None, None],
            kept: 100,
            behind: Duration::ZERO,
        }
    }

    fn hang(&mut self, tab: usize) {
        self.unheard[tab] = Some(Vec::new());
    }

    /// Wakes a tab. Returns the messages of the meantime, which are lost to it.
    fn thaw(&mut self, tab: usize) -> Vec<Message> {
        self.unheard[tab].take().expect("it hangs")
    }

    fn wake(&mut self, tab: usize) {
        for message in self.unheard[tab].take().expect("it hangs") {
            self.with(tab, |tab, now| tab.handle_message(now, &message));
        }
    }

    fn open(&mut self, tab: usize, channels: &[&str], last_event_id: &str) {
        let config = Config {
            election: Election::Lock,
            last_event_id: last_event_id.to_owned(),
            seed: tab as u64 + 1,
            wall: (Duration::from_secs(1_000_000) + self.now).saturating_sub(self.behind),
            kept: self.kept,
        };
        let channels = channels.iter().map(|name| (*name).into());
        self.tabs[tab] = Some(Tab::new(self.instant(), config, channels));
        self.settle();
    }

    fn instant(&self) -> Instant {
        Instant::from_origin(self.now)
    }

    fn with(&mut self, tab: usize, act: impl FnOnce(&mut Tab, Instant)) {
        let now = self.instant();
        act(self.tabs[tab].as_mut().expect("it is open"), now);
        self.settle();
    }

    /// Grants the lock to a tab, which leads once all tabs have had time to answer.
    fn lead(&mut self, tab: usize) {
        self.with(tab, |tab, now| tab.handle_lock(now, true));
        if self.upstream[tab].is_none() {
            let due = self.tabs[tab].as_ref().and_then(Tab::poll_timeout);
            let due = due.expect("it waits for answers");
            self.now = due.saturating_since(Instant::default());
            self.with(tab, Tab::handle_timeout);
        }
    }

    fn connect(&mut self, tab: usize) {
        let id = self.upstream(tab);
        let state = State::Open {
            transport: TransportKind::Fetch,
            resumed: Resumed::No,
            answer: None,
        };
        self.with(tab, |tab, _| tab.handle_state(id, &state));
    }

    fn close(&mut self, tab: usize) {
        self.with(tab, |tab, _| tab.close());
        self.tabs[tab] = None;
        self.upstream[tab] = None;
    }

    fn upstream(&self, tab: usize) -> UpstreamId {
        self.upstream[tab].expect("it leads")
    }

    fn event(&mut self, leader: usize, channel: &str, id: &str) {
        let upstream = self.upstream(leader);
        let event = Event {
            event_type: "message",
            data: "x",
            last_event_id: id,
        };
        self.with(leader, |tab, _| {
            tab.handle_event(upstream, channel, &event, id);
        });
    }

    /// Carries out the tabs' outputs until there are none.
    fn settle(&mut self) {
        while let Some((from, output)) = self.output() {
            match output {
                Output::Send(message) => self.say(from, &message),
                Output::Open { id, .. } => self.upstream[from] = Some(id),
                Output::InForce(channel) => self.told[from].push(format!("in force {channel}")),
                Output::Gap(channel) => self.told[from].push(format!("gap {channel}")),
                Output::Event(_) => self.told[from].push("event".to_owned()),
                Output::State(State::Idle) => self.told[from].push("idle".to_owned()),
                _ => {}
            }
        }
    }

    fn output(&mut self) -> Option<(usize, Output)> {
        (0..3).find_map(|tab| Some((tab, self.tabs[tab].as_mut()?.poll_output()?)))
    }

    fn say(&mut self, from: usize, message: &Message) {
        let now = self.instant();
        for (tab, other) in self.tabs.iter_mut().enumerate() {
            if let Some(other) = other
                && tab != from
            {
                match &mut self.unheard[tab] {
                    Some(unheard) => unheard.push(message.clone()),
                    None => other.handle_message(now, message),
                }
            }
        }
    }

    fn told(&mut self, tab: usize) -> Vec<String> {
        core::mem::take(&mut self.told[tab])
    }
}

#[test]
fn a_channel_is_told_of_a_gap_that_those_before_it_were_told_of() {
    let mut tabs = Tabs::new();
    tabs.open(0, &["x"], "");
    tabs.lead(0);
    tabs.connect(0);
    // A channel without an ID can't resume.
    tabs.event(0, "x", "");
    for tab in [1, 2] {
        tabs.open(tab, &["x"], "");
        tabs.told(tab);
    }
    tabs.close(0);
    tabs.lead(1);
    assert_eq!(tabs.told(2), ["gap x", "idle"]);
    // No channel has received an event since.
    tabs.with(2, |tab, _| {
        tab.ask_for(Set::from_iter(["x", "y"].map(Into::into)));
    });
    tabs.close(1);
    tabs.lead(2);
    assert_eq!(tabs.told(2), ["gap x", "gap y"]);
}

#[test]
fn a_channel_that_nobody_had_asked_for_at_the_position_has_a_gap() {
    let mut tabs = Tabs::new();
    tabs.open(0, &["y"], "");
    tabs.lead(0);
    tabs.connect(0);
    tabs.event(0, "y", "1");
    tabs.event(0, "y", "2");
    tabs.open(1, &[], "1");
    let wants = ["x", "y"].map(Into::into);
    tabs.with(1, |tab, _| tab.ask_for(Set::from_iter(wants)));
    let told = tabs.told(1);
    assert!(told.contains(&"gap x".to_owned()), "{told:?}");
    assert!(!told.contains(&"gap y".to_owned()), "{told:?}");
}

#[test]
fn who_leads_without_a_channel_is_idle() {
    let mut tabs = Tabs::new();
    tabs.open(0, &["x"], "");
    tabs.lead(0);
    tabs.connect(0);
    tabs.open(1, &[], "");
    tabs.open(2, &[], "");
    for tab in [1, 2] {
        tabs.told(tab);
    }
    tabs.close(0);
    tabs.lead(1);
    for tab in [1, 2] {
        assert_eq!(tabs.told(tab), ["idle"]);
    }
}

impl Tabs {
    /// Hangs the leader of two tabs, which reads more than it keeps before it hears of the next leader.
    /// Returns the IDs that it has read.
    fn depose_unawares(&mut self) -> Vec<String> {
        for tab in [0, 1] {
            self.open(tab, &["x"], "");
        }
        self.lead(0);
        self.connect(0);
        self.event(0, "x", "1");
        self.hang(0);
        self.lead(1);
        self.connect(1);
        let ids: Vec<_> = (2..=250).map(|id: u32| id.to_string()).collect();
        for id in &ids {
            self.event(0, "x", id);
        }
        self.told(0);
        self.wake(0);
        ids
    }
}

#[test]
fn a_leader_that_was_deposed_unawares_gets_nothing_twice() {
    let mut tabs = Tabs::new();
    for id in tabs.depose_unawares() {
        tabs.event(1, "x", &id);
    }
    assert_eq!(tabs.told(0), ["idle"]);
    tabs.event(1, "x", "251");
    assert_eq!(tabs.told(0), ["event"]);
}

#[test]
fn behind_a_gap_a_leader_that_was_deposed_unawares_waits_for_nothing() {
    let mut tabs = Tabs::new();
    tabs.depose_unawares();
    let upstream = tabs.upstream(1);
    tabs.with(1, |tab, _| tab.handle_gap(upstream, None));
    // The server has forgotten the position that the tab remembers.
    tabs.event(1, "x", "2000");
    assert_eq!(tabs.told(0), ["idle", "gap x", "event"]);
}

/// Two tabs sleep in turn. One has more of a channel than it keeps, and the other doesn't know the channel.
#[test]
fn a_channel_that_is_begun_anew_has_a_gap_and_all_that_follows() {
    let mut tabs = Tabs::new();
    for tab in [0, 1] {
        tabs.open(tab, &["x"], "");
    }
    tabs.lead(0);
    tabs.connect(0);
    tabs.event(0, "x", "1");
    tabs.with(1, |tab, _| tab.handle_leave());
    let wants = ["x", "y"].map(Into::into);
    tabs.with(0, |tab, _| tab.ask_for(Set::from_iter(wants)));
    for id in 2..=250 {
        tabs.event(0, "y", &id.to_string());
    }
    tabs.with(0, |tab, _| tab.handle_leave());
    tabs.upstream[0] = None;
    tabs.with(1, Tab::handle_return);
    tabs.lead(1);
    tabs.connect(1);
    tabs.told(0);
    tabs.with(0, Tab::handle_return);
    let told = tabs.told(0);
    assert!(told.contains(&"gap y".to_owned()), "{told:?}");
    for id in 300..=600 {
        tabs.event(1, "y", &id.to_string());
        assert_eq!(tabs.told(0), ["event"], "{id}");
    }
}

#[test]
fn a_leader_that_is_looked_at_again_and_again_keeps_a_busy_tab() {
    let mut tabs = Tabs::new();
    for tab in [0, 1] {
        tabs.open(tab, &["x"], "");
    }
    tabs.lead(0);
    let count = |tabs: &Tabs| tabs.tabs[0].as_ref().expect("it leads").sharing().tabs;
    assert_eq!(count(&tabs), 2);
    tabs.hang(1);
    for _ in 0..20 {
        tabs.now += Duration::from_millis(200);
        tabs.with(0, Tab::handle_return);
        assert_eq!(count(&tabs), 2);
    }
    // A tab that hangs for longer than three roll calls is forgotten all the same.
    for _ in 0..4 {
        let due = tabs.tabs[0].as_ref().and_then(Tab::poll_timeout);
        tabs.now = due.expect("a roll").saturating_since(Instant::default());
        tabs.with(0, Tab::handle_timeout);
    }
    assert_eq!(count(&tabs), 1);
}

/// No event has told tab 0 that `y` was served.
#[test]
fn a_channel_that_was_served_has_a_gap_where_the_next_leader_begins_it_anew() {
    let mut tabs = Tabs::new();
    for tab in [0, 1] {
        tabs.open(tab, &["x"], "");
    }
    tabs.lead(1);
    tabs.connect(1);
    tabs.event(1, "x", "0");
    tabs.hang(0);
    let wants = ["x", "y"].map(Into::into);
    tabs.with(1, |tab, _| tab.ask_for(Set::from_iter(wants)));
    let id = tabs.upstream(1);
    let served = ["x", "y"].map(Into::into).to_vec();
    tabs.with(1, |tab, _| tab.handle_progress(id, "1", served));
    assert_eq!(tabs.told(1).last().expect("it is told"), "in force y");
    tabs.with(1, |tab, _| tab.handle_leave());
    tabs.thaw(0);
    tabs.lead(0);
    tabs.connect(0);
    tabs.told(1);
    tabs.with(1, Tab::handle_return);
    let told = tabs.told(1);
    let gaps: Vec<_> = told.iter().filter(|line| line.starts_with("gap")).collect();
    assert_eq!(gaps, ["gap y"]);
}

#[test]
fn who_knows_of_a_channel_that_is_served_knows_that_there_was_a_connection() {
    let mut tabs = Tabs::new();
    for tab in [0, 1] {
        tabs.open(tab, &["x"], "");
    }
    tabs.lead(0);
    // The message that the connection is open never reaches the other tab.
    tabs.hang(1);
    tabs.connect(0);
    tabs.thaw(1);
    let id = tabs.upstream(0);
    tabs.with(0, |tab, _| tab.handle_progress(id, "", vec!["x".into()]));
    let told = tabs.told(1);
    assert_eq!(told.last().expect("it is told"), "in force x");
    tabs.close(0);
    tabs.lead(1);
    assert_eq!(tabs.told(1), ["gap x"]);
}

/// A waking page receives the messages of the meantime in any order.
#[test]
fn who_has_heard_of_a_leader_and_has_nothing_of_it_leads_nobody_astray() {
    let mut tabs = Tabs::new();
    tabs.kept = 2;
    for tab in [0, 1, 2] {
        tabs.open(tab, &["x"], "");
    }
    tabs.lead(0);
    tabs.connect(0);
    tabs.event(0, "x", "1");
    tabs.hang(2);
    for id in ["2", "3", "4", "5"] {
        tabs.event(0, "x", id);
    }
    tabs.thaw(2);
    // Tab 2 hears that tab 1 leads. Tab 0 doesn't.
    tabs.hang(0);
    tabs.hang(2);
    tabs.lead(1);
    let told = tabs.thaw(2);
    let leads = |message: &&Message| match &message.body {
        Body::Beat(beat) => beat.standing.is_some(),
        _ => false,
    };
    let beat = told.iter().find(leads).expect("the next leader says so");
    // Tab 1 is gone by then.
    tabs.tabs[1] = None;
    tabs.with(2, |tab, now| tab.handle_message(now, beat));
    tabs.thaw(0);
    tabs.told(2);
    tabs.with(2, Tab::handle_return);
    // Tab 0 leads again and has more than tab 2 knows.
    let due = tabs.tabs[0].as_ref().and_then(Tab::poll_timeout);
    tabs.now = due.expect("it claims").saturating_since(Instant::default());
    tabs.with(0, Tab::handle_timeout);
    tabs.connect(0);
    tabs.event(0, "x", "6");
    let told = tabs.told(2);
    assert_eq!(told.last().expect("it is told"), "event", "{told:?}");
    assert!(told.contains(&"gap x".to_owned()), "{told:?}");
}

#[test]
fn a_gap_under_one_leader_is_not_that_of_the_hand_over_to_another() {
    let mut tabs = Tabs::new();
    for tab in [0, 1] {
        tabs.open(tab, &["x"], "");
    }
    tabs.lead(0);
    tabs.connect(0);
    tabs.event(0, "x", "1");
    let id = tabs.upstream(0);
    tabs.with(0, |tab, _| tab.handle_gap(id, None));
    assert_eq!(tabs.told(1).last().expect("it is told"), "gap x");
    // A new tab leads, which knows of no other tab.
    tabs.hang(1);
    tabs.tabs[0] = None;
    tabs.open(2, &["x"], "");
    tabs.lead(2);
    tabs.connect(2);
    tabs.wake(1);
    let told = tabs.told(1);
    assert!(told.contains(&"gap x".to_owned()), "{told:?}");
}

#[test]
fn a_clock_that_was_set_back_makes_no_leader_lesser() {
    let mut tabs = Tabs::new();
    tabs.open(0, &["x"], "");
    tabs.lead(0);
    tabs.connect(0);
    tabs.event(0, "x", "1");
    tabs.with(0, |tab, _| tab.handle_leave());
    tabs.upstream[0] = None;
    // A tab that joins now has never heard of the first.
    tabs.behind = Duration::from_hours(1);
    tabs.open(1, &["x"], "");
    tabs.lead(1);
    tabs.connect(1);
    tabs.event(1, "x", "2");
    tabs.with(0, Tab::handle_return);
    // The first tab has a greater term, so the other begins an even greater one.
    let due = tabs.tabs[1].as_ref().and_then(Tab::poll_timeout);
    tabs.now = due.expect("it claims").saturating_since(Instant::default());
    tabs.with(1, Tab::handle_timeout);
    tabs.connect(1);
    tabs.told(0);
    tabs.event(1, "x", "3");
    assert_eq!(tabs.told(0), ["event"]);
    tabs.close(1);
    tabs.lead(0);
    tabs.connect(0);
    assert_eq!(tabs.told(0), ["idle"; 0], "nothing is missing");
}

#[test]
fn who_was_not_told_that_it_is_served_is_told_at_the_next_roll_call() {
    let mut tabs = Tabs::new();
    for tab in [0, 1] {
        tabs.open(tab, &["x"], "");
    }
    tabs.lead(0);
    tabs.connect(0);
    tabs.hang(1);
    let id = tabs.upstream(0);
    tabs.with(0, |tab, _| tab.handle_progress(id, "1", vec!["x".into()]));
    tabs.thaw(1);
    tabs.told(1);
    let due = tabs.tabs[0].as_ref().and_then(Tab::poll_timeout);
    tabs.now = due.expect("a roll").saturating_since(Instant::default());
    tabs.with(0, Tab::handle_timeout);
    assert_eq!(tabs.told(1), ["in force x"]);
}

/// The control is a hundred times the time to sort the names. Comparing each with each takes several hundred.
#[test]
fn many_channels_come_and_go_without_each_being_compared_with_each() {
    let names: Vec<Box<str>> = (0..80_000u64)
        .map(|n| format!("{:x}", n.wrapping_mul(0x9E37_79B9_7F4A_7C15)).into())
        .collect();
    let began = std::time::Instant::now();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    let control = began.elapsed();
    let mut tabs = Tabs::new();
    tabs.open(0, &["x"], "");
    tabs.open(1, &[], "");
    tabs.lead(0);
    tabs.connect(0);
    let id = tabs.upstream(0);
    let began = std::time::Instant::now();
    tabs.with(1, |tab, _| tab.ask_for(names.iter().cloned().collect()));
    tabs.with(0, |tab, _| tab.handle_progress(id, "1", names.clone()));
    tabs.with(1, |tab, _| tab.ask_for(Set::new()));
    let took = began.elapsed();
    assert!(took < control * 100, "{took:?} against {control:?}");
}
