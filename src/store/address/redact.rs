//! Passwords stay out of sight.

/// Where the password of a URL stands: between the first colon of the user part and the last `@`, wherever that is, so
/// that a password with unescaped slashes or question marks is not half shown.
fn password(url: &str) -> Option<std::ops::Range<usize>> {
    let start = url.find("://")? + 3;
    let end = url.rfind('@').filter(|&end| end > start)?;
    let colon = start + url[start..end].find(':')?;
    Some(colon + 1..end)
}

/// Query parameters that hold secrets.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["password", "passwd", "pwd", "secret", "token"].iter().any(|word| name.contains(word))
}

/// A URL with `***` in the place of its password and of secret query parameters.
pub(super) fn without_password(url: &str) -> String {
    let mut shown = url.to_owned();
    if let Some(range) = password(url) {
        shown.replace_range(range, "***");
    }
    let Some((head, query)) = shown.split_once('?') else { return shown };
    let parameters = query.split('&').map(|parameter| match parameter.split_once('=') {
        Some((name, _)) if is_secret(name) => format!("{name}=***"),
        _ => parameter.to_owned(),
    });
    format!("{head}?{}", parameters.collect::<Vec<_>>().join("&"))
}

/// A text of a driver or server without the password of the URL, should it repeat it, escaped or not.
pub fn redact(text: &str, url: &str) -> String {
    let mut secrets: Vec<&str> = password(url).map(|range| &url[range]).into_iter().collect();
    if let Some((_, query)) = url.split_once('?') {
        let parameters = query.split('&').filter_map(|parameter| parameter.split_once('='));
        secrets.extend(parameters.filter(|(name, _)| is_secret(name)).map(|(_, value)| value));
    }
    let mut shown = text.to_owned();
    for secret in secrets.into_iter().filter(|secret| !secret.is_empty()) {
        shown = shown.replace(secret, "***").replace(&unescaped(secret), "***");
    }
    shown
}

/// Percent-encoded text decoded.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let code = (first == b'%').then(|| tail.get(..2)).flatten();
        let code = code.and_then(|code| u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok());
        bytes.push(code.unwrap_or(first));
        rest = if code.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
