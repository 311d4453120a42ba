//! Who waits for which socket.

use std::collections::HashMap;
use std::sync::Arc;
use std::task::Waker;

use host::PollFd;
use host::driver::{Notify, Woken};
use slab::Slab;
use stack::{Event, Readiness, SocketId, Stack};

use crate::socket::Direction;

/// Those who wait for the sockets of one stack. Lives behind the stack's lock: "nothing there" and
/// "wake me" are one step.
#[derive(Debug, Default)]
pub(crate) struct Wakers {
    /// Only sockets that somebody waits for, or waited for before.
    sockets: HashMap<SocketId, Waiting>,
    /// Sockets that were closed and whose last event is waited for (SO_LINGER).
    lingering: HashMap<SocketId, Waker>,
    /// How many sockets have a descriptor.
    descriptors: usize,
    /// Those who wait for the interfaces to change.
    links: Vec<Waker>,
}

/// Those who wait for one socket.
#[derive(Debug, Default)]
struct Waiting {
    /// By direction, the task that polled last.
    tasks: [Option<Waker>; 2],
    /// Futures and threads, any number; the waker is gone once it was woken.
    others: Slab<(Direction, Option<Waker>)>,
    /// The descriptor that programs poll, and by direction whether it is ready.
    descriptor: Option<(Arc<PollFd>, [bool; 2])>,
}

/// One of those who wait for a socket, to be [forgotten](Wakers::forget).
#[derive(Clone, Copy, Debug)]
pub(crate) struct WaitKey(usize);

impl Wakers {
    /// Wakes `waker`, and nobody that was named here before, when `socket` may be ready.
    pub(crate) fn wake_task(&mut self, socket: SocketId, direction: Direction, waker: &Waker) {
        let waiting = self.sockets.entry(socket).or_default();
        match &mut waiting.tasks[direction as usize] {
            Some(old) => old.clone_from(waker),
            empty => *empty = Some(waker.clone()),
        }
    }

    /// Wakes `waker` as well when `socket` may be ready. `key` is where the caller keeps its place.
    pub(crate) fn wake_also(
        &mut self,
        socket: SocketId,
        direction: Direction,
        waker: &Waker,
        key: &mut Option<WaitKey>,
    ) {
        let waiting = self.sockets.entry(socket).or_default();
        match key.and_then(|key| waiting.others.get_mut(key.0)) {
            Some((_, Some(old))) => old.clone_from(waker),
            Some((_, woken)) => *woken = Some(waker.clone()),
            None => {
                let place = waiting.others.insert((direction, Some(waker.clone())));
                *key = Some(WaitKey(place));
            }
        }
    }

    /// Forgets one who waited.
    pub(crate) fn forget(&mut self, socket: SocketId, key: WaitKey) {
        if let Some(waiting) = self.sockets.get_mut(&socket) {
            waiting.others.try_remove(key.0);
        }
    }

    /// Keeps `descriptor` readable and writable exactly while `socket` is.
    pub(crate) fn keep_descriptor(
        &mut self,
        stack: &Stack,
        socket: SocketId,
        descriptor: Arc<PollFd>,
    ) {
        let waiting = self.sockets.entry(socket).or_default();
        if waiting
            .descriptor
            .replace((descriptor, [false, true]))
            .is_none()
        {
            self.descriptors += 1;
        }
        self.refresh(stack, socket);
    }

    /// Something was done to `socket`: its descriptor may have to change.
    pub(crate) fn refresh(&mut self, stack: &Stack, socket: SocketId) {
        if self.descriptors > 0
            && let Some(waiting) = self.sockets.get_mut(&socket)
        {
            waiting.show(stack.readiness(socket));
        }
    }

    /// `socket` is being closed.
    pub(crate) fn remove(&mut self, socket: SocketId) {
        if let Some(waiting) = self.sockets.remove(&socket) {
            self.descriptors -= usize::from(waiting.descriptor.is_some());
        }
    }

