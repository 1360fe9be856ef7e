//! `EventService`: provisioning events of many machines in one call (api-machines 5.8).

use super::api::event_service_server::EventService;
use super::api::{EventServiceSendRequest, EventServiceSendResponse};
use super::{bounds, peer};
use actors::gateway::Gateway;
use actors::ids::MachineId;
use actors::service::events::{self, Recorded, Reported};
use tonic::{Request, Response, Status};

/// The service.
#[derive(Debug)]
pub(super) struct Events {
    gateway: Gateway,
}

impl Events {
    pub(super) fn new(gateway: Gateway) -> Self {
        Self { gateway }
    }
}

#[tonic::async_trait]
impl EventService for Events {
    /// Invalid machine ids and unknown kinds of events are reported in the answer, not as an error.
    async fn send(
        &self,
        request: Request<EventServiceSendRequest>,
    ) -> Result<Response<EventServiceSendResponse>, Status> {
        let entries = request.into_inner().events;
        bounds::events(entries.len())?;
        let (mut reported, mut failed) = (Vec::new(), Vec::new());
        for (machine, event) in entries {
            if let Err(status) = bounds::id("the machine's id", &machine) {
                tracing::warn!(
                    event = event.event,
                    why = status.message(),
                    "an event has an invalid machine id"
                );
                failed.push(machine);
                continue;
            }
            let (machine, event, message) = (MachineId(machine), event.event, event.message);
            reported.push(Reported { machine, event, message });
        }
        let Recorded { stored, not_events, refused } =
            events::record(&self.gateway, &peer::principal(), reported).await;
        if refused.is_empty() {
            failed.extend(not_events.into_iter().map(|machine| machine.0));
            return Ok(Response::new(EventServiceSendResponse { events: stored, failed }));
        }
        let texts: Vec<String> = refused.iter().map(ToString::to_string).collect();
        Err(peer::refused(texts.join("\n")))
    }
}
