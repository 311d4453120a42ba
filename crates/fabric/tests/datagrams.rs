//! UDP in bad weather: a datagram arrives whole or not at all, however many fragments it was.

mod world;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use base::{Duration, Instant, Rng};
use fabric::{
    Channel, Corrupt, Delay, Direction, Duplicate, Fabric, HostId, Limit, Loss, Rate, Reorder,
};
use stack::{Address, Errno, Family, Kind, RecvFlags, SocketId};
use world::lans::Lans;
use world::programs::family;

/// Both, so that nothing is done to one alone.
const FAMILIES: [Family; 2] = [Family::Inet, Family::Inet6];

fn bound(net: &mut Fabric, host: HostId, address: SocketAddr) -> (SocketId, Address) {
    let stack = net.stack_mut(host);
    let socket = stack.socket(family(address), Kind::Datagram);
    let socket = socket.unwrap_or_else(|e| panic!("socket: {e}"));
    assert_eq!(stack.bind(socket, &address.into()), Ok(()));
    (socket, address.into())
}

/// Sends a hundred datagrams of up to `longest` bytes, each beginning with its number, and says how many of
/// which number arrived. What arrives must be what was sent.
fn send_hundred(family: Family, seed: u64, longest: u64, channel: &Channel) -> BTreeMap<u16, u32> {
    let mut rng = Rng::seeded(seed);
    let mut lans = Lans::new(seed, Channel::with_rate(Rate::gbit(1)));
    let [(sender, ten), (receiver, eleven)] = lans.two(family);
    lans.net
        .set_channel(lans.cables[2], Direction::There, channel.clone());
    let net = &mut lans.net;
    let (from, from_address) = bound(net, sender, (ten, 1000).into());
    let (to, to_address) = bound(net, receiver, (eleven, 2000).into());

    let mut sent = Vec::new();
    let mut arrived = BTreeMap::new();
    let mut buffer = vec![0; 65_536];
    for n in 0..100u16 {
        let mut data = vec![0; 2 + rng.below(longest - 1) as usize];
        rng.fill(&mut data);
        data[..2].copy_from_slice(&n.to_be_bytes());
        let now = net.now();
        let taken = net.stack_mut(sender).send_to(now, from, &data, &to_address);
        assert_eq!(taken, Ok(data.len()));
        sent.push(data);
        let until = now + Duration::from_millis(100);
        net.advance_to(until);
        loop {
            let stack = net.stack_mut(receiver);
            match stack.recv_from(until, to, &mut buffer, RecvFlags::empty()) {
                Ok(got) => {
                    let right = got.from.as_ref() == Some(&from_address);
                    assert!(right, "{family:?}, seed {seed}: from {:?}", got.from);
                    let number = u16::from_be_bytes([buffer[0], buffer[1]]);
                    let expected = sent.get(usize::from(number)).map(Vec::as_slice);
                    let right = Some(&buffer[..got.len]) == expected;
                    assert!(
                        right,
                        "{family:?}, seed {seed}: datagram {number} is not what was sent"
                    );
                    *arrived.entry(number).or_default() += 1;
                }
                Err(error) => {
                    assert_eq!(error, Errno::EAGAIN);
                    break;
                }
            }
        }
    }
    arrived
}

#[test]
fn in_fine_weather_all_arrive_once() {
    for family in FAMILIES {
        let arrived = send_hundred(family, 1, 65_507, &Channel::with_rate(Rate::gbit(1)));
        assert_eq!(arrived.len(), 100);
        assert!(arrived.values().all(|times| *times == 1));
    }
}

fn weather() -> Channel {
    Channel {
        rate: Some(Rate::mbit(50)),
        delay: Delay {
            time: Duration::from_millis(5),
            jitter: Duration::from_millis(5),
            ..Delay::NONE
        },
        loss: Loss::Random(0.1),
        duplicate: Duplicate(0.1),
        reorder: Reorder::random(0.1),
        queue: Limit::Packets(100),
        ..Channel::PERFECT
    }
}

#[test]
fn whole_or_not_at_all() {
    for family in FAMILIES {
        let arrived: usize = (0..50)
            .map(|seed| send_hundred(family, seed, 9_000, &weather()).len())
            .sum();
        // Of n fragments all must come through: 0.9^n, for n from 1 to 6 on average 0.70. Copies do
        // not help, since a frame is lost before it is doubled.
        assert!(
            (3_300..3_800).contains(&arrived),
            "{family:?}: {arrived} of 5,000 arrived"
        );
    }
}

#[test]
fn a_flipped_bit_is_found() {
    // In one piece: flips in two fragments of one datagram may undo each other in its checksum.
    let channel = Channel {
        corrupt: Corrupt(0.2),
        ..weather()
    };
    for family in FAMILIES {
        // The longest that is not cut has 20 bytes less over IPv6.
        let longest = if family == Family::Inet { 1_472 } else { 1_452 };
        let arrived: usize = (0..50)
            .map(|seed| send_hundred(family, seed, longest, &channel).len())
            .sum();
        // 0.9 × 0.8 are 0.72; a flip in the sender's MAC address does no harm.
        assert!(
            (3_500..3_900).contains(&arrived),
            "{family:?}: {arrived} of 5,000 arrived"
        );
    }
}

#[test]
fn what_never_becomes_whole_is_forgotten() {
    for family in FAMILIES {
        let mut lans = Lans::new(1, Channel::with_rate(Rate::gbit(1)));
        let [(sender, ten), (receiver, eleven)] = lans.two(family);
        // Who is met with small ones, and what there is to say of groups said.
        let (from, _) = bound(&mut lans.net, sender, (ten, 1000).into());
        let (socket, to) = bound(&mut lans.net, receiver, (eleven, 2000).into());
        let sent = lans
            .net
            .stack_mut(sender)
            .send_to(Instant::ZERO, from, &[7], &to);
        assert_eq!(sent, Ok(1));
        lans.net.advance_to(Instant::from_secs(10));
        let before = lans.net.traffic(lans.cables[2], Direction::There).frames;
        let mut channel = Channel::with_rate(Rate::gbit(1));
        // The second fragment.
        channel.loss = Loss::Frames(vec![before + 1]);
        lans.net
            .set_channel(lans.cables[2], Direction::There, channel);
        let now = lans.net.now();
        let taken = lans
            .net
            .stack_mut(sender)
            .send_to(now, from, &[7; 4000], &to);
        assert_eq!(taken, Ok(4000));
        lans.net.advance_to(now + Duration::from_secs(61));
        let stack = lans.net.stack_mut(receiver);
        let drops = stack.drops();
        assert_eq!(
            drops.get(stack::DropReason::ReassemblyTimeout),
            1,
            "{family:?}"
        );
        let mut buffer = [0; 8];
        let now = now + Duration::from_secs(61);
        let got = stack.recv(now, socket, &mut buffer, RecvFlags::empty());
        assert_eq!(got, Ok(1), "{family:?}");
        let got = stack.recv(now, socket, &mut buffer, RecvFlags::empty());
        assert_eq!(got, Err(Errno::EAGAIN), "{family:?}");
    }
}
