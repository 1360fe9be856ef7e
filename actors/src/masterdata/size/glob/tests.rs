use super::*;

#[test]
fn matches_as_go_does() {
    let rows = [
        ("", "", true),
        ("", "a", false),
        ("abc", "abc", true),
        ("abc", "abd", false),
        ("*", "abc", true),
        ("*", "", true),
        ("*", "/dev/sda", false),
        ("/dev/*", "/dev/sda", true),
        ("/dev/*", "/dev/", true),
        ("/dev/nvme*", "/dev/nvme0n1", true),
        ("/dev/nvme*", "/dev/sda", false),
        ("/*/sda", "/dev/sda", true),
        ("*/sda", "/dev/sda", false),
        ("*c", "abc", true),
        ("a*", "ab/c", false),
        ("a*/b", "abc/b", true),
        ("a*/b", "a/c/b", false),
        ("a*b*c*d*e*", "axbxcxdxe", true),
        ("a*b*c*d*e*/f", "axbxcxdxexxx/f", true),
        ("a*b*c*d*e*/f", "axbxcxdxexxx/fff", false),
        ("a*b?c*x", "abxbbxdbxebxczzx", true),
        ("a*b?c*x", "abxbbxdbxebxczzy", false),
        ("a?b", "a/b", false),
        ("a?b", "aäb", true),
        ("a???b", "aäb", false),
        ("ab[c]", "abc", true),
        ("ab[b-d]", "abc", true),
        ("ab[e-g]", "abc", false),
        ("ab[^c]", "abc", false),
        ("ab[^e-g]", "abc", true),
        ("ab[z-a]", "abc", false),
        ("[a-ζ]*", "α", true),
        ("a[^a]b", "a/b", true),
        ("a\\*b", "a*b", true),
        ("a\\*b", "ab", false),
        ("[\\]a]", "]", true),
        ("[\\-]", "-", true),
        ("[x\\-]", "-", true),
        ("[[]", "[", true),
        ("a]", "a]", true),
        ("*[/x]*b", "x/b", false),
        ("Intel(R) Xeon(R) * CPU @ 2.20GHz", "Intel(R) Xeon(R) D-2141I CPU @ 2.20GHz", true),
        ("AD102GL [RTX 6000 Ada Generation]", "AD102GL [RTX 6000 Ada Generation]", false),
    ];
    for (pattern, name, expected) in rows {
        assert_eq!(Glob::parse(pattern).unwrap().matches(name), expected, "{pattern} on {name}");
    }
}

#[test]
fn syntax_errors() {
    for pattern in [
        "[", "[^", "[]", "[]a]", "[^]", "[-]", "[x-]", "[-x]", "[a-b-c]", "[a", "a[", "a[^bc", "[\\", "\\",
        "*\\",
    ] {
        assert_eq!(Glob::parse(pattern), Err(BadPattern), "{pattern}");
    }
}

#[test]
fn many_stars_stay_cheap() {
    let pattern = Glob::parse(&"a*".repeat(500)).unwrap();
    assert!(!pattern.matches(&format!("{}/", "a".repeat(5000))));
}
