//! What the public scripts' `defaults.sh` sets, known by its name.

use super::Ran;
use crate::run::world::World;

/// Its settings. Linux's own are mostly the same; the buffers, the start after a pause, ECN and
/// Fast Open are not.
pub(super) const SETTINGS: &[(&str, &str)] = &[
    ("net.ipv4.tcp_rmem", "4096 540000 15728640"),
    ("net.ipv4.tcp_wmem", "4096 262144 4194304"),
    ("net.ipv4.tcp_timestamps", "1"),
    ("net.ipv4.tcp_syn_retries", "5"),
    ("net.ipv4.tcp_synack_retries", "5"),
    ("net.ipv4.tcp_frto", "2"),
    ("net.ipv4.tcp_sack", "1"),
    ("net.ipv4.tcp_dsack", "1"),
    ("net.ipv4.tcp_reordering", "3"),
    ("net.ipv4.tcp_congestion_control", "cubic"),
    ("net.ipv4.tcp_slow_start_after_idle", "0"),
    ("net.ipv4.tcp_early_retrans", "4"),
    ("net.ipv4.tcp_recovery", "1"),
    ("net.ipv4.tcp_ecn", "0"),
    ("net.ipv4.tcp_ecn_option", "2"),
    ("net.ipv4.tcp_notsent_lowat", "4294967295"),
    ("net.ipv4.tcp_fastopen", "459779"),
    (
        "net.ipv4.tcp_fastopen_key",
        "a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4",
    ),
    ("net.ipv4.tcp_syncookies", "1"),
];

/// Sets them all. Those that the stack does not have stay as the stack is.
pub(super) fn run(world: &mut World) -> Ran {
    for (name, value) in SETTINGS {
        // A stack without a setting behaves as it behaves; whether that is as the setting says,
        // the script's packets show.
        let _ = world.stack.set_sysctl(name, value);
    }
    Ok(())
}

/// Whether a setting that the stack lacks is only told what `defaults.sh` tells it.
pub(super) fn is_default(name: &str, value: &str) -> bool {
    SETTINGS.contains(&(name, value))
}
