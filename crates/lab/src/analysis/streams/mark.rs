//! What is out of the ordinary about a segment.

use services::words::Lang;

/// Something that a person wants to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mark {
    /// Its bytes, or some of them, were seen before; or they come so late behind those that follow
    /// them that they were sent again.
    Retransmission,
    /// It fills a gap that opened just before.
    OutOfOrder,
    /// Bytes before it were not seen.
    Gap(u32),
    /// It says again what the last one said: the so-manieth time.
    DuplicateAck(u32),
    /// It acknowledges what was not seen.
    AckedUnseen,
    /// There is no room at its sender.
    ZeroWindow,
    /// There is room again, or more.
    WindowUpdate,
    /// It fills the window that it may.
    WindowFull,
    /// It asks whether there is room again.
    ZeroWindowProbe,
    /// It asks whether the other end is there.
    KeepAlive,
    /// It is.
    KeepAliveAck,
}

impl Mark {
    /// The key, which never changes.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Retransmission => "retransmission",
            Self::OutOfOrder => "out_of_order",
            Self::Gap(_) => "gap",
            Self::DuplicateAck(_) => "duplicate_ack",
            Self::AckedUnseen => "acked_unseen",
            Self::ZeroWindow => "zero_window",
            Self::WindowUpdate => "window_update",
            Self::WindowFull => "window_full",
            Self::ZeroWindowProbe => "zero_window_probe",
            Self::KeepAlive => "keepalive",
            Self::KeepAliveAck => "keepalive_ack",
        }
    }

    /// For people.
    #[must_use]
    pub fn words(self, lang: Lang) -> String {
        let (en, zh) = match self {
            Self::Retransmission => ("retransmission", "重传"),
            Self::OutOfOrder => ("out of order", "乱序"),
            Self::Gap(bytes) => {
                return match lang {
                    Lang::English => format!("{bytes} bytes before it not seen"),
                    Lang::Chinese => format!("之前 {bytes} 字节未见"),
                };
            }
            Self::DuplicateAck(count) => {
                return match lang {
                    Lang::English => format!("duplicate ACK {count}"),
                    Lang::Chinese => format!("第 {count} 个重复 ACK"),
                };
            }
            Self::AckedUnseen => ("acknowledges what was not seen", "确认了未见的数据"),
            Self::ZeroWindow => ("zero window", "零窗口"),
            Self::WindowUpdate => ("window update", "窗口更新"),
            Self::WindowFull => ("window full", "窗口已满"),
            Self::ZeroWindowProbe => ("zero-window probe", "零窗口探测"),
            Self::KeepAlive => ("keepalive", "keepalive"),
            Self::KeepAliveAck => ("keepalive answered", "keepalive 的答复"),
        };
        match lang {
            Lang::English => en.to_owned(),
            Lang::Chinese => zh.to_owned(),
        }
    }
}
