//! Tags of addresses and the scope that they define (api-resources 3.3).

use super::Address;
use crate::ids::{MachineId, ProjectId};

/// The tag that binds an address to a machine; without a value, it has no meaning.
pub const MACHINE_TAG: &str = "machine.metal-stack.io/id";

/// The owner of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    None,
    Project,
    Machine,
}

impl Scope {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Project => "project",
            Self::Machine => "machine",
        }
    }

    /// The scope of an address of `project` with `tags`.
    pub fn of(project: &ProjectId, tags: &[String]) -> Self {
        if project.is_empty() {
            Self::None
        } else if tags.iter().any(|tag| tag.starts_with(MACHINE_TAG)) {
            Self::Machine
        } else {
            Self::Project
        }
    }

    /// Whether an address may change from one scope to another (api-resources 3.4).
    pub fn may_become(self, other: Self) -> bool {
        self == other || self == Self::Project || other == Self::Project
    }
}

impl Address {
    pub fn scope(&self) -> Scope {
        Scope::of(&self.project, &self.tags)
    }
}

/// The tag of one machine.
pub fn machine_tag(machine: &MachineId) -> String {
    format!("{MACHINE_TAG}={machine}")
}

/// The machines in the tags.
pub fn machines(tags: &[String]) -> impl Iterator<Item = MachineId> {
    let values = tags.iter().filter_map(|tag| tag.strip_prefix(MACHINE_TAG)?.strip_prefix('='));
    values.map(MachineId::from)
}

/// True when some tag names a machine.
pub fn names_a_machine(tags: &[String]) -> bool {
    machines(tags).next().is_some()
}

/// Sorted byte by byte, without duplicates.
pub fn tidy(mut tags: Vec<String>) -> Vec<String> {
    tags.sort_unstable();
    tags.dedup();
    tags
}

/// With the machine's tag; removes the tag without a value.
pub fn with_machine(tags: &[String], machine: &MachineId) -> Vec<String> {
    let mut tags: Vec<String> = tags.iter().filter(|tag| *tag != MACHINE_TAG).cloned().collect();
    tags.push(machine_tag(machine));
    tidy(tags)
}

/// Without this machine's tag; all others stay.
pub fn without_machine(tags: &[String], machine: &MachineId) -> Vec<String> {
    let own = machine_tag(machine);
    tags.iter().filter(|tag| **tag != own).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(list: &[&str]) -> Vec<String> {
        list.iter().map(|&tag| tag.to_owned()).collect()
    }

    #[test]
    fn scope_follows_from_project_and_tags() {
        let project = ProjectId::from("p");
        let bare = tags(&["machine.metal-stack.io/id"]);
        let valued = tags(&["a", "machine.metal-stack.io/id=m"]);
        assert_eq!(Scope::of(&ProjectId::default(), &valued), Scope::None);
        assert_eq!(Scope::of(&project, &valued), Scope::Machine);
        assert_eq!(Scope::of(&project, &bare), Scope::Machine);
        assert_eq!(Scope::of(&project, &tags(&["cluster.metal-stack.io/id=c"])), Scope::Project);
        assert!(names_a_machine(&valued) && !names_a_machine(&bare));
    }

    #[test]
    fn adding_a_machine_drops_the_bare_tag_and_sorts() {
        let before = tags(&["z", "machine.metal-stack.io/id", "a", "z", "machine.metal-stack.io/id=m1"]);
        let after = with_machine(&before, &MachineId::from("m2"));
        let expected = ["a", "machine.metal-stack.io/id=m1", "machine.metal-stack.io/id=m2", "z"];
        assert_eq!(after, tags(&expected));
    }

    #[test]
    fn removing_a_machine_takes_only_its_own_tag() {
        let before = tags(&[
            "machine.metal-stack.io/id",
            "machine.metal-stack.io/id=m1",
            "machine.metal-stack.io/id=m10",
        ]);
        let after = without_machine(&before, &MachineId::from("m1"));
        assert_eq!(after, tags(&["machine.metal-stack.io/id", "machine.metal-stack.io/id=m10"]));
    }
}
