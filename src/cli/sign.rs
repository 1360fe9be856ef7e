//! `metalmesh sign METHOD`: prints the headers that sign one request (api-resources 1.4) as a curl configuration, for
//! `curl -K <(metalmesh sign GET) URL`.

use super::ask::Credentials;
use super::say;
use crate::client::headers;
use crate::clock::SystemClock;
use actors::decision::Role;
use actors::runtime::Clock;
use clap::Args;

#[derive(Debug, Args)]
#[command(after_help = "Example, in bash or zsh:\n  \
    curl -K <(metalmesh sign GET) http://127.0.0.1:8080/metal/v1/machine")]
pub struct SignArgs {
    /// HTTP method to sign; the configuration makes curl use it.
    #[arg(default_value = "GET", value_parser = method)]
    method: String,
    #[command(flatten)]
    credentials: Credentials,
}

/// The signature covers the method in upper case, as on the request line.
fn method(text: &str) -> Result<String, String> {
    let method = text.to_ascii_uppercase();
    if ["GET", "POST", "PUT", "DELETE"].contains(&method.as_str()) {
        Ok(method)
    } else {
        Err("the method is one of GET, POST, PUT, DELETE".to_owned())
    }
}

/// The headers of a request signed now.
pub fn signature(role: Role, secret: &[u8], method: &str) -> [(&'static str, String); 3] {
    let salt = uuid::Builder::from_random_bytes(rand::random()).into_uuid().simple().to_string();
    headers(role, secret, method, SystemClock.now(), &salt)
}

pub fn run(args: &SignArgs) -> anyhow::Result<()> {
    let key = args.credentials.key(Role::Admin, "METALMESH_KEY")?;
    let headers = signature(key.role, key.secret.as_bytes(), &args.method);
    say(&curl(&args.method, &headers));
    Ok(())
}

/// One option per line (curl's manual, `--config`); a content type for methods with a body.
fn curl(method: &str, headers: &[(&str, String)]) -> String {
    let mut lines = vec!["silent".to_owned(), "show-error".to_owned(), format!("request = \"{method}\"")];
    lines.extend(headers.iter().map(|(name, value)| format!("header = \"{name}: {value}\"")));
    if method != "GET" {
        lines.push("header = \"Content-Type: application/json\"".to_owned());
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use expect_test::expect;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        sign: SignArgs,
    }

    #[test]
    fn a_configuration_for_curl() {
        let headers = [("X-Date", "2026-01-15T10:00:00Z".to_owned()), ("X-Data-Salt", "abc".to_owned())];
        expect![[r#"
            silent
            show-error
            request = "POST"
            header = "X-Date: 2026-01-15T10:00:00Z"
            header = "X-Data-Salt: abc"
            header = "Content-Type: application/json""#]]
        .assert_eq(&curl("POST", &headers));
    }

    #[test]
    fn arguments_have_the_defaults_of_dev() {
        let sign = |line: &[&str]| Line::try_parse_from(line).map(|line| line.sign);
        let key = |args: SignArgs| {
            let key = args.credentials.key(Role::Admin, "METALMESH_NO_SUCH_KEY").unwrap();
            (args.method, key.role, key.secret)
        };
        let said = |method: &str, role, secret: &str| (method.to_owned(), role, secret.to_owned());
        assert_eq!(key(sign(&["sign"]).unwrap()), said("GET", Role::Admin, "metal-admin"));
        for line in [["--type", "Metal-Edit", "--key", "k"], ["--role", "edit", "--hmac", "k"]] {
            let line = [&["sign", "post"][..], &line].concat();
            assert_eq!(key(sign(&line).unwrap()), said("POST", Role::Edit, "k"));
        }
        assert!(sign(&["sign", "DANCE"]).is_err());
    }

    #[test]
    fn every_signature_has_a_salt_of_its_own() {
        let salts = [0, 1].map(|_| signature(Role::View, b"k", "GET")[1].1.clone());
        assert_ne!(salts[0], salts[1]);
    }
}
