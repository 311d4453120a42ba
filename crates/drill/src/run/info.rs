//! `TCP_INFO` under its Linux names.

use stack::TcpInfo;

use super::calls::socket_behind;
use super::machine::Machine;
use super::{Step, Stop};
use crate::code::Values;

impl Machine<'_> {
    /// What code may ask of the socket under test, as it now is.
    pub(super) fn values(&self) -> Step<Values> {
        let fd = self.under_test.and_then(|index| self.flows[index].fd);
        let id = fd.and_then(|fd| socket_behind(&self.fds, fd));
        let info = id.and_then(|id| self.world.stack.tcp_info(id).ok());
        Ok::<_, Stop>(info.map(|info| values(&info)).unwrap_or_default())
    }
}

/// Linux's names; times in microseconds, windows in segments, as `struct tcp_info` has them.
fn values(info: &TcpInfo) -> Values {
    let mss = i128::from(info.snd_mss.max(1));
    let segments = |bytes: u32| (i128::from(bytes) + mss - 1) / mss;
    let ssthresh = if info.ssthresh >= 0x7fff_ffff {
        0x7fff_ffff
    } else {
        i128::from(info.ssthresh) / mss
    };
    let rows = [
        ("tcpi_state", state(info)),
        ("tcpi_rtt", info.srtt.as_micros().into()),
        ("tcpi_rttvar", info.rttvar.as_micros().into()),
        ("tcpi_rto", info.rto.as_micros().into()),
        ("tcpi_snd_cwnd", i128::from(info.cwnd) / mss),
        ("tcpi_snd_ssthresh", ssthresh),
        ("tcpi_unacked", segments(info.in_flight)),
        ("tcpi_snd_mss", mss),
        ("tcpi_rcv_mss", info.rcv_mss.into()),
        ("tcpi_snd_wnd", info.snd_wnd.into()),
        ("tcpi_rcv_wnd", info.rcv_wnd.into()),
        ("tcpi_snd_wscale", info.snd_wscale.into()),
        ("tcpi_rcv_wscale", info.rcv_wscale.into()),
        ("tcpi_backoff", info.backoff.into()),
        ("tcpi_probes", info.probes.into()),
        ("tcpi_total_retrans", info.total_retrans.into()),
    ];
    rows.into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Linux's number of a state.
fn state(info: &TcpInfo) -> i128 {
    let number = crate::symbols::number(match format!("{:?}", info.state).as_str() {
        "Established" => "TCP_ESTABLISHED",
        "SynSent" => "TCP_SYN_SENT",
        "SynReceived" => "TCP_SYN_RECV",
        "FinWait1" => "TCP_FIN_WAIT1",
        "FinWait2" => "TCP_FIN_WAIT2",
        "TimeWait" => "TCP_TIME_WAIT",
        "CloseWait" => "TCP_CLOSE_WAIT",
        "LastAck" => "TCP_LAST_ACK",
        "Closing" => "TCP_CLOSING",
        "Listen" => "TCP_LISTEN",
        _ => "TCP_CLOSE",
    });
    number.unwrap_or_default().into()
}
