//! What sockets do, on whatever network they are: each function is a case that holds on all of
//! them. A test file of a network names its [`Place`] and runs every case there:
//!
//! ```ignore
//! mod suite;
//! every_case!(kernel);
//! fn kernel() -> suite::Place { … }
//! ```

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use landline::{Family, Lan, Network, Socket, Type};

pub(crate) mod hyper;
pub(crate) mod options;
pub(crate) mod tcp;
pub(crate) mod timeouts;
pub(crate) mod tokio;
pub(crate) mod udp;
pub(crate) mod unix;

/// Where the cases run: two hosts that reach each other, or one host twice.
pub(crate) struct Place {
    /// The network of the side that waits.
    pub(crate) server: Network,
    /// An address of that side, which the other one can reach.
    pub(crate) address: IpAddr,
    /// A broadcast address that both sides hear.
    pub(crate) broadcast: IpAddr,
    /// The network of the side that calls.
    pub(crate) client: Network,
    /// Whose virtual time it is there, if it is.
    pub(crate) lan: Option<Lan>,
}

impl Place {
    /// The server's address with a port that the network chooses.
    pub(crate) fn any_port(&self) -> SocketAddr {
        (self.address, 0).into()
    }

    pub(crate) fn family(&self) -> Family {
        match self.address {
            IpAddr::V4(_) => Family::Inet,
            IpAddr::V6(_) => Family::Inet6,
        }
    }

    /// Every address of the family, with a port that the network chooses.
    pub(crate) fn anywhere(&self) -> SocketAddr {
        let any = match self.family() {
            Family::Inet6 => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
            _ => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        };
        (any, 0).into()
    }

    /// Bytes of the largest datagram: 65,535 less UDP's header and IPv4's. IPv6's length does not
    /// count its own header (RFC 8200 §3).
    pub(crate) fn largest_datagram(&self) -> usize {
        match self.family() {
            Family::Inet6 => 65_535 - 8,
            _ => 65_535 - 8 - 20,
        }
    }

    /// A new stream socket of the server's side.
    pub(crate) fn server_stream(&self) -> Socket {
        Socket::new(&self.server, self.family(), Type::Stream).unwrap()
    }

    /// A new stream socket of the client's side.
    pub(crate) fn client_stream(&self) -> Socket {
        Socket::new(&self.client, self.family(), Type::Stream).unwrap()
    }

    /// A listener, and its address.
    pub(crate) fn listener(&self) -> (Socket, SocketAddr) {
        let listener = self.server_stream();
        listener.bind(self.any_port()).unwrap();
        listener.listen(5).unwrap();
        let address = ip(listener.getsockname().unwrap());
        (listener, address)
    }

    /// The two ends of a connection: the caller's and the callee's.
    pub(crate) fn connection(&self) -> (Socket, Socket) {
        let (listener, address) = self.listener();
        let caller = self.client_stream();
        caller.connect(address).unwrap();
        let (callee, _) = listener.accept().unwrap();
        (caller, callee)
    }

    /// A datagram socket of the server's side, bound, and its address.
    pub(crate) fn server_datagram(&self) -> (Socket, SocketAddr) {
        let socket = Socket::new(&self.server, self.family(), Type::Datagram).unwrap();
        socket.bind(self.any_port()).unwrap();
        let address = ip(socket.getsockname().unwrap());
        (socket, address)
    }

    /// A datagram socket of the client's side, unbound.
    pub(crate) fn client_datagram(&self) -> Socket {
        Socket::new(&self.client, self.family(), Type::Datagram).unwrap()
    }

    /// An address of the server's side where nobody answers, for as long as the socket that holds
    /// it lives: a stream one does not listen, and a datagram one hears somebody else alone.
    pub(crate) fn closed_port(&self, kind: Type) -> (Socket, SocketAddr) {
        let socket = Socket::new(&self.server, self.family(), kind).unwrap();
        socket.bind(self.any_port()).unwrap();
        let address = ip(socket.getsockname().unwrap());
        if kind == Type::Datagram {
            socket.connect(address).unwrap();
        }
        (socket, address)
    }
}

/// The IP address that it is.
pub(crate) fn ip(address: landline::Address) -> SocketAddr {
    address.as_ip().unwrap()
}

/// The number of the error that it is.
#[track_caller]
pub(crate) fn errno<T>(result: io::Result<T>) -> i32 {
    let Err(error) = result else {
        panic!("it succeeded");
    };
    error
        .raw_os_error()
        .unwrap_or_else(|| panic!("no errno: {error:?}"))
}

