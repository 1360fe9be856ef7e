//! Commands about masterdata with their answers: the entity as written, or as it was before its removal.

use crate::command::ask::{Ask, Written};
use crate::ids::ImageId;
use crate::masterdata::command::{ImageRequest, PartitionRequest, SizeRequest};
use crate::masterdata::*;

macro_rules! asks {
    ($(
        $(#[$meta:meta])*
        $command:ident($about:ty) -> $answer:ty, asked by $ask:ident, writes $kind:ident as $decide:path;
    )+) => {
        $($(#[$meta])* pub fn $ask(about: $about) -> Ask<$answer> {
            Ask::new(MasterdataCommand::$command(about))
        })+
    };
}

command_table!(asks);
