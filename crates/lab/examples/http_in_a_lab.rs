//! hyper, unchanged, on two hosts of a lab: what a client sees when the network parts, and that it is
//! well again when the network is.
//!
//! ```sh
//! cargo run -p lab --example http_in_a_lab
//! ```

use std::convert::Infallible;
use std::time::Duration;

use base::Duration as LabDuration;
use bytes::Bytes;
use fabric::{Channel, Delay};
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use lab::{Lab, ProgramResult};
use landline::Network;
use landline::tokio::{TcpListener, TcpStream};
use tokio::time::timeout;

type Error = Box<dyn std::error::Error + Send + Sync>;

pub(crate) fn main() -> Result<(), Error> {
    let far = Channel {
        delay: Delay::constant(LabDuration::from_millis(40)),
        ..Channel::PERFECT
    };
    let lab = Lab::builder()
        .seed(7)
        .switch("street")
        .host("browser", "street", "10.0.0.1/24")
        .host("web", "street", "10.0.0.2/24")
        .link(far)
        .start()?;
    lab.run_on("web", web)?;
    let browser = lab.host("browser").ok_or("it was drawn")?;

    let get = || lab.run_until(async { timeout(Duration::from_secs(1), get(&browser)).await });

    let page = get()???;
    println!("{page} after {} ms", lab.now().as_millis());

    lab.partition(&[&["browser"], &["web"]])?;
    let late = get()?;
    assert!(late.is_err(), "a partition lets nothing through");
    let died = lab.died("the network is parted");
    println!("no answer within 1 s while the network is parted; {died} frames died of it");

    lab.heal();
    let page = get()???;
    println!("{page}, again");
    Ok(())
}

/// The web server.
async fn web(network: Network) -> ProgramResult {
    let listener = TcpListener::bind(&network, "0.0.0.0:80").await?;
    let service = service_fn(async |request: Request<Incoming>| {
        let page = format!("the page {}", request.uri().path());
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(page))))
    });
    loop {
        let (stream, _) = listener.accept().await?;
        let mut serve = hyper::server::conn::http1::Builder::new();
        // One caller after the other will do.
        let served = serve
            .keep_alive(false)
            .serve_connection(TokioIo::new(stream), service);
        if let Err(error) = served.await {
            println!("the server says: {error}");
        }
    }
}

/// Gets a page.
async fn get(network: &Network) -> Result<String, Error> {
    let stream = TcpStream::connect(network, "10.0.0.2:80").await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let request = Request::get("/index.html")
        .header("host", "web")
        .body(Empty::<Bytes>::new())?;
    let answer = sender.send_request(request).await?;
    let page = answer.into_body().collect().await?.to_bytes();
    drop(sender);
    connection.await??;
    Ok(String::from_utf8_lossy(&page).into_owned())
}
