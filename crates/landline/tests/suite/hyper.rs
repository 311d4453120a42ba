//! hyper, unchanged, on tokio's shape.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use landline::tokio::{TcpListener, TcpStream};

use super::Place;
use super::tokio::run;

/// Answers with what it was sent, in capitals.
async fn upper(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let body = request.into_body().collect().await?.to_bytes();
    Ok(Response::new(body.to_ascii_uppercase().into()))
}

/// Several requests on one connection, the last one larger than a socket's buffers.
pub(crate) fn a_server_answers_a_client(place: &Place) {
    run(place, async {
        let listener = TcpListener::bind(&place.server, place.any_port())
            .await
            .unwrap();
        let address = listener.local_addr().unwrap();
        let server = async {
            let (stream, _) = listener.accept().await.unwrap();
            hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service_fn(upper))
                .await
                .unwrap();
        };
        let client = async {
            let stream = TcpStream::connect(&place.client, address).await.unwrap();
            let (mut sender, connection) =
                hyper::client::conn::http1::handshake(TokioIo::new(stream))
                    .await
                    .unwrap();
            let calls = async move {
                for length in [0, 5, 10_000_000] {
                    let body = Full::<Bytes>::from(vec![b'a'; length]);
                    let request = Request::post("/").header("host", "landline").body(body);
                    let answer = sender.send_request(request.unwrap()).await.unwrap();
                    let answer = answer.into_body().collect().await.unwrap().to_bytes();
                    assert!(answer == vec![b'A'; length]);
                }
            };
            let (_, connection) = tokio::join!(calls, connection);
            connection.unwrap();
        };
        tokio::join!(server, client);
    });
}
