use super::*;

#[test]
fn no_days_are_for_ever() {
    assert_eq!(Settings::of_days(0).address_history_kept, None);
    assert_eq!(Settings::of_days(2).address_history_kept, Some(Duration::from_secs(172_800)));
}
