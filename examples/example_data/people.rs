//! Invented people: names, addresses, numbers.

use super::random::Random;

pub(super) const FIRST: &[&str] = &[
    "Ada", "Aiko", "Alma", "Amir", "Anouk", "Arne", "Bela", "Bruno", "Carla", "Cem", "Chiara", "Dalia",
    "Deniz", "Dora", "Edda", "Elif", "Emil", "Enzo", "Esther", "Farid", "Femke", "Finn", "Flora", "Gita",
    "Goran", "Hana", "Hugo", "Ida", "Igor", "Ines", "Ivo", "Jana", "Jonas", "Jori", "Kaya", "Kofi", "Lars",
    "Leila", "Lena", "Linus", "Livia", "Luca", "Maja", "Malik", "Mara", "Milo", "Mina", "Nadia", "Nils",
    "Noor", "Olga", "Omar", "Otto", "Paula", "Pavel", "Pia", "Rafa", "Ravi", "Rosa", "Ruben", "Salma",
    "Sana", "Selma", "Sofie", "Sven", "Tara", "Theo", "Tilda", "Timo", "Uma", "Vera", "Viktor", "Wanda",
    "Yara", "Yusuf", "Zoe",
];

pub(super) const LAST: &[&str] = &[
    "Abel",
    "Adler",
    "Amann",
    "Arslan",
    "Bakker",
    "Baran",
    "Becker",
    "Bertoli",
    "Blanc",
    "Brandt",
    "Castell",
    "Conti",
    "Dahl",
    "Demir",
    "Dorn",
    "Duval",
    "Eriksen",
    "Fabbri",
    "Falk",
    "Farkas",
    "Ferrer",
    "Fontein",
    "Frey",
    "Garnier",
    "Gruber",
    "Haas",
    "Halvorsen",
    "Hartog",
    "Horvat",
    "Iversen",
    "Jansen",
    "Kaiser",
    "Kaplan",
    "Keller",
    "Kovac",
    "Kramer",
    "Lambert",
    "Laurent",
    "Lindqvist",
    "Lombardi",
    "Maas",
    "Marchetti",
    "Meier",
    "Mercier",
    "Moreau",
    "Nagy",
    "Novak",
    "Nyberg",
    "Olsen",
    "Orsini",
    "Pavlov",
    "Peeters",
    "Petit",
    "Quist",
    "Rausch",
    "Ricci",
    "Rossi",
    "Roth",
    "Sahin",
    "Santer",
    "Schenk",
    "Silva",
    "Sokol",
    "Steiner",
    "Tanaka",
    "Tomas",
    "Urban",
    "Vance",
    "Varga",
    "Vermeer",
    "Vogel",
    "Weiss",
    "Wolff",
    "Yilmaz",
    "Zanetti",
    "Zimmer",
];

const STREETS: &[&str] = &[
    "Mill Lane",
    "Station Road",
    "Harbour Street",
    "Linden Avenue",
    "Church Walk",
    "Old Market",
    "Garden Row",
    "Bridge Street",
    "Hill Road",
    "Canal Side",
    "Orchard Close",
    "Windmill Way",
    "Cooper Street",
    "Park Terrace",
];

/// Cities with the first digits of their post codes, by country code.
const CITIES: &[(&str, &[(&str, &str)])] = &[
    ("DE", &[("Bergstadt", "79"), ("Neuhafen", "20"), ("Lindenau", "04"), ("Rheinfeld", "50")]),
    ("FR", &[("Valbonne-sur-Mer", "06"), ("Montclair", "69"), ("Saint-Loup", "31")]),
    ("NL", &[("Oosterdam", "10"), ("Waterwijk", "35"), ("Nieuwbrug", "56")]),
    ("IT", &[("Pontevecchio", "50"), ("Montebello", "20"), ("Castelmare", "80")]),
    ("AT", &[("Donaustadt", "10"), ("Bergheim", "50")]),
    ("SE", &[("Norrvik", "11"), ("Soderby", "41")]),
    ("US", &[("Fairhaven", "02"), ("Cedar Falls", "50"), ("Brookfield", "53"), ("Millbrook", "12")]),
    ("GB", &[("Ashford Mill", "TN"), ("Kingsbridge", "TQ"), ("Northwick", "CW")]),
];

/// Given and family name.
pub(super) fn name(random: &mut Random) -> (&'static str, &'static str) {
    // The square favours the front of the lists: real names are anything but uniform.
    let skewed = |u: f64, len: usize| (u * u * len as f64) as usize;
    (FIRST[skewed(random.unit(), FIRST.len())], LAST[skewed(random.unit(), LAST.len())])
}

/// An address of the reserved domain `example`, unique by `number`.
pub(super) fn email(first: &str, last: &str, number: usize) -> String {
    let host = ["mail.example", "post.example", "inbox.example"][number % 3];
    format!("{}.{}{}@{host}", first.to_lowercase(), last.to_lowercase(), number)
}

/// A telephone number.
pub(super) fn phone(random: &mut Random) -> String {
    format!(
        "+{} {} {:07}",
        random.pick(&[49, 33, 31, 39, 43, 46, 1, 44]),
        random.between(100, 999),
        random.between(0, 9_999_999)
    )
}

/// Street with number, city, post code.
pub(super) fn address(random: &mut Random, country: &str) -> (String, &'static str, String) {
    let cities = CITIES.iter().find(|(code, _)| *code == country).map_or(CITIES[0].1, |(_, cities)| cities);
    let (city, prefix) = *random.pick(cities);
    let street = format!("{} {}", random.pick(STREETS), random.between(1, 180));
    (street, city, format!("{prefix}{:03}", random.between(0, 999)))
}
