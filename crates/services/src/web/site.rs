//! What a web server shows: one page for every path, or the files of a folder.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::{Bytes, Frame, SizeHint};

/// What a web server shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Site {
    /// One page of HTML, whatever is asked for.
    Page(String),
    /// The files below a folder, and nothing outside of it: neither by `..` nor by a symbolic link.
    /// A folder shows its `index.html`.
    Folder(PathBuf),
}

/// What a path means.
pub(super) enum Found {
    /// A content type, and what is there.
    Content(&'static str, Body),
    /// A folder, which is named with a `/` at its end: that name.
    Folder(String),
    Nothing,
    /// It exists and may not be read.
    Unreadable,
    /// It is not written as a path can be.
    NoPath,
}

impl Site {
    /// What a request's path means.
    pub(super) fn find(&self, path: &str) -> Found {
        match self {
            Self::Page(page) => {
                let body = Body::whole(Bytes::copy_from_slice(page.as_bytes()));
                Found::Content("text/html; charset=utf-8", body)
            }
            Self::Folder(root) => {
                let Some(relative) = relative(path) else {
                    return Found::NoPath;
                };
                match file(root, &relative, path) {
                    Ok(found) => found,
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Found::Nothing,
                    Err(error) if error.kind() == io::ErrorKind::NotADirectory => Found::Nothing,
                    Err(_) => Found::Unreadable,
                }
            }
        }
    }
}

/// The file at `relative` below `root`; `path` is how it was asked for.
fn file(root: &Path, relative: &Path, path: &str) -> io::Result<Found> {
    let root = root.canonicalize()?;
    let mut at = root.join(relative).canonicalize()?;
    if at.is_dir() {
        if !path.ends_with('/') {
            return Ok(Found::Folder(format!("{path}/")));
        }
        at = at.join("index.html").canonicalize()?;
    }
    // Symbolic links were followed: what they lead out to is nothing of the site's.
    if !at.starts_with(&root) {
        return Ok(Found::Nothing);
    }
    let file = File::open(&at)?;
    let meta = file.metadata()?;
    if !meta.is_file() {
        return Ok(Found::Nothing);
    }
    let kind = content_type(&at);
    let left = meta.len();
    Ok(Found::Content(kind, Body(Inner::File { file, left })))
}

/// A URL's path as one below a folder: percent signs resolved (RFC 3986 §2.1), and no way up.
fn relative(path: &str) -> Option<PathBuf> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2)?;
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        let digits = std::str::from_utf8(digits).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = after;
    }
    let text = String::from_utf8(bytes).ok()?;
    if text.contains(['\0', '\\']) {
        return None;
    }
    let parts = text.split('/').filter(|part| !matches!(*part, "" | "."));
    let mut relative = PathBuf::new();
    for part in parts {
        if part == ".." {
            return None;
        }
        relative.push(part);
    }
    Some(relative)
}

/// By the name's end, as servers do.
fn content_type(file: &Path) -> &'static str {
    const KINDS: &[(&str, &str)] = &[
        ("html", "text/html; charset=utf-8"),
        ("htm", "text/html; charset=utf-8"),
        ("css", "text/css; charset=utf-8"),
        ("js", "text/javascript; charset=utf-8"),
        ("mjs", "text/javascript; charset=utf-8"),
        ("json", "application/json"),
        ("txt", "text/plain; charset=utf-8"),
        ("md", "text/markdown; charset=utf-8"),
        ("svg", "image/svg+xml"),
        ("png", "image/png"),
        ("jpg", "image/jpeg"),
        ("jpeg", "image/jpeg"),
        ("gif", "image/gif"),
        ("webp", "image/webp"),
        ("ico", "image/x-icon"),
        ("wasm", "application/wasm"),
        ("woff2", "font/woff2"),
        ("pdf", "application/pdf"),
    ];
    let end = file.extension().and_then(|end| end.to_str());
    let end = end.unwrap_or_default().to_ascii_lowercase();
    let known = KINDS.iter().find(|(known, _)| *known == end);
    known.map_or("application/octet-stream", |(_, kind)| *kind)
}

/// The content of an answer.
pub(super) struct Body(Inner);

enum Inner {
    /// Until it was handed on.
    Whole(Bytes),
    /// A file, of which so many bytes are still to come; it is read as the caller takes it.
    File { file: File, left: u64 },
}

/// How much of a file is read at once.
const CHUNK: u64 = 64 * 1024;

impl Body {
    pub(super) const fn whole(bytes: Bytes) -> Self {
        Self(Inner::Whole(bytes))
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match &mut self.0 {
            Inner::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Inner::Whole(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Inner::File { left: 0, .. } => Poll::Ready(None),
            Inner::File { file, left } => {
                let mut chunk = vec![0; CHUNK.min(*left) as usize];
                let read = file.read(&mut chunk).and_then(|len| {
                    if len == 0 {
                        // It has become shorter: the length that was promised cannot be kept.
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                    chunk.truncate(len);
                    *left -= len as u64;
                    Ok(Frame::data(Bytes::from(chunk)))
                });
                Poll::Ready(Some(read))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.size_hint().exact() == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(match &self.0 {
            Inner::Whole(bytes) => bytes.len() as u64,
            Inner::File { left, .. } => *left,
        })
    }
}
