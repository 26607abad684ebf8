//! What a proxy that is broken, or means well, does to the body of a request on its way.

/// `{}`, packed by gzip.
const PACKED: [u8; 22] =
    [0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 0x03, 0xab, 0xae, 0x05, 0, 0x43, 0xbf, 0xa6, 0xa3, 0x02, 0, 0, 0];

/// A kind of damage; length and encoding in the head always fit the body that is left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Damage {
    /// The second half is missing.
    Halved,
    /// An object is packed by gzip, and the head says so.
    Packed,
    /// The first text has become the second.
    Replaced(&'static str, &'static str),
}

impl Damage {
    /// A request with this body damaged, and with what the head must say of it.
    pub fn of(self, head: &[u8], body: &[u8]) -> Vec<u8> {
        let (body, encoding) = match self {
            Self::Halved => (body[..body.len() / 2].to_vec(), ""),
            Self::Packed => (PACKED.to_vec(), "content-encoding: gzip\r\n"),
            Self::Replaced(from, to) => (String::from_utf8_lossy(body).replace(from, to).into_bytes(), ""),
        };
        let head = String::from_utf8_lossy(head);
        let kept = head.lines().filter(|line| !line.to_lowercase().starts_with("content-length:"));
        let kept: String = kept.map(|line| format!("{line}\r\n")).collect();
        let length = body.len();
        [format!("{kept}{encoding}content-length: {length}\r\n\r\n").into_bytes(), body].concat()
    }
}
