//! Which parent a table's rows are about.
//!
//! Orders are about customers, not about the two shops that took them; flights are about no one, though each has an
//! airline. So a parent that is a person, or leads to one, comes first; any other parent counts only where there are so
//! many of it that demanding several still leaves something to be learned, and only for rows that nothing else
//! references: a track is a thing of its own, though it is on an album; a booking of an account is not.

use super::semantic::{PERSON_TABLES, has_word, words_of};
use crate::model::SemanticKind;
use crate::model::privacy::Settings;
use crate::schema::Table;

/// Parents with children, per `k`, from which a parent that is no person counts as one.
const MANY: u64 = 20;

/// Words for tables whose rows belong to somebody each.
const OWNED_TABLES: &[&str] =
    &["account", "household", "subscription", "konto", "konten", "compte", "cuenta", "card"];

/// A foreign key along which rows could come to their subject.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lead {
    /// The foreign key's index.
    pub(super) foreign_key: usize,
    /// Whether its parent is a person or leads to one.
    pub(super) to_person: bool,
    /// Whether no row is without a parent.
    pub(super) never_null: bool,
    /// Parents that have children.
    pub(super) parents: u64,
}

/// The lead to follow: to a person before anything else, without gaps before with gaps, to many before to few.
/// `referenced` says whether other tables reference the rows that seek their subject.
pub(super) fn choose(leads: &[Lead], referenced: bool, privacy: Settings) -> Option<Lead> {
    let k = privacy.threshold() as u64;
    let counts = |lead: &&Lead| match lead.to_person {
        true => lead.parents >= k,
        false => !referenced && lead.parents >= MANY * k,
    };
    let rank =
        |lead: &&Lead| (lead.to_person, lead.never_null, lead.parents, std::cmp::Reverse(lead.foreign_key));
    leads.iter().filter(counts).max_by_key(rank).copied()
}

/// Whether each row of a table is a person or belongs to one, by its name and its columns. An organisation of which
/// nothing personal is known is a parent like any other.
pub(super) fn is_person(table: &Table, kinds: &[Option<SemanticKind>]) -> bool {
    let words = words_of(&table.name.name);
    let named = [PERSON_TABLES, OWNED_TABLES];
    named.iter().any(|list| list.iter().any(|word| has_word(&words, word)))
        || kinds.iter().flatten().any(|kind| names_somebody(*kind))
}

fn names_somebody(kind: SemanticKind) -> bool {
    matches!(
        kind,
        SemanticKind::Email
            | SemanticKind::FirstName
            | SemanticKind::LastName
            | SemanticKind::FullName
            | SemanticKind::Username
            | SemanticKind::Phone
            | SemanticKind::StreetAddress
            | SemanticKind::NationalId
            | SemanticKind::Iban
            | SemanticKind::CreditCard
            | SemanticKind::BirthDate
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lead(foreign_key: usize, to_person: bool, never_null: bool, parents: u64) -> Lead {
        Lead { foreign_key, to_person, never_null, parents }
    }

    #[test]
    fn persons_come_first_and_few_parents_are_nobody() {
        let chosen = |leads: &[Lead]| choose(leads, false, Settings { k: 5 }).map(|lead| lead.foreign_key);
        assert_eq!(chosen(&[lead(0, false, true, 4_000), lead(1, true, false, 50)]), Some(1));
        assert_eq!(chosen(&[lead(0, true, true, 2), lead(1, true, true, 599)]), Some(1));
        assert_eq!(chosen(&[lead(0, false, true, 16), lead(1, false, true, 3)]), None);
        assert_eq!(chosen(&[lead(0, false, false, 9_999), lead(1, false, true, 105)]), Some(1));
        assert_eq!(chosen(&[]), None);
        let things = [lead(0, false, true, 4_000), lead(1, true, true, 50)];
        assert!(choose(&things[..1], true, Settings { k: 5 }).is_none());
        assert!(choose(&things, true, Settings { k: 5 }).is_some_and(|lead| lead.foreign_key == 1));
    }
}
