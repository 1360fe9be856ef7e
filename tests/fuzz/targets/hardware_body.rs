//! Reports of switches and BMC agents: every input gets an answer of the contract, and stored data can be read again.
//! An error in one machine's report does not affect the others.

#![no_main]

use fuzz::door;
use fuzz::world::World;
use libfuzzer_sys::fuzz_target;

const PATHS: [&str; 2] = ["v1/machine/ipmi", "v1/switch/leaf01/notify"];

thread_local! {
    static WORLD: World = World::default();
}

fuzz_target!(|body: &[u8]| {
    WORLD.with(|world| {
        world.visit(async |house| {
            for path in PATHS {
                let reply = door::json(house, "POST", path, body.to_vec()).await;
                assert!(matches!(reply.status, 200 | 400 | 404 | 409 | 413 | 422), "{path}: {reply:?}");
                house.expect_readable().await;
            }
        });
    });
});
