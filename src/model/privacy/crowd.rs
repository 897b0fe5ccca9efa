//! Distinct subjects, counted up to the threshold.

use super::Settings;

/// The distinct subjects that share something. Only as many as the threshold asks for are remembered, so the count is
/// exact below it and the same whatever the order in which subjects come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Crowd {
    enough: usize,
    seen: Vec<u32>,
}

impl Crowd {
    /// Nobody yet.
    pub fn new(settings: Settings) -> Self {
        Self { enough: settings.threshold(), seen: Vec::new() }
    }

    /// One more subject, who may be there already.
    pub fn add(&mut self, subject: u32) {
        if self.seen.len() < self.enough && !self.seen.contains(&subject) {
            self.seen.push(subject);
        }
    }

    /// All of these.
    pub fn extend(&mut self, subjects: &[u32]) {
        if !self.is_enough() {
            subjects.iter().for_each(|&subject| self.add(subject));
        }
    }

    /// Those remembered, in the order in which they came.
    pub fn subjects(&self) -> &[u32] {
        &self.seen
    }

    /// How many, at the most the threshold.
    pub fn len(&self) -> usize {
        self.seen.len()
    }

    /// Whether there is nobody.
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    /// Whether the threshold is met.
    pub fn is_enough(&self) -> bool {
        self.seen.len() >= self.enough
    }
}
