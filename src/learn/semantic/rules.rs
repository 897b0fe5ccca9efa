//! The table of kinds: by which words a column is called, and what its values look like.

use super::names::{is_first_name, is_last_name};
use super::validate::*;
use crate::model::SemanticKind;
use crate::schema::DataType;

/// How values of a column are carried, as far as kinds tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Carrier {
    Text,
    Whole,
    Real,
    Day,
    Bytes,
}

impl Carrier {
    /// `None` for types whose values never say who somebody is.
    pub(super) fn of(data_type: &DataType) -> Option<Self> {
        match data_type {
            DataType::Text { .. } | DataType::Other => Some(Self::Text),
            DataType::Integer { .. } | DataType::Decimal { scale: 0, .. } => Some(Self::Whole),
            DataType::Float { .. } | DataType::Numeric | DataType::Decimal { .. } => Some(Self::Real),
            DataType::Date | DataType::Timestamp { .. } => Some(Self::Day),
            DataType::Bytes { .. } => Some(Self::Bytes),
            _ => None,
        }
    }
}

/// How one kind is recognised.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) kind: SemanticKind,
    /// Words a column may be called by, several joined by `_`.
    pub(super) words: &'static [&'static str],
    pub(super) carriers: &'static [Carrier],
    /// Whether a value may be of the kind.
    pub(super) matches: fn(&str) -> bool,
    /// The share of values that must match where the name does.
    pub(super) share_by_name: f64,
    /// The share that is enough by itself, where values can be that telling.
    pub(super) share_by_content: Option<f64>,
    /// Values of the kind, and values that are not.
    #[cfg_attr(not(test), allow(dead_code))] // they are the rule's tests
    pub(super) examples: (&'static [&'static str], &'static [&'static str]),
}

/// A rule for texts; the others are written in full.
const fn text(
    kind: SemanticKind,
    words: &'static [&'static str],
    matches: fn(&str) -> bool,
    share_by_name: f64,
    share_by_content: Option<f64>,
    examples: (&'static [&'static str], &'static [&'static str]),
) -> Rule {
    Rule { kind, words, carriers: &[Carrier::Text], matches, share_by_name, share_by_content, examples }
}

