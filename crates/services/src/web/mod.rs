//! A web server of one page or of a folder's files, and a client that fetches.
//!
//! HTTP/1.1 is hyper's (RFC 9112), over the house's sockets. There is no `Date` in its answers: the
//! same request in a lab's virtual time has the same answer, byte for byte.
//!
//! - `site.rs`: what a path means. `fetch.rs`: the client.

mod fetch;
mod site;

use std::convert::Infallible;
use std::sync::Arc;

use hyper::body::Incoming;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue, LOCATION};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use landline::Network;
use tokio::task::JoinSet;

use crate::socket::{Listener, Peer, Stream, Trouble};
use crate::words::{Failure, Message};
use crate::{Console, Endpoint};
pub use fetch::{Fetched, Url, fetch};
pub use site::Site;
use site::{Body, Found};

/// Connections at once; further callers wait in the listener's queue.
const CONNECTIONS: usize = 1024;

/// A web server on any number of stream endpoints.
pub struct Server {
    network: Network,
    listeners: Vec<(Listener, Endpoint)>,
    site: Arc<Site>,
    console: Console,
}

impl Server {
    /// Listens on every endpoint, and says so; callers can connect from here on.
    ///
    /// # Errors
    /// [`Failure::WrongKind`] for an endpoint of datagrams, [`Failure::Listen`] for the first that
    /// cannot be listened on.
    pub async fn bind(
        network: &Network,
        on: &[Endpoint],
        site: Site,
        console: &Console,
    ) -> Result<Self, Failure> {
        let mut listeners = Vec::new();
        for endpoint in on {
            if endpoint.is_datagram() {
                return Err(Failure::WrongKind {
                    given: endpoint.clone(),
                    example: "tcp://127.0.0.1:8080",
                });
            }
            listeners.push(Listener::bind(network, endpoint).await?);
        }
        for (_, at) in &listeners {
            console.say(&Message::Listening { on: at })?;
        }
        Ok(Self {
            network: network.clone(),
            listeners,
            site: Arc::new(site),
            console: console.clone(),
        })
    }

    /// Where it listens, with the ports it got.
    pub fn endpoints(&self) -> impl Iterator<Item = &Endpoint> {
        self.listeners.iter().map(|(_, at)| at)
    }

    /// Serves for as long as it is polled.
    ///
    /// # Errors
    /// [`Failure::Output`]; what goes wrong with a caller ends that call only.
    pub async fn run(self) -> Result<(), Failure> {
        let mut open = JoinSet::new();
        for (listener, at) in self.listeners {
            let (network, console) = (self.network.clone(), self.console.clone());
            let site = Arc::clone(&self.site);
            open.spawn(async move { listen(listener, at, network, site, console).await });
        }
        while let Some(ended) = open.join_next().await {
            finished(ended)?;
        }
        Ok(())
    }
}

async fn listen(
    listener: Listener,
    at: Endpoint,
    network: Network,
    site: Arc<Site>,
    console: Console,
) -> Result<(), Failure> {
    let mut calls = JoinSet::new();
    let mut trouble = Trouble::default();
    loop {
        tokio::select! {
            // One order, so that a run can be repeated.
            biased;
            accepted = listener.accept(), if calls.len() < CONNECTIONS => match accepted {
                Ok((stream, by)) => {
                    trouble = Trouble::default();
                    calls.spawn(call(stream, by, Arc::clone(&site), console.clone()));
                }
                Err(error) => trouble.rest(&error, &at, &network, &console).await?,
            },
            Some(ended) = calls.join_next() => finished(ended)?,
        }
    }
}

/// One connection, until either side ends it.
async fn call(
    stream: Box<dyn Stream>,
    by: Peer,
    site: Arc<Site>,
    console: Console,
) -> Result<(), Failure> {
    // What the console refuses ends the server, once the connection lets go.
    let failed = std::sync::Mutex::new(None);
    let answer = service_fn(|request: Request<Incoming>| {
        let response = respond(&site, &request);
        let said = console.say(&Message::Served {
            to: &by,
            method: request.method().as_str(),
            path: request.uri().path(),
            status: response.status().as_u16(),
        });
        if let Err(failure) = said {
            let mut failed = failed
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            *failed = Some(failure);
        }
        std::future::ready(Ok::<_, Infallible>(response))
    });
    // A caller that breaks off, or does not speak HTTP, is his own affair.
    let _ = http1::Builder::new()
        .auto_date_header(false)
        .serve_connection(TokioIo::new(stream), answer)
        .await;
    let failed = failed
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    failed.map_or(Ok(()), Err)
}

/// The answer to a request; the body of a HEAD's is left out by hyper.
fn respond(site: &Site, request: &Request<Incoming>) -> Response<Body> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD\n");
        let allowed = HeaderValue::from_static("GET, HEAD");
        response.headers_mut().insert(ALLOW, allowed);
        return response;
    }
    match site.find(request.uri().path()) {
        Found::Content(kind, body) => {
            let mut response = Response::new(body);
            let kind = HeaderValue::from_static(kind);
            response.headers_mut().insert(CONTENT_TYPE, kind);
            response
        }
        Found::Folder(at) => {
            let mut response = plain(StatusCode::MOVED_PERMANENTLY, "see there\n");
            match HeaderValue::try_from(at) {
                Ok(at) => {
                    response.headers_mut().insert(LOCATION, at);
                    response
                }
                Err(_) => plain(StatusCode::BAD_REQUEST, "no such path can be\n"),
            }
        }
        Found::Nothing => plain(StatusCode::NOT_FOUND, "there is nothing here\n"),
        Found::NoPath => plain(StatusCode::BAD_REQUEST, "no such path can be\n"),
        Found::Unreadable => plain(StatusCode::FORBIDDEN, "it cannot be read\n"),
    }
}

fn plain(status: StatusCode, words: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::whole(words.into()));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

/// The result of a task. A task that panicked takes the service with it, as the panic would have.
fn finished(task: Result<Result<(), Failure>, tokio::task::JoinError>) -> Result<(), Failure> {
    match task {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_cancelled) => Ok(()),
        },
    }
}
