//! Web servers of the lab, and what its hosts fetch.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use landline::Network;
use services::web::{Server, Site, Url, fetch};
use services::words::Lang;
use services::{Console, Endpoint, Look};

use crate::report::{Fetch, Result as End};

/// How long a fetch waits for a connection, an answer, and each piece of it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Serves until the run ends; gives why it could not.
pub(super) async fn serve(network: &Network, site: &Site, on: &[Endpoint]) -> End {
    let silent = Console::new(io::sink(), io::sink(), Lang::English, Look::default());
    let everywhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 80));
    let default = [Endpoint::Tcp(everywhere.into())];
    let on = if on.is_empty() { &default[..] } else { on };
    let served = match Server::bind(network, on, site.clone(), &silent).await {
        Ok(server) => server.run().await,
        Err(failure) => Err(failure),
    };
    match served {
        Ok(()) => End::Done,
        Err(failure) => End::Failed(Lang::English.failure(&failure)),
    }
}

/// Fetches `url`, whose host is at `at`.
pub(super) async fn get(network: &Network, at: SocketAddr, url: &Url) -> End {
    match fetch(network, at, url, PATIENCE).await {
        Ok(fetched) => End::Fetch(Fetch {
            status: fetched.status,
            bytes: fetched.bytes,
            first: fetched.first,
            took: fetched.took,
        }),
        Err(error) => End::Failed(super::words_of(&error)),
    }
}
