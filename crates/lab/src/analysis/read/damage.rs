//! What can be wrong with a capture file.

use std::fmt;
use std::io;

use services::words::Lang;

/// Where a file cannot be read on, and why.
#[derive(Debug)]
pub struct Damage {
    /// Bytes from the file's front.
    pub offset: u64,
    /// What is wrong there.
    pub wrong: Wrong,
}

/// What is wrong.
#[derive(Debug)]
#[non_exhaustive]
pub enum Wrong {
    /// Neither pcap nor pcapng.
    NotACapture,
    /// Packed with gzip.
    Compressed,
    /// It ends in the middle: so many bytes more should be there, and so many are.
    Ends {
        /// Bytes that should follow.
        need: usize,
        /// Bytes that do.
        have: usize,
    },
    /// A length that cannot be.
    Length(u32),
    /// A block's length at its end is not that at its front.
    Lengths(u32, u32),
    /// The byte-order magic of a section is none.
    ByteOrder,
    /// A packet of an interface that was not told of.
    NoInterface(u32),
    /// More interfaces than are kept.
    Interfaces,
    /// It cannot be read.
    Io(io::Error),
}

impl Damage {
    /// In a sentence.
    #[must_use]
    pub fn words(&self, lang: Lang) -> String {
        let at = self.offset;
        let (en, zh) = self.wrong.both();
        match lang {
            Lang::English => format!("damaged at byte {at}: {en}"),
            Lang::Chinese => format!("第 {at} 字节处损坏:{zh}"),
        }
    }
}

impl Wrong {
    fn both(&self) -> (String, String) {
        match self {
            Self::NotACapture => (
                "neither a pcap nor a pcapng file begins here".into(),
                "这里不是 pcap 或 pcapng 文件的开头".into(),
            ),
            Self::Compressed => (
                "it is packed with gzip; unpack it first".into(),
                "文件经 gzip 压缩;请先解压".into(),
            ),
            Self::Ends { need, have } => (
                format!("{need} more bytes should follow, {have} do"),
                format!("后面应有 {need} 字节,实有 {have} 字节"),
            ),
            Self::Length(length) => (
                format!("a length of {length} bytes cannot be"),
                format!("长度不可能是 {length} 字节"),
            ),
            Self::Lengths(front, end) => (
                format!("a block is {front} bytes long by its front and {end} by its end"),
                format!("块的长度开头写 {front} 字节,结尾写 {end} 字节"),
            ),
            Self::ByteOrder => (
                "a section begins without its byte-order magic".into(),
                "节的开头没有字节序标记".into(),
            ),
            Self::NoInterface(interface) => (
                format!("a packet of interface {interface}, which the file does not describe"),
                format!("有一个包属于接口 {interface},而文件没有说明该接口"),
            ),
            Self::Interfaces => ("more interfaces than anybody has".into(), "接口太多".into()),
            Self::Io(error) => (
                format!("cannot be read: {error}"),
                format!("无法读取:{error}"),
            ),
        }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words(Lang::English))
    }
}

impl std::error::Error for Damage {}
