use super::*;
use actix_web::http::header::{HeaderName, HeaderValue};

/// While clients change from one to the other.
#[test]
fn both_keys_of_a_role_are_good() {
    let view = HmacKey { previous: Some(b"metal-old".to_vec()), ..keys().view };
    let authenticator = Authenticator::new(&HmacKeys { view, ..keys() });
    let now = Timestamp::parse(DATE).unwrap();
    let asks = |secret: &[u8], date: &str| {
        let mut headers = HeaderMap::new();
        let authorization = sign(Role::View, secret, date, "GET", "");
        for (name, value) in [("authorization", authorization.as_str()), ("x-date", date)] {
            headers.insert(HeaderName::try_from(name).unwrap(), HeaderValue::from_str(value).unwrap());
        }
        let identity = authenticator.identify(&headers, &Method::GET, now);
        identity.map(drop).map_err(|problem| problem.message)
    };
    assert_eq!(asks(b"metal-view", DATE), Ok(()));
    assert_eq!(asks(b"metal-old", DATE), Ok(()));
    assert_eq!(asks(b"metal-other", DATE), Err(WRONG.to_owned()));
    let late = asks(b"metal-old", "2026-01-15T09:00:00Z").unwrap_err();
    assert!(late.contains("too old"), "{late}");
}

const DATE: &str = "2026-01-15T10:00:00Z";

fn keys() -> HmacKeys {
    let key = |secret: &str, seconds| HmacKey {
        secret: secret.as_bytes().to_vec(),
        previous: None,
        lifetime: Duration::from_secs(seconds),
    };
    HmacKeys { view: key("metal-view", 30), edit: key("metal-edit", 30), admin: key("metal-admin", 90) }
}

fn headers(authorization: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::AUTHORIZATION, HeaderValue::from_str(authorization).unwrap());
    headers.insert(HeaderName::from_static("x-date"), HeaderValue::from_static(DATE));
    headers.insert(HeaderName::from_static("x-data-salt"), HeaderValue::from_static("salt"));
    headers
}

fn identified(headers: &HeaderMap) -> Result<Identity, Problem> {
    Authenticator::new(&keys()).identify(headers, &Method::GET, Timestamp::parse(DATE).unwrap())
}

fn identify(authorization: &str) -> Result<Identity, Problem> {
    identified(&headers(authorization))
}

fn name(identity: Result<Identity, Problem>) -> String {
    match identity {
        Ok(Identity::Guest) => "guest".to_owned(),
        Ok(Identity::User(user)) => user.name().to_owned(),
        Err(problem) => format!("{} {}", problem.status.as_u16(), problem.message),
    }
}

/// api-resources 1.4 and 1.5: what the header may look like.
#[test]
fn the_type_picks_the_key() {
    for (role, secret) in
        [(Role::View, "metal-view"), (Role::Edit, "metal-edit"), (Role::Admin, "metal-admin")]
    {
        let value = sign(role, secret.as_bytes(), DATE, "GET", "salt");
        assert_eq!(name(identify(&value)), Kind(role).name());
    }
    let mac = sign(Role::View, b"metal-view", DATE, "GET", "salt").replace("Metal-View ", "");
    let table = [
        (format!("metal-view {mac}"), "guest"),
        (format!("Metal-Other {mac}"), "guest"),
        (format!("Metal-View  {mac}"), "guest"),
        (mac.clone(), "guest"),
        (format!("Metal-Admin {mac}"), "403 Wrong HMAC found"),
        (format!("Metal-View {}", mac.to_uppercase()), "403 Wrong HMAC found"),
        ("Metal-View x".to_owned(), "403 Wrong HMAC found"),
        ("bearer abc".to_owned(), "403 issuer/clientid not found"),
        ("Bearer ".to_owned(), "guest"),
    ];
    for (value, wanted) in table {
        assert_eq!(name(identify(&value)), wanted, "{value}");
    }
}

#[test]
fn credentials_are_given_once() {
    let good = sign(Role::View, b"metal-view", DATE, "GET", "salt");
    for (name, value) in [("Authorization", good.as_str()), ("X-Date", DATE), ("X-Data-Salt", "salt")] {
        let mut headers = headers(&good);
        headers.append(name.parse().unwrap(), HeaderValue::from_str(value).unwrap());
        let wanted = format!("header {name} was given more than once");
        let refused = identified(&headers).unwrap_err();
        assert_eq!((refused.status.as_u16(), refused.message), (403, wanted));
    }
}

/// api-resources 1.6, step 3.
#[test]
fn levels_are_cumulative() {
    let kind =
        |role| User { principal: Principal { email: Kind(role).email().to_owned(), role }, kind: Kind(role) };
    let allowed = |role, level| check(&kind(role), level).is_ok();
    for (level, wanted) in [
        (Level::Any, [true, true, true]),
        (Level::View, [true, true, true]),
        (Level::Edit, [false, true, true]),
        (Level::Admin, [false, false, true]),
    ] {
        let got = [Role::View, Role::Edit, Role::Admin].map(|role| allowed(role, level));
        assert_eq!(got, wanted, "{level:?}");
    }
    let text = check(&kind(Role::View), Level::Edit).unwrap_err().message;
    let wanted =
        "you are not member in one of [k8s_kaas-edit maas-all-all-edit k8s_kaas-admin maas-all-all-admin]";
    assert_eq!(text, wanted);
}
