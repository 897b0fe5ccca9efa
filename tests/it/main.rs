//! The one integration-test binary.

mod predicates;
