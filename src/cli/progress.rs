//! Progress bars on stderr; the only file that knows `indicatif`, which hides them where stderr is no terminal.

use super::render::{count, plan_in_a_line};
use super::terminal::Manner;
use crate::pipeline::{Event, Observer};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The bar of the step that is under way. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Progress {
    bars: MultiProgress,
    current: Arc<Mutex<Option<ProgressBar>>>,
    writing: Arc<AtomicBool>,
    quiet: bool,
}

impl Progress {
    pub(super) fn new(manner: Manner) -> Self {
        let target = if manner.quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        Self {
            bars: MultiProgress::with_draw_target(target),
            current: Arc::default(),
            writing: Arc::default(),
            quiet: manner.quiet,
        }
    }

    /// Whether the target is being changed.
    pub(super) fn is_writing(&self) -> bool {
        self.writing.load(Ordering::Relaxed)
    }

    /// Prints on stderr, above the bar. A stderr that is closed is no reason to stop.
    pub(super) fn print(&self, text: &str) {
        self.bars.suspend(|| {
            let _ = std::io::stderr().lock().write_all(text.as_bytes());
        });
    }

    /// Takes the bar away.
    pub(super) fn clear(&self) {
        if let Some(bar) = self.current().take() {
            bar.finish_and_clear();
        }
    }

    fn current(&self) -> std::sync::MutexGuard<'_, Option<ProgressBar>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start(&self, step: &'static str, tables: &[(String, u64)]) {
        self.clear();
        let rows = tables.iter().map(|(_, rows)| rows).sum();
        let bar = self.bars.add(ProgressBar::new(rows).with_style(rows_style()).with_prefix(step));
        bar.enable_steady_tick(Duration::from_millis(200));
        *self.current() = Some(bar);
    }

    fn advance(&self, table: String, rows: u64) {
        if let Some(bar) = self.current().as_ref() {
            bar.set_message(table);
            bar.inc(rows);
        }
    }

    /// A step whose length is not known.
    fn spin(&self, step: &'static str) {
        self.clear();
        let style = ProgressStyle::with_template("{prefix:>8} {spinner} {elapsed}  {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner());
        let (name, message) = step.split_once(": ").unwrap_or((step, ""));
        let bar = self
            .bars
            .add(ProgressBar::new_spinner().with_style(style).with_prefix(name).with_message(message));
        bar.enable_steady_tick(Duration::from_millis(200));
        *self.current() = Some(bar);
    }
}

impl Observer for Progress {
    fn event(&self, event: Event) {
        match event {
            Event::Introspected { tables, foreign_keys } => {
                tracing::info!("found {tables} tables and {foreign_keys} foreign keys");
            }
            Event::LearnStarted(tables) => self.start("learn", &tables),
            Event::LoadStarted(tables) => self.start("load", &tables),
            Event::LearnProgress { table, rows } | Event::LoadProgress { table, rows } => {
                self.advance(table, rows)
            }
            Event::LearnFinished => self.spin("plan: row counts, keys, constraints"),
            Event::Planned(plan) => {
                // The next step makes and empties tables.
                self.writing.store(true, Ordering::Relaxed);
                self.spin("prepare: tables of the target");
                if !self.quiet {
                    self.print(&format!("{}\n", plan_in_a_line(&plan)));
                }
            }
            Event::Finishing => self.spin("finish: keys, indexes, statistics, verification"),
        }
    }
}

/// Rows done and to do, rows per second, time left, and the table at hand.
fn rows_style() -> ProgressStyle {
    let template = "{prefix:>8} {bar:24} {human_pos}/{human_len} rows  {rate}  {eta} left  {msg}";
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .with_key("rate", |state: &ProgressState, out: &mut dyn std::fmt::Write| {
            let _ = write!(out, "{} rows/s", count(state.per_sec() as u64));
        })
        .progress_chars("=> ")
}
