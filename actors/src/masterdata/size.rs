//! Sizes: classes of hardware (api-resources 5.2). [`matching()`] finds a machine's size.

mod glob;
mod matching;
mod overlap;

pub use glob::{BadPattern, Glob};
pub use matching::{UNKNOWN, matching};

use super::command::SizeRequest;
use super::lookup::{existing, free, named};
use crate::answer::Answer;
use crate::decision::{Decided, Decision, DecisionContext};
use crate::ids::SizeId;
use crate::record::masterdata::{Constraint, Size};
use crate::refusal::Refusal;
use crate::world::World;
use std::collections::BTreeSet;

pub(super) fn create(world: &World, request: &SizeRequest, context: &DecisionContext<'_>) -> Decided<Answer> {
    named::<Size>(world, &request.id)?;
    if request.id == UNKNOWN {
        return Err(Refusal::bad_request(format!("id cannot be \"{UNKNOWN}\"")));
    }
    let request = request.clone();
    let size = Size {
        id: SizeId(request.id),
        name: request.name.unwrap_or_default(),
        description: request.description.unwrap_or_default(),
        created: context.now,
        changed: context.now,
        constraints: request.constraints.unwrap_or_default(),
        labels: request.labels.unwrap_or_default(),
    };
    check(world, &size)?;
    free::<Size>(world, size.id.as_str())?;
    let mut decision = Decision::new(context.now, Answer::Size(Box::new(size.clone())));
    decision.create(size);
    Ok(decision)
}

pub(super) fn update(world: &World, request: &SizeRequest, context: &DecisionContext<'_>) -> Decided<Answer> {
    let read = existing::<Size>(world, &request.id)?;
    let old = (*read.value).clone();
    let request = request.clone();
    let size = Size {
        name: request.name.unwrap_or(old.name),
        description: request.description.unwrap_or(old.description),
        constraints: request.constraints.unwrap_or(old.constraints),
        labels: request.labels.unwrap_or(old.labels),
        changed: context.now,
        ..old
    };
    check(world, &size)?;
    let mut decision = Decision::new(context.now, Answer::Size(Box::new(size.clone())));
    decision.update(&read, size);
    Ok(decision)
}

/// Machines with the size keep its id.
pub(super) fn delete(world: &World, id: &str, context: &DecisionContext<'_>) -> Decided<Answer> {
    let read = existing::<Size>(world, id)?;
    let mut decision = Decision::new(context.now, Answer::Size(Box::new((*read.value).clone())));
    decision.delete(&read);
    Ok(decision)
}

fn check(world: &World, size: &Size) -> Result<(), Refusal> {
    let problems = problems(&size.constraints);
    if !problems.is_empty() {
        return Err(Refusal::unprocessable(format!(
            "size \"{}\" is invalid: {}",
            size.id,
            problems.join("\n")
        )));
    }
    match world.sizes.all().iter().find(|other| overlap::overlap(size, other)) {
        Some(other) => {
            Err(Refusal::bad_request(format!("size \"{}\" overlaps with \"{}\"", size.id, other.id)))
        }
        None => Ok(()),
    }
}

fn problems(constraints: &[Constraint]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut problems = Vec::new();
    for (index, constraint) in constraints.iter().enumerate() {
        let kind = constraint.kind.as_str();
        let repeated = !seen.insert(kind) && matches!(kind, "cores" | "memory");
        let repeated = repeated.then(|| format!("type duplicates are not allowed for type \"{kind}\""));
        for reason in problem(constraint).into_iter().chain(repeated) {
            problems.push(format!("constraint at index {index} is invalid: {reason}"));
        }
    }
    problems
}

fn problem(constraint: &Constraint) -> Option<String> {
    if constraint.max < constraint.min {
        return Some("max is smaller than min".to_owned());
    }
    if let Err(error) = Glob::parse(&constraint.identifier) {
        return Some(format!("identifier is malformed: {error}"));
    }
    match (constraint.kind.as_str(), constraint.identifier.is_empty()) {
        ("gpu", true) => Some("for gpu constraints an identifier is required".to_owned()),
        ("memory", false) => Some("for memory constraints an identifier is not allowed".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
