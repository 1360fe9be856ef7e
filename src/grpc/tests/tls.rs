//! Mutual TLS (api-machines 5.1).

use super::{endpoint, local, on_loopback, settings, start};
use crate::door::PlaceMetrics;
use crate::grpc::GrpcMetrics;
use crate::grpc::api;
use crate::grpc::api::event_service_client::EventServiceClient;
use crate::grpc::{GrpcError, Tls};
use actors::gateway::Gateway;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};

type Ca = CertifiedIssuer<'static, KeyPair>;

fn ca() -> Ca {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate for `localhost` and its key, as PEM.
fn certificate(ca: &Ca) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    (params.signed_by(&key, ca).unwrap().pem(), key.serialize_pem())
}

fn tls(ca: &Ca) -> Tls {
    let (certificate, key) = certificate(ca);
    Tls { certificate, key, client_ca: ca.pem() }
}

fn client(trusted: &Ca) -> ClientTlsConfig {
    ClientTlsConfig::new().ca_certificate(Certificate::from_pem(trusted.pem())).domain_name("localhost")
}

fn identity(ca: &Ca) -> Identity {
    let (certificate, key) = certificate(ca);
    Identity::from_pem(certificate, key)
}

/// In TLS 1.3 the client's handshake ends before the server has verified it, so the first call counts.
async fn call(endpoint: Endpoint) -> Result<(), String> {
    let channel: Channel = endpoint.connect().await.map_err(|error| format!("{error:?}"))?;
    let nothing = api::EventServiceSendRequest::default();
    EventServiceClient::new(channel).send(nothing).await.map(drop).map_err(|status| format!("{status:?}"))
}

#[test]
fn only_clients_with_a_certificate_of_the_ca_get_in() {
    on_loopback(|| async {
        let (ours, foreign) = (ca(), ca());
        let grpc = start(
            Gateway::alone(local().await),
            settings(Some(tls(&ours))),
            PlaceMetrics::default(),
            GrpcMetrics::default(),
        )
        .await
        .unwrap();
        let https = |config| endpoint(&grpc, "https").tls_config(config).unwrap();
        call(https(client(&ours).identity(identity(&ours)))).await.unwrap();
        call(https(client(&ours))).await.expect_err("no certificate");
        call(https(client(&ours).identity(identity(&foreign)))).await.expect_err("another CA's certificate");
        call(https(client(&foreign).identity(identity(&ours))))
            .await
            .expect_err("the client doubts the server");
        call(endpoint(&grpc, "http")).await.expect_err("plain text");
        call(https(client(&ours).identity(identity(&ours)))).await.expect("the others did no harm");
    });
}

#[test]
fn a_bad_certificate_is_refused_at_start_and_its_key_is_not_shown() {
    on_loopback(|| async {
        let mut tls = tls(&ca());
        assert_eq!(format!("{tls:?}"), "Tls { .. }");
        tls.key = "nonsense".to_owned();
        let error = start(
            Gateway::alone(local().await),
            settings(Some(tls)),
            PlaceMetrics::default(),
            GrpcMetrics::default(),
        )
        .await
        .unwrap_err();
        assert!(matches!(error, GrpcError::Tls(_)), "{error:?}");
    });
}
