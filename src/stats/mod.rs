//! Statistics over plain numbers: nothing in here knows tables, columns or models.

mod distance;
mod histogram;
mod information;
mod quantile;

pub use distance::{ks_against, ks_two_samples, total_variation};
pub use histogram::{count_values, equal_width_histogram};
pub use information::mutual_information;
pub use quantile::{quantile, share};
