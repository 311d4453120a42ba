//! A socket as a buffered file.

use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};

use super::Socket;

/// A buffered file over a socket, from [`Socket::makefile`].
///
/// Reading is [`BufRead`]: `read_line`, `lines`, `read_until`. Writing is collected until
/// [`flush`](Write::flush), or until the file is dropped, where an error is lost.
///
/// ```
/// use landline::{Network, Socket, Type};
/// use std::io::{BufRead, Write};
///
/// # fn main() -> std::io::Result<()> {
/// let (one, other) = Socket::pair(&Network::kernel(), Type::Stream)?;
/// let mut file = one.makefile();
/// writeln!(file, "a line")?;
/// file.flush()?;
///
/// let mut line = String::new();
/// other.makefile().read_line(&mut line)?;
/// assert_eq!(line, "a line\n");
/// # Ok(())
/// # }
/// ```
///
/// The socket should block: a read that times out leaves what it had read in the buffer or with
/// the caller, depending on the method, and a non-blocking one fails at once.
#[derive(Debug)]
pub struct SocketFile {
    reader: BufReader<Socket>,
    writer: BufWriter<Socket>,
}

impl SocketFile {
    pub(super) fn new(socket: &Socket) -> Self {
        Self {
            reader: BufReader::new(socket.share()),
            writer: BufWriter::new(socket.share()),
        }
    }
}

impl Read for SocketFile {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buf)
    }
}

impl BufRead for SocketFile {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.reader.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.reader.consume(amount);
    }
}

impl Write for SocketFile {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.writer.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}