    /// Wakes `waker` at the last event of `socket`, which was closed.
    pub(crate) fn wake_at_end(&mut self, socket: SocketId, waker: Waker) {
        self.lingering.insert(socket, waker);
    }

    /// Wakes `waker` when the interfaces change.
    pub(crate) fn wake_at_links(&mut self, stack: &mut Stack, waker: &Waker) {
        stack.watch_links();
        // Who gave up waiting was not forgotten: its place is taken by the next of its task.
        if !self.links.iter().any(|other| other.will_wake(waker)) {
            self.links.push(waker.clone());
        }
    }

    /// Whether the last event of `socket` is still to come.
    pub(crate) fn lingers(&self, socket: SocketId) -> bool {
        self.lingering.contains_key(&socket)
    }

    /// Nothing will ever come of any socket: gives all who wait, in the order of their sockets.
    pub(crate) fn give_up(self, woken: &mut Woken) {
        let mut sockets: Vec<_> = self.sockets.into_iter().collect();
        sockets.sort_by_key(|(id, _)| *id);
        for (_, waiting) in sockets {
            woken.extend(waiting.tasks.into_iter().flatten());
            let others = waiting.others.into_iter();
            woken.extend(others.filter_map(|(_, (_, waker))| waker));
        }
        let mut lingering: Vec<_> = self.lingering.into_iter().collect();
        lingering.sort_by_key(|(id, _)| *id);
        woken.extend(lingering.into_iter().map(|(_, waker)| waker));
        woken.extend(self.links);
    }

    /// Waits for the last event of `socket` no longer.
    pub(crate) fn forget_end(&mut self, socket: SocketId) {
        self.lingering.remove(&socket);
    }
}

impl Wakers {
    /// `event` came: gives who is to be woken.
    pub(crate) fn notify(&mut self, stack: &Stack, event: Event, woken: &mut Woken) {
        let socket = match event {
            Event::Socket(socket) => socket,
            Event::Links => return woken.extend(self.links.drain(..)),
        };
        if let Some(waiting) = self.sockets.get_mut(&socket) {
            waiting.notify(stack.readiness(socket), woken);
        } else if let Some(waker) = self.lingering.remove(&socket) {
            woken.push(waker);
        }
    }
}

impl Notify for Wakers {
    fn collect(&mut self, stack: &mut Stack, woken: &mut Woken) {
        while let Some(event) = stack.poll_event() {
            self.notify(stack, event, woken);
        }
    }
}

impl Waiting {
    fn notify(&mut self, readiness: Readiness, woken: &mut Woken) {
        for direction in [Direction::Receive, Direction::Send] {
            let mut wakes = may_go_on(direction);
            if direction == Direction::Receive {
                // No `recv` goes on for that, but poll does.
                wakes |= Readiness::PRIORITY;
            }
            if !readiness.intersects(wakes) {
                continue;
            }
            woken.extend(self.tasks[direction as usize].take());
            for (_, (waits_for, waker)) in &mut self.others {
                if *waits_for == direction {
                    woken.extend(waker.take());
                }
            }
        }
        self.show(readiness);
    }

    fn show(&mut self, readiness: Readiness) {
        let Some((descriptor, shown)) = &mut self.descriptor else {
            return;
        };
        let ready = |direction| readiness.intersects(may_go_on(direction));
        let readable = ready(Direction::Receive);
        if readable != shown[0] {
            descriptor.set_readable(readable);
        }
        let writable = ready(Direction::Send);
        if writable != shown[1] {
            descriptor.set_writable(writable);
        }
        *shown = [readable, writable];
    }
}

/// What lets a call in a direction do something other than wait.
pub(crate) const fn may_go_on(direction: Direction) -> Readiness {
    let always = Readiness::ERROR.union(Readiness::HANGUP);
    match direction {
        Direction::Receive => always
            .union(Readiness::READABLE)
            .union(Readiness::READ_CLOSED),
        Direction::Send => always.union(Readiness::WRITABLE),
    }
}
