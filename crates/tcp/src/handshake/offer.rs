//! What a SYN offers and what is agreed.

use wire::tcp::{Options, Timestamps};

use crate::receive::Rcv;
use crate::window::WindowScale;
use crate::{Settings, SocketOptions};

/// What the peer takes when it does not say (RFC 9293 §3.7.1, MUST-15).
pub(crate) const DEFAULT_MSS: u16 = 536;

/// No window is larger (RFC 7323 §2.3).
const LARGEST: u32 = (u16::MAX as u32) << 14;

/// What our SYN says of us.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Offer {
    /// Bytes of data in the largest segment that we take.
    pub(crate) mss: u16,
    /// Most bytes that are held for the program.
    limit: u32,
    /// The window that our SYN promises, of which it tells what its field can hold.
    pub(crate) window: u32,
    /// The shift of our later windows, if they may be scaled.
    pub(crate) scale: Option<WindowScale>,
    /// Whether timestamps are offered.
    pub(crate) timestamps: bool,
    /// Whether SACK is permitted.
    pub(crate) sack: bool,
}

impl Offer {
    pub(crate) fn new(settings: &Settings, options: &SocketOptions, local_mss: u16) -> Self {
        let limit = receive_limit(settings, options);
        // With the buffer left to the system, it may grow up to the largest.
        let largest = options.rcvbuf.map_or(settings.rmem[2], |_| limit);
        let largest = largest.min(window_clamp(options).unwrap_or(u32::MAX));
        let mss = fitting(settings, local_mss, most_of(options));
        Self {
            mss,
            limit,
            window: first_window(limit, options, mss),
            scale: settings
                .window_scaling
                .then(|| WindowScale::for_window(largest)),
            timestamps: settings.timestamps > 0,
            sack: settings.sack,
        }
    }

    /// What was offered before, with the room that `settings` give now.
    pub(crate) fn again(
        settings: &Settings,
        options: &SocketOptions,
        mss: u16,
        window: u32,
        scale: Option<WindowScale>,
        (timestamps, sack): (bool, bool),
    ) -> Self {
        Self {
            mss,
            limit: receive_limit(settings, options),
            window,
            scale,
            timestamps,
            sack,
        }
    }

    /// Most bytes that are held for the program.
    pub(crate) const fn limit(&self) -> u32 {
        self.limit
    }

    /// The receiving half that this promises.
    pub(crate) fn receiver(&self) -> Rcv {
        let scale = self.scale.unwrap_or(WindowScale::NONE);
        Rcv::new(self.limit, self.window, self.mss, scale)
    }
}

/// Most bytes that are held for the program: half of SO_RCVBUF or `tcp_rmem`, whose other half is
/// for what holds them.
pub(crate) fn receive_limit(settings: &Settings, options: &SocketOptions) -> u32 {
    let [least, usual, _] = settings.rmem;
    options.rcvbuf.map_or(usual, |rcvbuf| rcvbuf.max(least)) / 2
}

/// TCP_WINDOW_CLAMP, if set.
pub(crate) fn window_clamp(options: &SocketOptions) -> Option<u32> {
    (options.window_clamp > 0).then_some(options.window_clamp)
}

/// The window that a SYN promises: as many full segments of `mss` bytes as there is room for.
pub(crate) fn first_window(limit: u32, options: &SocketOptions, mss: u16) -> u32 {
    let room = limit
        .min(window_clamp(options).unwrap_or(u32::MAX))
        .min(LARGEST);
    let mss = u32::from(mss.max(1));
    if room > mss { room - room % mss } else { room }
}

/// What a segment may carry, options counted: what the way takes (`path`), and what the ends do
/// (`clamp`); but never less than `tcp_min_snd_mss`.
pub(crate) fn fitting(settings: &Settings, path: u16, clamp: u16) -> u16 {
    let least = u16::try_from(settings.min_snd_mss).unwrap_or(u16::MAX);
    path.min(clamp).max(least)
}

/// What the peer takes by its SYN, or `default` if that does not say (RFC 9293 §3.7.1).
pub(crate) fn peer_takes(peer: &Options, default: u16) -> u16 {
    peer.mss.filter(|mss| *mss > 0).unwrap_or(default)
}

/// TCP_MAXSEG, or no bound.
pub(crate) fn most_of(options: &SocketOptions) -> u16 {
    options.maxseg.unwrap_or(u16::MAX)
}

/// The peer's shift, if both ends offer scaling (RFC 7323 §2.2).
pub(crate) fn agreed_scale(offered: bool, peer: &Options) -> Option<WindowScale> {
    peer.window_scale
        .filter(|_| offered)
        .map(WindowScale::from_option)
}

/// The options of a SYN.
pub(crate) fn syn_options(
    mss: u16,
    scale: Option<WindowScale>,
    sack_permitted: bool,
    timestamps: Option<Timestamps>,
) -> Options {
    Options {
        mss: Some(mss),
        window_scale: scale.map(WindowScale::shift),
        sack_permitted,
        timestamps,
        ..Options::default()
    }
}
