//! Our arm of the halves of tokio's streams: the same socket, held twice.

use std::io;
use std::ops::Deref;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::stream::{Stream, through_stream};

/// A borrowed half.
pub(crate) type Borrowed<'a, N> = &'a Stream<N>;

/// The reading half.
#[derive(Debug)]
pub(crate) struct OwnedRead<N>(Stream<N>);

/// The writing half; dropping it ends its direction.
#[derive(Debug)]
pub(crate) struct OwnedWrite<N> {
    stream: Stream<N>,
    /// Not once it was forgotten, or joined with its other half.
    ends: bool,
}

impl<N> Stream<N> {
    pub(crate) const fn split(&mut self) -> (Borrowed<'_, N>, Borrowed<'_, N>) {
        (self, self)
    }

    pub(crate) fn into_split(self) -> (OwnedRead<N>, OwnedWrite<N>) {
        let stream = self.share();
        (OwnedRead(self), OwnedWrite { stream, ends: true })
    }
}

impl<N> OwnedRead<N> {
    /// The whole stream again, or the halves of two.
    pub(crate) fn reunite(
        self,
        mut other: OwnedWrite<N>,
    ) -> Result<Stream<N>, (Self, OwnedWrite<N>)> {
        if !self.0.is(&other.stream) {
            return Err((self, other));
        }
        other.ends = false;
        Ok(self.0)
    }

    const fn stream(&self) -> &Stream<N> {
        &self.0
    }
}

impl<N> OwnedWrite<N> {
    pub(crate) fn forget(mut self) {
        self.ends = false;
    }

    const fn stream(&self) -> &Stream<N> {
        &self.stream
    }
}

impl<N> Drop for OwnedWrite<N> {
    fn drop(&mut self) {
        if self.ends {
            // Nobody is left to be told.
            let _ = self.stream.end();
        }
    }
}

impl<N> Deref for OwnedRead<N> {
    type Target = Stream<N>;

    fn deref(&self) -> &Stream<N> {
        &self.0
    }
}

impl<N> Deref for OwnedWrite<N> {
    type Target = Stream<N>;

    fn deref(&self) -> &Stream<N> {
        &self.stream
    }
}

through_stream!(OwnedRead<N>: AsyncRead, OwnedWrite<N>: AsyncWrite);
