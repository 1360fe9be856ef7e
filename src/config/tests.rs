//! What is refused, and with which key.

use super::*;

const GOOD: &str = r#"
partition = "plant-a"
[store]
kind = "sqlite"
path = "data.db"
[http.hmac]
view_key_file = "key"
edit_key_file = "key"
admin_key_file = "key"
[grpc]
insecure = true
"#;

fn check_text(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("key"), "secret\n").unwrap();
    let file = folder.path().join("node.toml");
    std::fs::write(&file, text).unwrap();
    match load(&file) {
        Ok(checked) => {
            assert_eq!(checked.keys.view.current, "secret");
            "ok".to_owned()
        }
        Err(error) => error.to_string().replace(&folder.path().display().to_string(), ""),
    }
}

#[test]
fn mistakes_are_refused_with_the_path_of_the_key() {
    let cases = [
        (GOOD.to_owned(), "ok"),
        (GOOD.replace("insecure = true", ""), "/node.toml: grpc.tls: is missing"),
        (
            GOOD.replace("[grpc]", "[grpc]\nlisten = \"nowhere\""),
            "/node.toml: grpc.listen: invalid socket address",
        ),
        (
            GOOD.replace("[grpc]", "[grpc]\nlisen = \"127.0.0.1:1\""),
            "/node.toml: grpc.lisen: unknown field `lisen`",
        ),
        (
            GOOD.replace("edit_key_file = \"key\"", "edit_key_file = \"gone\""),
            "/node.toml: http.hmac.edit_key_file: /gone",
        ),
        (
            GOOD.replace("[http.hmac]", "[http]\nbase_path = \"metal\"\n[http.hmac]"),
            "/node.toml: http.base_path:",
        ),
        (
            GOOD.replace("[http.hmac]", "[http]\nbase_path = \"/a/../b/\"\n[http.hmac]"),
            "/node.toml: http.base_path: \"/a/../b/\" cannot be reached",
        ),
        (
            GOOD.replace("[http.hmac]", "[http]\nbase_path = \"//\"\n[http.hmac]"),
            "/node.toml: http.base_path: \"//\" cannot be reached",
        ),
        (
            GOOD.replace("[http.hmac]", "[http]\nbase_path = \"/a?b/\"\n[http.hmac]"),
            "/node.toml: http.base_path: \"/a?b/\" cannot be reached",
        ),
        (GOOD.replace("[http.hmac]", "[http]\nbase_path = \"/\"\n[http.hmac]"), "ok"),
        (GOOD.replace("[http.hmac]", "[http]\nbase_path = \"/a/b-1/\"\n[http.hmac]"), "ok"),
        (
            GOOD.replace("kind = \"sqlite\"", "kind = \"oracle\""),
            "/node.toml: store.kind: unknown variant `oracle`",
        ),
        (format!("{GOOD}[shutdown]\npatience_s = 1"), "/node.toml: shutdown.patience_s: must be at least 2"),
        (format!("{GOOD}[shutdown]\npatience_s = 2"), "ok"),
        (GOOD.replace("plant-a", ""), "/node.toml: partition: must not be empty"),
        (GOOD.replace("plant-a", "../plant"), "/node.toml: partition: is up to 63 letters"),
        (GOOD.replace("plant-a", &"p".repeat(64)), "/node.toml: partition: is up to 63 letters"),
        (GOOD.replace("plant-a", &"p".repeat(63)), "ok"),
        ("= nonsense".to_owned(), "/node.toml: (syntax):"),
    ];
    for (text, expected) in cases {
        let found = check_text(&text);
        assert!(found.starts_with(expected), "expected {expected:?}, got {found:?}");
    }
}
