//! The common way to give a key to every command, and the older ways.

use crate::serve::answers;
use crate::support::client::{Client, text};
use crate::support::partition::{Partition, SQLITE};
use crate::support::process::command;
use crate::support::rack;

/// Runs a command with variables; returns the exit code and the output.
fn run(partition: &Partition, arguments: &[&str], variables: &[(&str, &str)]) -> (Option<i32>, String) {
    let url = partition.url();
    let at: &[&str] = if arguments[0] == "sign" { &[] } else { &["--http", &url] };
    let mut command = command(&[arguments, at].concat(), partition.folder());
    let output = command.envs(variables.iter().copied()).output().unwrap();
    (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

/// The case: a command signs with the key of another role.
#[tokio::test]
async fn a_command_signs_all_it_asks_with_one_key_as_its_role() {
    let partition = Partition::new(SQLITE);
    let (view, edit) = ("a-view-key-of-its-own", "an-edit-key-of-its-own");
    std::fs::write(partition.folder().join("keys/view"), format!(" {view}\r\n")).unwrap();
    std::fs::write(partition.folder().join("keys/edit"), edit).unwrap();
    let mut node = partition.serve();
    let client = Client::new(&partition.url());
    answers(&client).await;
    rack::create_entities(&client).await;
    let network = text(&rack::allocate_network(&client).await, "/id");
    let pool = ["ipam", "pool", &network, "--quarantine-seconds", "60"];
    let with = |line: &[&'static str], more: &[&'static str]| -> Vec<&'static str> { [line, more].concat() };
    let check = |more: &[&'static str]| with(&["ipam", "check"], more);
    let why = |more: &[&'static str]| with(&["why", "m1"], more);
    let no_machine = "NotFound no machine with id \"m1\" found";
    // Arguments, variables, exit code and a part of the output.
    type Row<'a> = (Vec<&'a str>, Vec<(&'a str, &'a str)>, i32, &'a str);
    let rows: Vec<Row<'_>> = vec![
        ([&pool[..], &["--hmac-file", "keys/admin"]].concat(), vec![], 0, "quarantine_s"),
        (pool.to_vec(), vec![("METALMESH_HMAC", "metal-admin")], 0, "quarantine_s"),
        (pool.to_vec(), vec![("METALMESH_IPAM_KEY", "metal-admin")], 0, "quarantine_s"),
        (pool.to_vec(), vec![("METALMESH_HMAC", edit)], 1, "this is not the admin key of that node"),
        (check(&["--hmac-file", "keys/view"]), vec![], 0, "0 findings"),
        (check(&["--hmac-file", "keys/edit", "--role", "edit"]), vec![], 0, "0 findings"),
        (check(&["--role", "admin"]), vec![("METALMESH_HMAC", "metal-admin")], 0, "0 findings"),
        (check(&["--hmac", view]), vec![], 0, "0 findings"),
        (check(&[]), vec![("METALMESH_HMAC", view)], 0, "0 findings"),
        (check(&[]), vec![("METALMESH_IPAM_KEY", view)], 0, "0 findings"),
        (check(&["--hmac-file", "keys/view"]), vec![("METALMESH_HMAC", edit)], 0, "0 findings"),
        (check(&[]), vec![("METALMESH_HMAC", "metal-admin")], 1, "say whose with --role"),
        (check(&["--hmac-file", "keys/gone"]), vec![], 1, "--hmac-file: keys/gone: "),
        (check(&[]), vec![], 1, "Wrong HMAC found"),
        (why(&["--hmac-file", "keys/admin", "--role", "admin"]), vec![], 1, no_machine),
        (why(&[]), vec![("METALMESH_VIEW_KEY", view)], 1, no_machine),
        (why(&[]), vec![("METALMESH_HMAC", view)], 1, no_machine),
        (vec!["sign", "--hmac-file", "keys/view", "--role", "view"], vec![], 0, "Authorization: Metal-View "),
        (
            vec!["sign", "--type", "Metal-Edit"],
            vec![("METALMESH_KEY", edit)],
            0,
            "Authorization: Metal-Edit ",
        ),
    ];
    for (line, variables, code, said) in rows {
        let found = run(&partition, &line, &variables);
        assert!(found.0 == Some(code) && found.1.contains(said), "{line:?} {variables:?}: {found:?}");
    }
    assert_eq!(node.terminate().await, Some(0));
}
