//! The same calls on the kernel's sockets and on our stack's, and the same answers.
//!
//! A case makes calls at a [`Place`] and notes each answer under a label. It runs on the kernel's
//! loopback and on that of a host of ours, and the two logs must be equal line by line, but for what
//! [`except::DIFFERENCES`] names with its reason. What stands there must differ: a line that has
//! become equal has to go from the table. [`except::UNSURE`] names what kernels themselves differ in.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "parity/binding.rs"]
mod binding;
#[path = "parity/datagrams.rs"]
mod datagrams;
#[path = "parity/errors.rs"]
mod errors;
#[path = "parity/except.rs"]
mod except;
#[path = "parity/groups.rs"]
mod groups;
#[path = "parity/headers.rs"]
mod headers;
#[path = "parity/messages.rs"]
mod messages;
#[path = "parity/options.rs"]
mod options;
#[path = "parity/peeking.rs"]
mod peeking;
#[path = "parity/place.rs"]
mod place;
#[path = "parity/states.rs"]
mod states;
#[path = "parity/streams.rs"]
mod streams;
#[path = "parity/together.rs"]
mod together;
#[path = "parity/urgent.rs"]
mod urgent;

use place::{Case, compare};

macro_rules! cases {
    ($($module:ident: $($case:ident),+ $(,)?;)+) => {$(
        mod $module {
            $(
                #[test]
                fn $case() {
                    super::compare(concat!(stringify!($module), "::", stringify!($case)), super::cases::$module::$case);
                }
            )+
        }
    )+};
}

/// The cases under their own names, beside the tests of the same names.
mod cases {
    pub(crate) use crate::{
        binding, datagrams, errors, groups, headers, messages, options, peeking, states, streams,
        together, urgent,
    };
}

mod on_both {
    use super::{cases, compare};
    const _: fn(&str, super::Case) = compare;
    cases! {
        states: of_streams, of_datagrams;
        options: of_ipv6, of_devices, of_fresh_streams, of_listeners, of_connections, of_datagrams;
        binding: streams, stream_listeners, datagrams, names, ephemeral;
        streams:
            refused_and_again,
            half_close,
            after_the_end,
            linger_zero,
            unread_data_resets,
            nothing_and_zero_bytes,
            peeking_and_discarding,
            waiting_for_all,
            peeking_for_all,
            low_water,
            low_water_waits,
            the_backlog,
            a_caller_that_is_gone,
            disconnecting,
            errors_are_told_once,
            queues;
        urgent:
            one_byte,
            at_the_mark,
            in_line,
            alone,
            several,
            peeked_and_passed,
            waited_for,
            switched,
            at_the_end,
            elsewhere;
        messages: received, sent, streams, fast_open;
        headers: lists, sent, of_ipv6;
        peeking: datagrams, streams, of_one_host;
        together: listeners, receivers, datagrams, unsent, waiting, info;
        groups: settings, of_both_families, interfaces, members_of_ipv4, sources_of_ipv4, members_of_ipv6, of_either_family;
        errors: of_datagrams, of_a_socket_of_both, of_this_host, of_streams;
        datagrams:
            sizes,
            connected,
            refused,
            shutting_down,
            short_buffers,
            disconnecting,
            queues, too_long;
    }
}
