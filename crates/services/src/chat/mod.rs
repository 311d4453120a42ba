//! The lesson's chat over datagrams: one server whose operator answers, any number of writers.

mod client;
mod contacts;
mod server;

pub use client::chat;
pub use contacts::Contacts;
pub use server::Server;
