//! Two and more meshes, over the pretend network and, at the edge, over real sockets.

mod calls;
mod ending;
mod health;
mod hostile;
mod real;
mod reconnect;
mod rig;
mod soak;
mod status;
