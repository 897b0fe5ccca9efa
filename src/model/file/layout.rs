//! Line breaks for JSON: objects spread over lines, lists of plain values on one.

/// The widest object that is kept on one line, in bytes.
const ONE_LINE: usize = 100;

/// Lays out compact JSON for reading and for line-wise comparison. Strings are left untouched.
pub(super) fn spread(json: &str) -> String {
    let mut layout = Layout { json: json.as_bytes(), out: Vec::with_capacity(json.len() * 5 / 4) };
    layout.value(0, 0);
    String::from_utf8(layout.out).expect("JSON text with white space between its tokens is still text")
}

struct Layout<'a> {
    json: &'a [u8],
    out: Vec<u8>,
}

impl Layout<'_> {
    /// Writes the value that starts at `at` and returns where it ends.
    fn value(&mut self, at: usize, depth: usize) -> usize {
        let end = end_of_value(self.json, at);
        let text = &self.json[at..end];
        let is_container = matches!(text[0], b'{' | b'[');
        if !is_container || text.len() <= ONE_LINE || (text[0] == b'[' && !holds_objects(text)) {
            self.out.extend_from_slice(text);
            return end;
        }
        self.out.push(text[0]);
        let mut next = at + 1;
        loop {
            self.line(depth + 1);
            if text[0] == b'{' {
                let colon = end_of_value(self.json, next) + 1;
                self.out.extend_from_slice(&self.json[next..colon]);
                self.out.push(b' ');
                next = colon;
            }
            next = self.value(next, depth + 1);
            if self.json[next] != b',' {
                break;
            }
            self.out.push(b',');
            next += 1;
        }
        self.line(depth);
        self.out.push(self.json[next]);
        end
    }

    fn line(&mut self, depth: usize) {
        self.out.push(b'\n');
        self.out.extend(std::iter::repeat_n(b' ', depth));
    }
}

/// Walks over the tokens from `at` until `stop` says so, given each byte outside strings and the depth after it.
fn walk(json: &[u8], at: usize, mut stop: impl FnMut(u8, usize) -> bool) -> usize {
    let (mut position, mut depth, mut in_string) = (at, 0usize, false);
    while position < json.len() {
        let byte = json[position];
        if in_string {
            match byte {
                b'\\' => position += 1,
                b'"' => in_string = false,
                _ => {}
            }
        } else {
            match byte {
                b'"' => in_string = true,
                b'{' | b'[' => depth += 1,
                b'}' | b']' if depth > 0 => depth -= 1,
                b'}' | b']' => return position,
                _ => {}
            }
            if stop(byte, depth) {
                return position;
            }
        }
        position += 1;
    }
    position
}

/// Where the value that starts at `at` ends: before the comma, colon or bracket that follows it.
fn end_of_value(json: &[u8], at: usize) -> usize {
    walk(json, at, |byte, depth| depth == 0 && matches!(byte, b',' | b':'))
}

fn holds_objects(list: &[u8]) -> bool {
    walk(list, 0, |byte, _| byte == b'{') < list.len()
}
