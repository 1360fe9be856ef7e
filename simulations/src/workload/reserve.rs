//! Reservations: a user reserves all machines of a partition for a project without machines, and still requests one of
//! them.

use super::{Response, User};
use crate::entities::{OTHERS, SIZE};
use crate::sometimes as seen;
use actors::command::Body;
use actors::ids::{PartitionId, SizeId};
use actors::machine::{MachineCommand, Role};
use actors::masterdata::MasterdataCommand;
use actors::masterdata::reservation::SizeReservationRequest;

/// More than any partition has.
const ALL: i64 = 1_000_000;

/// The refusal for a user when no machine is left (api-machines 3.4.1).
const NOTHING_LEFT: &str = "no machine available";

impl User {
    /// From the acknowledgement of the reservation until its deletion, no other project gets a machine.
    pub(super) async fn reserve(&mut self) {
        let partition = self.any_partition();
        let id = self.new_key().to_string();
        let request = SizeReservationRequest {
            id: id.clone(),
            sizeid: SIZE.to_owned(),
            projectid: OTHERS.to_owned(),
            partitionids: vec![partition.to_string()],
            amount: Some(ALL),
            ..SizeReservationRequest::default()
        };
        let create = MasterdataCommand::SizeReservationCreate(Box::new(request));
        if self.write("reserve", Body::Masterdata(create)).await.is_none() {
            return self.breaks(format!("user {} could not reserve machines", self.number));
        }
        let there_are_some = self.are_offered(&partition).await;
        let request = Box::new(self.request_in(&partition));
        let allocate = Body::Machine(MachineCommand::Allocate { role: Role::Machine, request });
        let key = self.new_key();
        match self.outcome(key, "allocate", allocate).await {
            Err(message) if message == NOTHING_LEFT => {
                if there_are_some {
                    self.cluster.trace.saw(seen::RESERVED);
                }
            }
            Err(message) => self.breaks(format!("a machine that is reserved was refused with {message:?}")),
            Ok(answer) => self.breaks(format!("a machine was given although all are reserved: {answer:?}")),
        }
        let delete = Body::Masterdata(MasterdataCommand::SizeReservationDelete(id));
        if self.write("reserve no more", delete).await.is_none() {
            self.breaks(format!("user {} could not give his reservation back", self.number));
        }
    }

    fn breaks(&self, what: String) {
        self.cluster.monitor.object("reservations-are-kept", what);
    }

    /// Whether a partition has machines that any user can allocate.
    async fn are_offered(&self, partition: &PartitionId) -> bool {
        let (size, there) = (SizeId::from(SIZE), partition.clone());
        let asked = self.question(partition, async move |gateway| {
            Ok(gateway.local().world().fleet(|fleet| fleet.offered(&there, &size).is_some()))
        });
        matches!(asked.await, Response::Answered(Ok(true)))
    }
}
