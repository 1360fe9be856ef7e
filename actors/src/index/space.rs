//! Chooses a child's block in a super network's free space, or refuses (api-resources 4).

use super::Buddy;
use ipnet::IpNet;
use std::fmt::Display;

/// Maximum of free blocks named in a refusal.
const NAMED_MAX: usize = 64;

/// The next child of `length` of a prefix, or the refusal. `name`: the caller's name of the prefix.
pub fn best_fit(free: &Buddy, length: u8, name: &dyn Display) -> Result<IpNet, String> {
    let parent = free.prefix();
    if length <= parent.prefix_len() {
        return Err(format!(
            "given length:{length} must be greater than prefix length:{}",
            parent.prefix_len()
        ));
    }
    free.best_fit(length).ok_or_else(|| none_fits(free, length, name))
}

fn none_fits(free: &Buddy, length: u8, name: &dyn Display) -> String {
    let text = format!("no prefix found in {name} with length:{length}");
    let verb = match free.blocks() {
        0 => return text,
        1 => "is",
        _ => "are",
    };
    let mut named: Vec<String> = free.lowest(NAMED_MAX).iter().map(IpNet::to_string).collect();
    if free.blocks() > NAMED_MAX {
        named.push(format!("{} more", free.blocks() - NAMED_MAX));
    }
    format!("{text}, but {} {verb} available", named.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net(text: &str) -> IpNet {
        text.parse().unwrap()
    }

    fn refused(parent: &str, taken: &[&str], length: u8) -> String {
        let mut free = Buddy::new(&net(parent));
        taken.iter().for_each(|child| free.take(&net(child)).unwrap());
        best_fit(&free, length, &parent).unwrap_err()
    }

    #[test]
    fn refusals_name_what_is_left() {
        assert_eq!(
            refused("192.168.0.0/20", &[], 20),
            "given length:20 must be greater than prefix length:20"
        );
        assert_eq!(
            refused("192.168.0.0/20", &["192.168.0.0/21", "192.168.8.0/21"], 21),
            "no prefix found in 192.168.0.0/20 with length:21"
        );
        assert_eq!(
            refused("192.168.0.0/20", &["192.168.0.0/21", "192.168.8.0/22"], 21),
            "no prefix found in 192.168.0.0/20 with length:21, but 192.168.12.0/22 is available"
        );
        assert_eq!(
            refused("192.168.0.9/20", &["192.168.0.0/22", "192.168.8.0/22"], 21),
            "no prefix found in 192.168.0.9/20 with length:21, but 192.168.4.0/22,192.168.12.0/22 are available"
        );
        assert_eq!(
            refused("10.0.0.0/31", &[], 33),
            "no prefix found in 10.0.0.0/31 with length:33, but 10.0.0.0/31 is available"
        );
    }

    #[test]
    fn a_refusal_names_the_lowest_blocks_and_counts_the_rest() {
        let taken: Vec<String> = (0..256).step_by(2).map(|number| format!("10.0.{number}.0/24")).collect();
        let taken: Vec<&str> = taken.iter().map(String::as_str).collect();
        let text = refused("10.0.0.0/16", &taken, 20);
        assert!(
            text.starts_with("no prefix found in 10.0.0.0/16 with length:20, but 10.0.1.0/24,10.0.3.0/24,")
        );
        assert!(text.ends_with(",10.0.127.0/24,64 more are available"), "{text}");
    }
}
