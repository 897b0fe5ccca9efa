//! Words that columns of certain names hold, the commonest first.

use crate::schema::words::has_word;

/// Names of columns, and what stands in them. Longer names are asked for first.
#[rustfmt::skip] // one entry, one paragraph
const LISTS: &[(&[&str], &[&str])] = &[
    (&["mime", "mime_type", "content_type", "mimetype", "media_type"],
     &["text/plain", "image/jpeg", "application/pdf", "image/png", "text/html", "application/json", "audio/mpeg"]),
    (&["timezone", "time_zone", "tz"],
     &["UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo", "Europe/London", "America/Sao_Paulo"]),
    (&["locale"], &["en_US", "de_DE", "fr_FR", "es_ES", "pt_BR", "ja_JP", "nl_NL", "it_IT"]),
    (&["language", "lang", "iso_language"], &["en", "de", "fr", "es", "pt", "ja", "nl", "it"]),
    (&["currency", "currency_code"], &["EUR", "USD", "GBP", "JPY", "CHF", "BRL"]),
    (&["gender", "sex"], &["female", "male", "other"]),
    (&["color", "colour", "farbe"], &["black", "white", "blue", "red", "green", "grey", "yellow"]),
    (&["status", "stat"], &["active", "pending", "closed", "new", "failed"]),
    (&["severity", "loglevel", "log_level"], &["info", "warning", "error", "debug"]),
    (&["priority"], &["normal", "low", "high", "urgent"]),
    (&["level"], &["basic", "standard", "advanced"]),
    (&["role", "user_group"], &["user", "editor", "admin", "guest"]),
    (&["protocol", "scheme"], &["https", "http", "ftp", "ssh"]),
    (&["algorithm"], &["sha256", "sha1", "md5"]),
    (&["charset", "encoding", "character_set"], &["utf-8", "iso-8859-1", "us-ascii"]),
    (&["extension", "ext", "suffix"], &["txt", "pdf", "jpg", "png", "html", "mp3"]),
    (&["os", "osname", "os_name", "platform", "operating_system"], &["Linux", "Windows", "macOS", "Android"]),
    (&["browser", "user_agent", "useragent"], &["Firefox", "Chrome", "Safari", "Edge"]),
    (&["unit"], &["piece", "kg", "m", "l", "hour"]),
    (&["salutation", "honorific"], &["Ms", "Mr", "Dr"]),
    (&["method"], &["card", "transfer", "cash", "invoice"]),
    (&["frequency", "interval"], &["daily", "weekly", "monthly", "yearly"]),
    (&["size"], &["M", "L", "S", "XL", "XS"]),
    (&["group", "category"], &["general", "sales", "service", "research", "other"]),
    (&["type", "kind", "class", "mode"], &["standard", "special", "default", "extra", "test"]),
];

/// The words for a column of this name, as far as they fit into `max` characters; none where fewer than two do.
pub(super) fn for_name(words: &str, max: usize) -> Vec<&'static str> {
    let found = LISTS.iter().find(|(names, _)| names.iter().any(|name| has_word(words, name)));
    let fitting: Vec<&str> =
        found.map_or(&[][..], |(_, list)| list).iter().copied().filter(|word| word.len() <= max).collect();
    if fitting.len() < 2 { Vec::new() } else { fitting }
}
