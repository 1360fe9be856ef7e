use super::*;

#[test]
fn macs_mean_the_same_in_either_case_and_nothing_else_does() {
    assert_eq!(folded("AA:bb:CC:dd:EE:0f"), "aa:bb:cc:dd:ee:0f");
    assert_eq!(folded("AA-bb-CC-dd-EE-0f"), "aa-bb-cc-dd-ee-0f");
    for other in [
        "Eth1(Port1)",
        "",
        "AA:bb:CC:dd:EE",
        "AA:bb:CC:dd:EE:0f:00",
        "AA:bb:CC:dd:EE:0G",
        "AAA:b:CC:dd:EE:0f",
    ] {
        assert_eq!(folded(other), other);
    }
}

#[test]
fn placeholders_identify_nothing() {
    for serial in [
        "",
        " ",
        "0",
        "00000000",
        "0000-0000",
        "FFFFFFFF",
        "ff:ff",
        "To be filled by O.E.M.",
        "Default string",
        "0123456789",
    ] {
        assert!(!identifies(serial), "{serial:?}");
    }
    for serial in ["S1", "F0", "01234567890", "default"] {
        assert!(identifies(serial), "{serial:?}");
    }
}

#[test]
fn texts_are_cleaned_as_hardware_pads_them() {
    let table = [
        ("Ethernet1", "Ethernet1"),
        ("Ethernet1\0\0\0", "Ethernet1"),
        ("  S/N 7 \t\r\n\0 ", "S/N 7"),
        ("\0leaf01", "leaf01"),
        ("a\0b\u{1b}[31mc\nd", "a\u{fffd}b\u{fffd}[31mc\u{fffd}d"),
        ("\u{feff}\u{e4} \u{fffd}", "\u{feff}\u{e4} \u{fffd}"),
        ("\0 \0", ""),
        ("", ""),
    ];
    for (spoken, wanted) in table {
        assert_eq!(cleaned(spoken), wanted, "{spoken:?}");
        let mut text = spoken.to_owned();
        clean(&mut text);
        assert_eq!(text, wanted, "{spoken:?}");
    }
}

#[test]
fn a_text_without_end_has_one() {
    for letter in ["x", "\u{e4}", "\u{1f5a5}", "\0", "\u{1}", " y"] {
        let long = cleaned(&letter.repeat(BYTES_MAX));
        assert!(long.len() <= BYTES_MAX, "{letter:?}");
        assert_eq!(long.is_empty(), letter == "\0");
        assert_eq!(cleaned(&long), long, "{letter:?}: once is enough");
    }
    assert_eq!(cleaned(&"x".repeat(BYTES_MAX)).len(), BYTES_MAX);
    assert!(cleaned(&"x".repeat(BYTES_MAX + 1)).ends_with("x\u{2026}"));
}
