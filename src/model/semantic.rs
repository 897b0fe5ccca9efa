//! What a column means.

use serde::{Deserialize, Serialize};

/// A recognised meaning of a column. The personal ones are never learned by value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names say it
pub enum SemanticKind {
    Email,
    FirstName,
    LastName,
    FullName,
    Username,
    Phone,
    StreetAddress,
    Postcode,
    City,
    State,
    Country,
    CountryCode,
    Company,
    JobTitle,
    Iban,
    CreditCard,
    NationalId,
    IpAddress,
    MacAddress,
    Url,
    Password,
    FreeText,
    Latitude,
    Longitude,
    BirthDate,
    ProductName,
    Title,
}

impl SemanticKind {
    /// Whether values of this kind say who somebody is, so that they are regenerated instead of learned.
    pub fn is_personal(self) -> bool {
        !matches!(
            self,
            Self::City
                | Self::State
                | Self::Country
                | Self::CountryCode
                | Self::JobTitle
                | Self::Latitude
                | Self::Longitude
                | Self::BirthDate
                | Self::ProductName
                | Self::Title
        )
    }
}
