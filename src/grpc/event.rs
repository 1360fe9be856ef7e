//! `EventService`: provisioning events of many machines in one call (api-machines 5.8).

use super::api::event_service_server::EventService;
use super::api::{EventServiceSendRequest, EventServiceSendResponse, MachineProvisioningEvent};
use super::{bounds, peer};
use actors::ids::MachineId;
use actors::machine::{EventKind, MachineCommand};
use actors::runtime::{CallError, Site};
use actors::spoken::cleaned;
use futures_util::StreamExt;
use tonic::{Request, Response, Status};

/// Events of one call that are recorded at once; the rest waits its turn.
const CONCURRENT_MAX: usize = 128;

/// The service.
#[derive(Debug)]
pub(super) struct Events {
    site: Site,
}

/// What became of one entry.
enum Outcome {
    Stored,
    /// An event type that nobody knows, or a machine that nobody can be: told in the answer, no error (api-machines 5.8).
    /// The machine exists in the first case.
    NotAnEvent(String),
    Refused(CallError),
}

impl Events {
    pub(super) fn new(site: Site) -> Self {
        Self { site }
    }

    async fn record(&self, machine: String, event: MachineProvisioningEvent) -> Outcome {
        if let Err(status) = bounds::id("the machine's id", &machine) {
            tracing::warn!(event = event.event, why = status.message(), "an event of an impossible machine");
            return Outcome::NotAnEvent(machine);
        }
        let (command, outcome) = match EventKind::parse(&event.event) {
            Some(kind) => {
                let machine = MachineId(machine);
                let command =
                    MachineCommand::Event { machine, event: kind, message: cleaned(&event.message) };
                (command, Outcome::Stored)
            }
            None => {
                tracing::warn!(machine, event = event.event, "an event of an unknown type");
                let command = MachineCommand::Discover { machine: MachineId(machine.clone()) };
                (command, Outcome::NotAnEvent(machine))
            }
        };
        match peer::ask(&self.site, command).await {
            Ok(_) => outcome,
            Err(error) => Outcome::Refused(error),
        }
    }
}

#[tonic::async_trait]
impl EventService for Events {
    async fn send(
        &self,
        request: Request<EventServiceSendRequest>,
    ) -> Result<Response<EventServiceSendResponse>, Status> {
        let entries = request.into_inner().events;
        bounds::events(entries.len())?;
        let outcomes: Vec<Outcome> = futures_util::stream::iter(entries)
            .map(|(machine, event)| self.record(machine, event))
            .buffered(CONCURRENT_MAX)
            .collect()
            .await;
        let mut response = EventServiceSendResponse::default();
        let mut refusals = Vec::new();
        for outcome in outcomes {
            match outcome {
                Outcome::Stored => response.events += 1,
                Outcome::NotAnEvent(machine) => response.failed.push(machine),
                Outcome::Refused(error) => refusals.push(error.to_string()),
            }
        }
        if refusals.is_empty() {
            Ok(Response::new(response))
        } else {
            Err(peer::refused(refusals.join("\n")))
        }
    }
}
