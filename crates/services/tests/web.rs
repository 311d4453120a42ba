//! The web server, over a LAN in virtual time, asked byte by byte.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use landline::tokio::TcpStream;
use landline::{Lan, LanHost, Network};
use services::web::{Server, Site, Url, fetch};
use services::words::Lang;
use services::{Console, Endpoint, Look};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Runs `ask` on one host while another serves `site` at 10.0.0.2:80.
fn with_server<T>(site: Site, ask: impl AsyncFnOnce(Network) -> T) -> T {
    let lan = Lan::new(1);
    lan.add_switch("s").unwrap();
    let host = |name, address| LanHost::new(name).plug("s", address);
    let asker = lan.add_host(&host("asker", "10.0.0.1/24")).unwrap();
    let web = lan.add_host(&host("web", "10.0.0.2/24")).unwrap();
    lan.block_on(async {
        let console = Console::new(io::sink(), io::sink(), Lang::English, Look::default());
        let on: Endpoint = "tcp://10.0.0.2:80".parse().unwrap();
        let server = Server::bind(&web, &[on], site, &console).await.unwrap();
        tokio::spawn(server.run());
        ask(asker).await
    })
}

/// What comes back for these bytes, when the server has hung up.
async fn said(asker: &Network, request: &str) -> String {
    let mut call = TcpStream::connect(asker, "10.0.0.2:80").await.unwrap();
    call.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    call.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

async fn get(asker: &Network, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n");
    said(asker, &request).await
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or_default()
}

fn site(folder: &Path) -> Site {
    let root = folder.join("site");
    fs::create_dir_all(root.join("deep er")).unwrap();
    fs::write(root.join("index.html"), "<p>first").unwrap();
    fs::write(root.join("deep er/data.bin"), vec![7; 200_000]).unwrap();
    fs::write(folder.join("secret"), "not yours").unwrap();
    std::os::unix::fs::symlink(folder.join("secret"), root.join("way-out")).unwrap();
    std::os::unix::fs::symlink(root.join("index.html"), root.join("inside.html")).unwrap();
    Site::Folder(root)
}

#[test]
fn a_page_is_there_whatever_is_asked_for() {
    with_server(Site::Page("<p>hello".into()), async |asker| {
        let answer = get(&asker, "/any/where").await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert!(
            answer.contains("content-type: text/html; charset=utf-8\r\n"),
            "{answer}"
        );
        assert!(answer.contains("content-length: 8\r\n"), "{answer}");
        assert!(answer.ends_with("\r\n\r\n<p>hello"), "{answer}");
        // The same run has the same bytes.
        assert!(!answer.contains("date:"), "{answer}");
    });
}

#[test]
fn a_folder_shows_its_files_and_no_others() {
    let folder = tempfile::tempdir().unwrap();
    with_server(site(folder.path()), async |asker| {
        assert!(get(&asker, "/").await.ends_with("\r\n\r\n<p>first"));
        assert!(
            get(&asker, "/inside.html?query")
                .await
                .ends_with("\r\n\r\n<p>first")
        );
        let file = get(&asker, "/deep%20er/data.bin").await;
        assert!(
            file.contains("content-length: 200000\r\n"),
            "{}",
            &file[..200]
        );
        assert!(file.contains("application/octet-stream"));
        assert!(file.ends_with(&"\u{7}".repeat(200_000)));
        let folder = get(&asker, "/deep%20er").await;
        assert_eq!(status(&folder), "301");
        assert!(folder.contains("location: /deep%20er/\r\n"), "{folder}");
        for nothing in ["/nothing", "/deep%20er/", "/index.html/x", "/way-out"] {
            assert_eq!(status(&get(&asker, nothing).await), "404", "{nothing}");
        }
        for wrong in [
            "/../secret",
            "/%2e%2e/secret",
            "/..%2fsecret",
            "/a%zz",
            "/%00",
            "/%ff",
            "/a%2",
        ] {
            assert_eq!(status(&get(&asker, wrong).await), "400", "{wrong}");
        }
    });
}

#[test]
fn a_request_that_is_none_harms_nobody() {
    with_server(Site::Page("<p>hello".into()), async |asker| {
        assert_eq!(status(&said(&asker, "what?\r\n\r\n").await), "400");
        let post = "POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        let answer = said(&asker, post).await;
        assert_eq!(status(&answer), "405");
        assert!(answer.contains("allow: GET, HEAD\r\n"), "{answer}");
        let head = "HEAD / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n";
        let answer = said(&asker, head).await;
        assert!(answer.contains("content-length: 8\r\n"), "{answer}");
        assert!(answer.ends_with("\r\n\r\n"), "{answer}");
        assert_eq!(status(&get(&asker, "/").await), "200");
    });
}

#[test]
fn a_fetch_tells_what_came() {
    let folder = tempfile::tempdir().unwrap();
    with_server(site(folder.path()), async |asker| {
        let at = "10.0.0.2:80".parse().unwrap();
        let patience = Duration::from_secs(5);
        let url: Url = "http://web/deep%20er/data.bin".parse().unwrap();
        let fetched = fetch(&asker, at, &url, patience).await.unwrap();
        assert_eq!((fetched.status, fetched.bytes), (200, 200_000));
        let url: Url = "http://web/nothing".parse().unwrap();
        let fetched = fetch(&asker, at, &url, patience).await.unwrap();
        assert_eq!(fetched.status, 404);
        let nobody = "10.0.0.2:81".parse().unwrap();
        let refused = fetch(&asker, nobody, &url, patience).await.unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
        let silent = "10.0.0.9:80".parse().unwrap();
        let before = asker.now();
        let silent = fetch(&asker, silent, &url, patience).await.unwrap_err();
        assert!(asker.now().since(before) <= patience.into(), "{silent}");
    });
}

#[test]
fn urls_are_http_and_have_a_host() {
    let url: Url = "http://[fd00::1]:8080/a?b".parse().unwrap();
    assert_eq!((url.host.as_str(), url.port), ("fd00::1", 8080));
    let url: Url = "http://web".parse().unwrap();
    assert_eq!((url.host.as_str(), url.port), ("web", 80));
    for wrong in [
        "",
        "web",
        "/path",
        "https://web/",
        "http://",
        "http://web:0/",
        "http://a@web/",
    ] {
        assert!(wrong.parse::<Url>().is_err(), "{wrong}");
    }
}
