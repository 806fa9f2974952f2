//! Resource names: `arn:quillon:SERVICE:REGION:ORGANISATION:TYPE/ID`.

use std::fmt;

/// The parts of a resource's name. Prints with the id escaped, so that no path or name that somebody chose can forge a
/// segment or a wildcard: everything but letters, digits and `-._/@+` becomes `%` and two hexadecimal digits. An id of
/// exactly `*` stands for all of the type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResourceName<'a> {
    /// The service, such as `q`.
    pub service: &'a str,
    /// The region, such as `device`.
    pub region: &'a str,
    /// The organisation.
    pub organisation: &'a str,
    /// The type.
    pub noun: &'a str,
    /// The id within the type.
    pub id: &'a str,
}

impl fmt::Display for ResourceName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { service, region, organisation, noun, id } = self;
        write!(f, "arn:quillon:{service}:{region}:{organisation}:{noun}/")?;
        if *id == "*" {
            return f.write_str("*");
        }
        for &byte in id.as_bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'/' | b'@' | b'+' => {
                    write!(f, "{}", char::from(byte))?;
                }
                _ => write!(f, "%{byte:02x}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(id: &str, expected: &str) {
        let name =
            ResourceName { service: "q", region: "device", organisation: "local", noun: "workspace", id };
        assert_eq!(name.to_string(), format!("arn:quillon:q:device:local:workspace/{expected}"));
    }

    #[test]
    fn an_id_cannot_forge_a_segment_or_a_wildcard() {
        check("src/a.rs", "src/a.rs");
        check("*", "*");
        check("a*b?", "a%2ab%3f");
        check("x:y", "x%3ay");
        check("é", "%c3%a9");
    }
}
