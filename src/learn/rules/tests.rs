//! Each kind of rule on rows made for it, and rows that only look like it.

use super::*;
