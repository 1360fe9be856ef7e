//! One bad value in an otherwise valid request: in every field of every HTTP route's body and of every gRPC method, one
//! after the other, sent to a real node. The answer is one of the contract's, no connection is dropped, nothing panics,
//! a refused request changes nothing, and an accepted one can be stored and read again.

mod bodies;
mod fixture;
mod grpc;
mod http;
mod mutants;
mod packed;
mod raw;
