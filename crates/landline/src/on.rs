//! How a call reaches the network that its socket is on.

/// A thing that exists once for each network: the socket, listener or half that does the work.
///
/// A network's things have the method names of the kernel's, so that most calls are passed on by
/// [`each!`] without looking at which arm it is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum On<K, S> {
    /// On the kernel's network.
    Kernel(K),
    /// On a stack of ours.
    Stack(S),
}

/// Evaluates `$call` with `$thing` bound to what the arm of `$on` holds.
macro_rules! each {
    ($on:expr, $thing:ident => $call:expr) => {
        match $on {
            $crate::on::On::Kernel($thing) => $call,
            $crate::on::On::Stack($thing) => $call,
        }
    };
}
