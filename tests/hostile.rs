//! One wild value in what is good otherwise: in every field of every HTTP route's body and of every gRPC method, one after the
//! other, sent to a real node. The answer is one of the contract's, no connection is dropped, nobody panics, what is refused
//! changes nothing, and what is taken can be stored and read again.

mod bodies;
mod fixture;
mod grpc;
mod http;
mod mutants;
mod packed;
mod raw;
