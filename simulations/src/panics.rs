//! Captures panics of this thread for the run's verdict: tokio would swallow those of tasks.

use std::cell::RefCell;
use std::sync::Once;

thread_local! {
    static FIRST: RefCell<Option<String>> = const { RefCell::new(None) };
}

static HOOK: Once = Once::new();

/// Starts the capture, and forgets earlier panics.
pub fn forget() {
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            FIRST.with_borrow_mut(|first| {
                first.get_or_insert_with(|| panic.to_string());
            });
            before(panic);
        }));
    });
    FIRST.with_borrow_mut(Option::take);
}

/// The first panic since then.
pub fn take() -> Option<String> {
    FIRST.with_borrow_mut(Option::take)
}
