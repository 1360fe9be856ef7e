//! The messages and services of package `api.v1`, as `generate/` compiles them from `proto/`. Owns no behaviour.

#![expect(
    unused_qualifications,
    clippy::allow_attributes,
    clippy::too_many_lines,
    clippy::use_self,
    reason = "generated code"
)]

include!("generated/api.v1.rs");