/// The rules, more telling ones first.
#[rustfmt::skip] // one rule, one paragraph
pub(super) const RULES: &[Rule] = &[
    Rule { carriers: &[Carrier::Text, Carrier::Bytes], ..text(SemanticKind::Password,
        &["password", "passwd", "pwd", "passwort", "kennwort", "mot_de_passe", "contrasena", "password_hash", "secret",
          "salt", "api_key", "apikey", "access_token", "auth_token", "private_key"],
        is_anything, 0.0, None, (&["hunter2"], &[""])) },
    text(SemanticKind::Email,
        &["email", "e_mail", "mail", "email_address", "emailaddress", "courriel", "correo"],
        is_email, 0.3, Some(0.3),
        (&["ann.lee@example.com", "x+y@mail.example.co.uk"], &["ann.lee", "@home", "a@b", "two words@x.org"])),
    text(SemanticKind::Iban, &["iban"], is_iban, 0.3, Some(0.5),
        (&["DE89370400440532013000", "GB82 WEST 1234 5698 7654 32"], &["DE89370400440532013001", "DE89", "hello"])),
    Rule { carriers: &[Carrier::Text, Carrier::Whole], ..text(SemanticKind::CreditCard,
        &["credit_card", "creditcard", "card_number", "cc_number", "ccnum", "kreditkarte", "pan"],
        is_card, 0.3, Some(0.6),
        (&["4111 1111 1111 1111", "5500005555555559"], &["4111111111111112", "1234", "0000000000000000"])) },
    text(SemanticKind::IpAddress, &["ip", "ip_address", "ipaddress", "ipv", "remote_addr", "client_ip"],
        is_ip, 0.3, Some(0.5),
        (&["192.168.0.1", "2001:db8::1", "10.0.0.0/8"], &["1.2.3", "300.1.1.1", "12:30", "version"])),
    text(SemanticKind::MacAddress, &["mac", "mac_address", "macaddr"], is_mac, 0.3, Some(0.5),
        (&["00:1B:44:11:3A:B7", "00-1b-44-11-3a-b7"], &["00:1B:44", "zz:zz:zz:zz:zz:zz"])),
    text(SemanticKind::Url, &["url", "uri", "website", "homepage", "link", "web"], is_url, 0.3, Some(0.5),
        (&["https://example.com/a?b=c", "www.example.org"], &["example", "http", "a/b/c"])),
    Rule { carriers: &[Carrier::Text, Carrier::Whole], ..text(SemanticKind::NationalId,
        &["ssn", "birth_number", "social_security", "social_security_number", "national_id", "national_insurance", "nino", "passport",
          "passport_number", "tax_id", "tin", "nif", "dni", "nie", "nir", "steuer_id", "steuernummer", "ausweis", "cpf",
          "personnummer", "bsn", "pesel", "codice_fiscale", "identity_number", "id_card", "driver_license",
          "drivers_license", "license_number"],
        is_anything, 0.0, None, (&["123-45-6789"], &[""])) },
    text(SemanticKind::NationalId, &[], is_social_security, 1.0, Some(0.5),
        (&["123-45-6789"], &["000-45-6789", "123456789", "666-12-3456"])),
    Rule { carriers: &[Carrier::Text, Carrier::Whole], ..text(SemanticKind::Phone,
        &["phone", "phone_number", "phonenumber", "telephone", "tel", "mobile", "mobile_number", "cell", "cellphone",
          "fax", "telefon", "telefono", "handy", "telefax", "mobil", "home_phone"],
        is_phone_digits, 0.3, None,
        (&["5551234567", "+44 20 7946 0958", "(206) 555-9857"], &["abc", "12"])) },
    text(SemanticKind::Phone, &[], is_phone, 1.0, Some(0.5),
        (&["+44 20 7946 0958", "(206) 555-9857", "555-123-4567", "+1.555.123.4567"],
         &["2024-01-31", "5551234567", "1-2-3", "192.168.100.200", "12 34"])),
    Rule { carriers: &[Carrier::Day, Carrier::Text], ..text(SemanticKind::BirthDate,
        &["birth", "birthdate", "birth_date", "date_of_birth", "birthday", "dob", "born", "geburtsdatum", "geburtstag",
          "date_naissance", "naissance", "fecha_nacimiento", "nacimiento"],
        is_date, 0.5, None, (&["1980-02-29", "29.02.1980", "2/29/1980"], &["Paris", "1980"])) },
    Rule { carriers: &[Carrier::Real], ..text(SemanticKind::Latitude,
        &["latitude", "lat", "breitengrad", "latitud"], is_anything, 0.0, None, (&["1"], &[""])) },
    Rule { carriers: &[Carrier::Real], ..text(SemanticKind::Longitude,
        &["longitude", "lon", "lng", "long", "laengengrad", "longitud"], is_anything, 0.0, None, (&["1"], &[""])) },
    Rule { carriers: &[Carrier::Text, Carrier::Whole], ..text(SemanticKind::Postcode,
        &["zip", "zipcode", "zip_code", "postcode", "post_code", "postal_code", "postalcode", "plz", "postleitzahl",
          "code_postal", "codigo_postal", "cap"],
        is_postcode, 0.3, None, (&["98101", "SW1A 1AA", "1010 AB", "75 008"], &["Main Street 12b", "x"])) },
    text(SemanticKind::CountryCode, &["country_code", "countrycode", "country_iso", "iso_country", "country", "land", "nation"],
        is_country_code, 0.9, None, (&["DE", "USA", "gb"], &["Germany", "D3"])),
    text(SemanticKind::Country, &["country", "country_name", "pays", "pais", "nation", "land"],
        is_words, 0.5, None, (&["Germany", "Côte d'Ivoire"], &["12", "x@y"])),
    text(SemanticKind::City, &["city", "town", "city_name", "ville", "stadt", "ciudad", "ort", "municipality", "locality"],
        is_words, 0.5, None, (&["St. Gallen", "São Paulo"], &["12", "http://x"])),
    text(SemanticKind::State, &["state", "province", "region", "state_province", "bundesland", "county", "district"],
        is_words, 0.5, None, (&["Ohio", "WA"], &["12"])),
    text(SemanticKind::StreetAddress,
        &["address", "street", "street_address", "addr", "address_line", "strasse", "straße", "anschrift", "adresse",
          "direccion", "rue", "calle", "ship_address", "billing_address"],
        has_letters, 0.3, None, (&["12 Main Street", "Obere Str. 57"], &["42"])),
    text(SemanticKind::StreetAddress, &[], is_street, 1.0, Some(0.4),
        (&["12 Main Street", "Bahnhofstr. 7", "7 Avenue Foch"], &["Main", "12 apples", "Street"])),
    text(SemanticKind::FirstName,
        &["first_name", "firstname", "fname", "given_name", "forename", "vorname", "prenom", "middle_name", "nombre_de_pila"],
        has_letters, 0.3, None, (&["Ann"], &["1"])),
    text(SemanticKind::FirstName, &["nombre", "prénom"], is_first_name, 0.3, None, (&["Maria"], &["Tornillo"])),
    text(SemanticKind::LastName,
        &["last_name", "lastname", "lname", "surname", "family_name", "nachname", "familienname", "nom_de_famille",
          "apellido", "maiden_name"],
        has_letters, 0.3, None, (&["Miller"], &["1"])),
    text(SemanticKind::LastName, &["nom"], is_last_name, 0.3, None, (&["Martin"], &["Chaise"])),
    text(SemanticKind::Username,
        &["username", "user_name", "login", "login_name", "nickname", "nick", "screen_name", "handle", "benutzername",
          "userid", "usuario"],
        has_letters, 0.3, None, (&["ann_lee"], &["7"])),
    text(SemanticKind::JobTitle,
        &["job_title", "jobtitle", "job", "occupation", "profession", "contact_title", "beruf", "puesto"],
        has_letters, 0.5, None, (&["Sales Manager"], &["7"])),
    text(SemanticKind::FullName,
        &["full_name", "fullname", "person_name", "contact_name", "customer_name", "employee_name", "patient_name",
          "ship_name", "display_name", "real_name", "author", "contact", "cardholder", "account_holder"],
        has_letters, 0.5, None, (&["Ann Lee"], &["7"])),
    text(SemanticKind::Company,
        &["company", "company_name", "organization", "organisation", "employer", "firma", "entreprise", "empresa",
          "supplier_name", "business_name"],
        has_letters, 0.5, None, (&["Exotic Liquids"], &["7"])),
    text(SemanticKind::Company, &[], is_company, 1.0, Some(0.3),
        (&["Example Trading Ltd.", "Muster GmbH & Co. KG", "Acme, Inc."], &["Acme", "Include", "Peter Sand"])),
    text(SemanticKind::ProductName,
        &["product_name", "productname", "product", "item_name", "article_name", "artikel", "produit", "producto"],
        has_letters, 0.5, None, (&["Green Tea"], &["7"])),
    text(SemanticKind::Title, &["title", "titel", "titre", "titulo", "headline"], has_letters, 0.5, None,
        (&["A Night at Sea"], &["7"])),
];