/// The kind of the error that it is.
#[track_caller]
pub(crate) fn kind<T>(result: io::Result<T>) -> io::ErrorKind {
    let Err(error) = result else {
        panic!("it succeeded");
    };
    error.kind()
}

/// Receives until the peer's end.
pub(crate) fn read_to_end(socket: &Socket) -> Vec<u8> {
    let mut all = Vec::new();
    io::Read::read_to_end(&mut &*socket, &mut all).unwrap();
    all
}

/// `length` bytes in which a lost, doubled or moved piece shows.
pub(crate) fn pattern(length: usize) -> Vec<u8> {
    (0_u32..).flat_map(u32::to_le_bytes).take(length).collect()
}

/// Makes a test of each case at the place that the function `$place` gives.
#[macro_export]
macro_rules! every_case {
    ($place:ident) => {
        $crate::cases!($place, tcp:
            a_call_and_its_names,
            connecting_to_nobody_is_refused,
            binding_twice_is_in_use,
            a_restart_beside_time_wait_needs_reuse_address,
            two_listeners_share_a_port_with_reuse_port,
            half_close_leaves_the_other_direction,
            sending_after_our_end_is_a_broken_pipe,
            linger_zero_resets_the_peer,
            closing_with_unread_data_resets_the_peer,
            sendall_outlasts_a_late_reader,
            send_takes_what_there_is_room_for,
            misuse_has_its_number,
            peek_takes_nothing,
            peek_waits_for_all,
            a_socket_closes_with_its_last_clone,
            a_file_reads_lines_and_outlives_its_socket,
            the_std_shape_carries_a_call,
            recvfrom_on_a_stream_names_the_peer,
        );
        $crate::cases!($place, udp:
            an_empty_datagram_arrives,
            the_largest_datagram_arrives_and_no_larger_one,
            a_short_buffer_loses_the_tail,
            a_connected_socket_hears_its_peer_alone,
            a_closed_port_refuses_the_connected,
            sending_to_nobody_needs_an_address,
            broadcast_needs_permission,
            peek_takes_nothing,
            the_std_shape_carries_datagrams,
        );
        $crate::cases!($place, timeouts:
            the_modes_and_what_gettimeout_says,
            receiving_times_out_and_works_afterwards,
            accepting_times_out,
            sending_times_out,
            connecting_times_out,
            not_blocking_would_block,
            connecting_without_blocking,
            the_std_shape_has_two_time_outs,
            connect_timeout_leaves_no_limit_behind,
            datagrams_time_out,
        );
        $crate::cases!($place, options:
            a_stream_has_linuxs_defaults,
            flags_are_set_and_read_both_ways,
            keepalive_has_its_timings,
            buffers_are_at_least_what_was_asked_for,
            linger_is_in_whole_seconds_rounded_up,
            a_user_timeout_is_in_milliseconds,
            ttl_has_its_range,
            maxseg_is_kept,
            options_of_other_protocols_are_refused,
            a_refusal_is_told_once,
            the_type_is_told,
            every_shape_has_them,
        );
        $crate::cases!($place, unix:
            a_stream_at_a_path,
            a_path_in_use_and_a_path_of_nobody,
            an_autobound_client_is_answered,
            an_unbound_client_cannot_be_answered,
            an_abstract_name_leaves_nothing_behind,
            names_that_cannot_be,
            a_pair_is_connected,
            the_std_shapes,
        );
        $crate::every_async_case!($place);
    };
}

/// Makes a test of each case that waits on tasks alone, never on a thread.
#[macro_export]
macro_rules! every_async_case {
    ($place:ident) => {
        $crate::cases!($place, tokio:
            a_call,
            halves_and_their_ends,
            readiness_and_trying,
            refused_and_in_use,
            datagrams,
            a_pending_error_is_taken_once,
            unix_streams,
            unix_datagrams,
            to_and_from_std,
            the_networks_clock,
        );
        $crate::cases!($place, hyper:
            a_server_answers_a_client,
        );
    };
}

/// Makes a test of each case of one module.
#[macro_export]
macro_rules! cases {
    ($place:ident, $module:ident: $($case:ident),+ $(,)?) => {
        mod $module {
            $(
                #[test]
                fn $case() {
                    $crate::suite::$module::$case(&super::$place());
                }
            )+
        }
    };
}
