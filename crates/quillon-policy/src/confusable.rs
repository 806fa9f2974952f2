//! Letters that pass for other letters.
//!
//! An action whose `e` is Cyrillic looks right to every reviewer and matches nothing, so a deny with it denies nothing.
//! Names of actions are ASCII; what is not is refused, and where it looks like a letter that would be right, that is said.

/// Why a name is refused.
pub(crate) struct Disguise {
    pub(crate) message: String,
    pub(crate) hint: String,
}

/// Letters that look like ASCII ones: Cyrillic, Greek, Armenian and letter-like symbols. Each pair is the disguise and
/// the letter. A choice from Unicode's confusables (UTS 39) that occurs in attacks on names.
const LOOK_ALIKES: &[(&str, &str)] = &[
    ("абвгеѕіјкмнорстухԁԛԝһցոսօъзᴦ", "a6bresijkmhopctyxdqwhgnuob3r"),
    ("АВЕЅІЈКМНОРСТУХԌԚԜҮ", "ABESIJKMHOPCTYXGQWY"),
    ("ανορτυικχωγε", "avoptuikxwye"),
    ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX"),
    ("ıȷɑɡℓℎℯℴ∗：", "ijaglheo*:"),
];

/// The first character that does not belong into a name of ASCII letters, and what it pretends to be.
pub(crate) fn disguised(name: &str) -> Option<Disguise> {
    let c = name.chars().find(|c| !c.is_ascii_graphic() && *c != ' ')?;
    let code = u32::from(c);
    let shown = if c.is_control() || is_unseen(c) {
        format!("U+{code:04X}")
    } else {
        format!("`{c}` (U+{code:04X})")
    };
    Some(match look_alike(c) {
        Some(letter) => Disguise {
            message: format!("{shown}, which looks like `{letter}`"),
            hint: format!("write `{}`", name.chars().map(|c| look_alike(c).unwrap_or(c)).collect::<String>()),
        },
        None => Disguise {
            message: format!("the character {shown}"),
            hint: "names of actions are ASCII letters, digits, `-` and `_`".to_owned(),
        },
    })
}

fn look_alike(c: char) -> Option<char> {
    // The full-width forms stand in the order of ASCII.
    if let full @ 0xff01..=0xff5e = u32::from(c) {
        return char::from_u32(full - 0xff01 + 0x21);
    }
    LOOK_ALIKES.iter().find_map(|(disguises, letters)| {
        let place = disguises.chars().position(|disguise| disguise == c)?;
        letters.chars().nth(place)
    })
}

/// Characters that take no room or turn the direction of what follows.
pub(crate) fn is_unseen(c: char) -> bool {
    matches!(u32::from(c), 0xad | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x2069 | 0xfe00..=0xfe0f | 0xfeff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disguises_are_named() {
        let shown =
            |name: &str| disguised(name).map(|problem| format!("{} | {}", problem.message, problem.hint));
        assert_eq!(shown("q:SendMessage"), None);
        assert_eq!(shown("q:*"), None);
        assert_eq!(
            shown("\u{455}3:Get").unwrap(),
            "`\u{455}` (U+0455), which looks like `s` | write `s3:Get`"
        );
        assert_eq!(shown("ｑ:Ｓend").unwrap(), "`ｑ` (U+FF51), which looks like `q` | write `q:Send`");
        assert_eq!(shown("q：Send").unwrap(), "`：` (U+FF1A), which looks like `:` | write `q:Send`");
        assert!(shown("q:Send\u{202e}").unwrap().starts_with("the character U+202E"));
        assert!(shown("q:S\tx").unwrap().starts_with("the character U+0009"));
        assert!(shown("q:é").unwrap().starts_with("the character `é` (U+00E9)"));
    }

    #[test]
    fn every_disguise_has_its_letter() {
        for (disguises, letters) in LOOK_ALIKES {
            assert_eq!(disguises.chars().count(), letters.chars().count(), "{disguises}");
        }
    }
}
