//! As much of HTTP/1.1 as a provider needs, read strictly.

use std::io::{self, Read};

/// The longest head of a request, in bytes.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// The longest body, in bytes.
const BODY_BYTES_MAX: usize = 64 * 1024 * 1024;

/// A request as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Its method.
    pub method: String,
    /// Its path and query.
    pub path: String,
    /// Its headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: String,
    /// The place that a proxy was asked to connect to.
    pub through_proxy_to: Option<String>,
    /// Bytes of head and body.
    pub bytes: usize,
}

impl Seen {
    /// A header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Reads a request; `None` at the end of the connection.
pub(crate) fn read_request(from: &mut impl Read) -> io::Result<Option<Seen>> {
    let Some(head) = read_head(from)? else { return Ok(None) };
    let head_text = String::from_utf8(head).map_err(io::Error::other)?;
    let mut lines = head_text.split("\r\n");
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (Some(method), Some(path), Some("HTTP/1.1"), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(io::Error::other("the first line is not one of HTTP/1.1"));
    };
    let headers: Vec<_> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let mut seen = Seen { method: method.into(), path: path.into(), headers, ..Seen::default() };
    if seen.header("transfer-encoding").is_some() {
        return Err(io::Error::other("a body in chunks"));
    }
    let length = seen.header("content-length").map_or(Ok(0), str::parse).map_err(io::Error::other)?;
    if length > BODY_BYTES_MAX {
        return Err(io::Error::other("a body that is too large"));
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    seen.bytes = head_text.len() + body.len();
    seen.body = String::from_utf8(body).map_err(io::Error::other)?;
    Ok(Some(seen))
}

/// Reads up to and without the empty line, a byte at a time so that nothing of what follows is taken.
fn read_head(from: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if from.read(&mut byte)? == 0 {
            return if head.is_empty() { Ok(None) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
        }
        head.push(byte[0]);
        if head.len() > HEAD_BYTES_MAX {
            return Err(io::Error::other("a head that is too large"));
        }
    }
    head.truncate(head.len() - 4);
    Ok(Some(head))
}

/// The words of a status.
pub(crate) const fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        301 | 302 | 307 | 308 => "Moved",
        401 => "Unauthorized",
        407 => "Proxy Authentication Required",
        429 => "Too Many Requests",
        _ => "Status",
    }
}
