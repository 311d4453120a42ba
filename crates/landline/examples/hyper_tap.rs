//! A hyper server, unchanged, on our own TCP/IP stack: read its page with curl or a browser.
//!
//! Over a TAP device, in a network of its own, so that nothing on the machine is touched:
//!
//! ```sh
//! cargo build -p landline --example hyper_tap
//! unshare -Urn sh -c '
//!     target/debug/examples/hyper_tap tap0 10.0.0.2/24 &
//!     until ip address add 10.0.0.1/24 dev tap0 2>/dev/null; do sleep 0.1; done
//!     curl http://10.0.0.2:8080/'
//! ```
//!
//! Without arguments it needs no TAP device: server and client are two hosts of a simulated LAN.

use std::convert::Infallible;
use std::future::ready;
use std::io;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use landline::tokio::{TcpListener, TcpStream};
use landline::{Lan, LanHost, Network, Tap};

type Error = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Error> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match &args[..] {
        [] => on_a_lan(),
        [device, address] => on_a_tap(device, address),
        _ => Err("usage: hyper_tap [DEVICE ADDRESS/PREFIX]".into()),
    }
}

fn on_a_tap(device: &str, address: &str) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let network = Tap::new(device, address.parse()?).open()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(&network, "0.0.0.0:8080").await?;
        println!(
            "http://{}:8080/",
            address.split('/').next().unwrap_or(address)
        );
        serve(listener).await
    })?;
    Ok(())
}

fn on_a_lan() -> Result<(), Error> {
    let lan = Lan::new(7);
    lan.add_switch("office")?;
    let server = lan.add_host(&LanHost::new("server").plug("office", "10.0.0.2/24"))?;
    let client = lan.add_host(&LanHost::new("client").plug("office", "10.0.0.1/24"))?;
    let page = lan.block_on(async {
        let listener = TcpListener::bind(&server, "0.0.0.0:8080").await?;
        tokio::spawn(serve(listener));
        fetch(&client).await
    })?;
    print!("{}", String::from_utf8_lossy(&page));
    println!("at {} s of the LAN's time", lan.now());
    Ok(())
}

/// The server: of this, nothing knows on which network it is.
async fn serve(listener: TcpListener) -> io::Result<()> {
    loop {
        let (stream, caller) = listener.accept().await?;
        tokio::spawn(async move {
            let page = service_fn(|request: Request<Incoming>| {
                let text = format!("Hello {caller}, this is {}.\n", request.uri());
                ready(Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(
                    text,
                )))))
            });
            let served = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), page)
                .await;
            if let Err(error) = served {
                eprintln!("{caller}: {error}");
            }
        });
    }
}

async fn fetch(network: &Network) -> Result<Bytes, Error> {
    let stream = TcpStream::connect(network, "10.0.0.2:8080").await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = Request::get("/a/page")
        .header("host", "10.0.0.2")
        .body(Empty::<Bytes>::new())?;
    let answer = sender.send_request(request).await?;
    Ok(answer.into_body().collect().await?.to_bytes())
}
