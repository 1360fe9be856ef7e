use super::*;

const fn route(method: Verb, path: &'static str) -> Route {
    Route { method, path, level: Level::Any, run: Run::Missing("a test") }
}

static ROUTES: [Route; 5] = [
    route(Verb::Get, "v1/size/{id}"),
    route(Verb::Get, "v1/size/reservations"),
    route(Verb::Get, "v1/machine/{id}"),
    route(Verb::Post, "v1/machine/find"),
    route(Verb::Get, "v1/machine/{id}/ipmi"),
];

fn find(path: &str) -> Option<(&'static str, Vec<String>)> {
    find_for(None, path)
}

fn find_for(verb: Option<Verb>, path: &str) -> Option<(&'static str, Vec<String>)> {
    let router = Router::new(&ROUTES);
    router.find(verb, path).map(|found| (found.routes[0].path, found.parameters.clone()))
}

/// api-resources 1.9, row "static segment vs parameter".
#[test]
fn a_literal_wins_over_a_parameter() {
    assert_eq!(find("v1/size/reservations"), Some(("v1/size/reservations", vec![])));
    assert_eq!(find("v1/size/s1"), Some(("v1/size/{id}", vec!["s1".to_owned()])));
    assert_eq!(find("v1/machine/find"), Some(("v1/machine/find", vec![])));
    assert_eq!(find("v1/machine/find/ipmi"), Some(("v1/machine/{id}/ipmi", vec!["find".to_owned()])));
    assert_eq!(find("v1/machine"), None);
    assert_eq!(find("v1/size/a/b"), None);
    assert_eq!(find(""), None);
    assert_eq!(find("v1/machine//ipmi"), None, "a parameter is not empty");
}

/// As in go-restful: an entity named like a route can be read, unless the route itself has a GET.
#[test]
fn a_literal_without_the_method_is_an_id() {
    let id = |text: &str| vec![text.to_owned()];
    assert_eq!(find_for(Some(Verb::Get), "v1/machine/find"), Some(("v1/machine/{id}", id("find"))));
    assert_eq!(find_for(Some(Verb::Post), "v1/machine/find"), Some(("v1/machine/find", vec![])));
    assert_eq!(find_for(Some(Verb::Put), "v1/machine/find"), Some(("v1/machine/find", vec![])), "405");
    assert_eq!(find_for(Some(Verb::Delete), "v1/machine/find"), Some(("v1/machine/find", vec![])), "405");
    assert_eq!(find_for(Some(Verb::Get), "v1/size/reservations"), Some(("v1/size/reservations", vec![])));
}

#[test]
fn paths_are_cleaned_and_decoded() {
    assert_eq!(cleaned("/v1/network/1"), None);
    assert_eq!(cleaned("/v1/network/"), None);
    assert_eq!(cleaned("/v1/ip/.hidden"), None);
    assert_eq!(cleaned("//v1/network/1").as_deref(), Some("/v1/network/1"));
    assert_eq!(cleaned("/a//v1/../b/").as_deref(), Some("/a/b/"));
    assert_eq!(cleaned("/../..").as_deref(), Some("/"));
    assert_eq!(decoded("/v1/a%2Fb").as_deref(), Some("/v1/a/b"));
    assert_eq!(decoded("/v1/2001:db8::1").as_deref(), Some("/v1/2001:db8::1"));
    assert_eq!(escaped("/v1/ip/2001:db8::1"), "/v1/ip/2001:db8::1");
    assert_eq!(escaped("/\\a?b#\r\n%ä"), "/%5Ca%3Fb%23%0D%0A%25%C3%A4");
    assert_eq!(decoded(&escaped("/\\a?b#\r\n%ä")).as_deref(), Some("/\\a?b#\r\n%ä"));
    assert_eq!(decoded("/%zz"), None);
    assert_eq!(decoded("/%f"), None);
    assert_eq!(decoded("/%ff"), None);
}

/// Each byte, and each pair of bytes after a `%`.
#[test]
fn only_whole_escapes_are_decoded_and_only_pchar_is_kept() {
    for byte in 0..=127_u8 {
        let letter = char::from(byte);
        let kept = letter.is_ascii_alphanumeric() || "/-._~:@!$&'()*+,;=".contains(letter);
        let wanted = if kept { letter.to_string() } else { format!("%{byte:02X}") };
        assert_eq!(escaped(&letter.to_string()), wanted);
        assert_eq!(decoded(&wanted).as_deref(), Some(&*letter.to_string()));
        for other in 0..=127_u8 {
            let text = format!("/%{letter}{}", char::from(other));
            let code = u8::from_str_radix(&text[2..], 16).ok().filter(|_| letter.is_ascii_hexdigit());
            let wanted = code.filter(u8::is_ascii).map(|code| format!("/{}", char::from(code)));
            assert_eq!(decoded(&text).as_deref(), wanted.as_deref(), "{text:?}");
        }
    }
    for cut in ["%", "/a%", "/%4", "/%c3%", "/%%41", "/%+1"] {
        assert_eq!(decoded(cut), None, "{cut}");
    }
    assert_eq!(decoded("/%c3%A4").as_deref(), Some("/ä"));
}