/// Words for free text.
pub(super) const NOTES: &[&str] = &[
    "comment",
    "note",
    "description",
    "remark",
    "message",
    "body",
    "content",
    "text",
    "bio",
    "biography",
    "summary",
    "review",
    "feedback",
    "bemerkung",
    "beschreibung",
    "kommentar",
    "commentaire",
    "descripcion",
    "comentario",
    "abstract",
    "memo",
    "diagnosis",
    "complaint",
    "history",
    "details",
];

/// Words for tables whose rows are people.
pub(in crate::learn) const PERSON_TABLES: &[&str] = &[
    "customer",
    "user",
    "person",
    "people",
    "patient",
    "employee",
    "staff",
    "member",
    "contact",
    "client",
    "student",
    "teacher",
    "doctor",
    "physician",
    "nurse",
    "author",
    "actor",
    "passenger",
    "guest",
    "subscriber",
    "voter",
    "tenant",
    "resident",
    "applicant",
    "candidate",
    "driver",
    "player",
    "athlete",
    "worker",
    "participant",
    "kunde",
    "kunden",
    "benutzer",
    "mitarbeiter",
    "personne",
    "utilisateur",
    "cliente",
    "usuario",
    "empleado",
    "profile",
];

/// Words for tables whose rows are organisations.
pub(in crate::learn) const COMPANY_TABLES: &[&str] = &[
    "supplier",
    "company",
    "companies",
    "vendor",
    "organization",
    "organisation",
    "employer",
    "shipper",
    "merchant",
    "partner",
    "firma",
    "firmen",
    "lieferant",
    "empresa",
    "proveedor",
    "entreprise",
    "fournisseur",
];
