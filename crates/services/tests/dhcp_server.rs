//! The DHCP server as RFC 2131 §4.3 has it, message by message.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

use std::net::Ipv4Addr;
use std::time::Duration;

use landline::{Instant, MacAddr};
use services::dhcp::server::{Act, Ignored, To};
use services::dhcp::{News, Pool, PoolError, Refusal, Server};
use wire::dhcp::{Kind, Message, options as code};

const SERVER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const T0: Instant = Instant::from_secs(1000);

fn ip(text: &str) -> Ipv4Addr {
    text.parse().unwrap()
}

fn mac(last: u8) -> MacAddr {
    MacAddr([2, 0, 0, 0, 0, last])
}

fn pool() -> Pool {
    let mut pool = Pool::new(
        "10.0.0.0/24".parse().unwrap(),
        "10.0.0.100-10.0.0.102".parse().unwrap(),
    );
    pool.routers = vec![SERVER];
    pool.dns = vec![ip("10.0.0.53")];
    pool.domain = Some("lab".into());
    pool
}

fn server() -> Server {
    Server::new(SERVER, vec![pool()], false)
}

fn message(kind: Kind, client: u8) -> Message {
    let mut message = Message::request(u32::from(client), mac(client));
    message.options.set(code::MESSAGE_TYPE, [kind.number()]);
    message
}

fn request(client: u8, wish: &str, server: Option<Ipv4Addr>) -> Message {
    let mut message = message(Kind::Request, client);
    message
        .options
        .set_addresses(code::REQUESTED_ADDRESS, &[ip(wish)]);
    if let Some(server) = server {
        message.options.set_addresses(code::SERVER_ID, &[server]);
    }
    message
}

fn renew(client: u8, own: &str) -> Message {
    Message {
        ciaddr: ip(own),
        ..message(Kind::Request, client)
    }
}

fn hear(server: &mut Server, at: Instant, message: &Message) -> Vec<Act> {
    let mut bytes = vec![0; message.header_len()];
    message.emit(&mut bytes);
    server.receive(at, &bytes)
}

/// The one answer among what is to be done, and where it goes.
fn answer(acts: &[Act]) -> (To, Message) {
    let mut sent = acts.iter().filter_map(|act| match act {
        Act::Send { to, bytes } => Some((*to, Message::parse(bytes).unwrap().0)),
        _ => None,
    });
    let answer = sent.next().unwrap_or_else(|| panic!("no answer: {acts:?}"));
    assert!(sent.next().is_none());
    answer
}

fn ask(server: &mut Server, at: Instant, message: &Message) -> Message {
    answer(&hear(server, at, message)).1
}

/// A client goes all the way; gives its address.
fn lease(server: &mut Server, at: Instant, client: u8) -> Ipv4Addr {
    let offer = ask(server, at, &message(Kind::Discover, client));
    assert_eq!(offer.kind(), Some(Kind::Offer));
    let ack = ask(
        server,
        at,
        &request(client, &offer.yiaddr.to_string(), Some(SERVER)),
    );
    assert_eq!((ack.kind(), ack.yiaddr), (Some(Kind::Ack), offer.yiaddr));
    ack.yiaddr
}

fn secs(at: Instant, seconds: u64) -> Instant {
    at + Duration::from_secs(seconds).into()
}

#[test]
fn an_address_is_offered_and_given_with_what_goes_with_it() {
    let mut server = server();
    let mut discover = message(Kind::Discover, 1);
    discover.options.set(code::CLIENT_ID, [1, 2, 0, 0, 0, 0, 1]);
    discover.options.set(code::PARAMETERS, [1, 3, 6, 15]);
    let (to, offer) = answer(&hear(&mut server, T0, &discover));
    assert_eq!(to, To::Card(mac(1), "10.0.0.100:68".parse().unwrap()));
    assert_eq!((offer.kind(), offer.xid), (Some(Kind::Offer), 1));
    assert_eq!(offer.yiaddr, ip("10.0.0.100"));
    let options = &offer.options;
    assert_eq!(options.address(code::SERVER_ID), Some(SERVER));
    assert_eq!(
        options.address(code::SUBNET_MASK),
        Some(ip("255.255.255.0"))
    );
    assert_eq!(options.addresses(code::ROUTER), [SERVER]);
    assert_eq!(options.addresses(code::DNS), [ip("10.0.0.53")]);
    assert_eq!(options.text(code::DOMAIN), Some("lab"));
    // RFC 2131 §4.4.5: half, and seven eighths, of an hour.
    let times = [code::LEASE_TIME, code::RENEWAL_TIME, code::REBINDING_TIME];
    let times = times.map(|code| options.number32(code));
    assert_eq!(times, [Some(3600), Some(1800), Some(3150)]);
    // RFC 6842 §3.
    assert_eq!(
        options.get(code::CLIENT_ID),
        Some(&[1, 2, 0, 0, 0, 0, 1][..])
    );
    // Not asked for: the broadcast address.
    assert_eq!(options.get(code::BROADCAST_ADDRESS), None);

    let mut wanted = request(1, "10.0.0.100", Some(SERVER));
    wanted.options.set(code::CLIENT_ID, [1, 2, 0, 0, 0, 0, 1]);
    let ack = ask(&mut server, T0, &wanted);
    assert_eq!(
        (ack.kind(), ack.yiaddr),
        (Some(Kind::Ack), ip("10.0.0.100"))
    );
    let leases: Vec<_> = server.leases(T0).collect();
    let id = [1, 2, 0, 0, 0, 0, 1];
    assert_eq!(leases, [(ip("10.0.0.100"), secs(T0, 3600), &id[..])]);
    assert_eq!(server.leases(secs(T0, 3600)).count(), 0);
}

#[test]
fn a_client_keeps_its_address_and_gets_it_back() {
    let mut server = server();
    assert_eq!(lease(&mut server, T0, 1), ip("10.0.0.100"));
    assert_eq!(lease(&mut server, T0, 2), ip("10.0.0.101"));
    // RENEWING: by its own address, answered there (§4.3.2).
    let (to, ack) = answer(&hear(&mut server, secs(T0, 1800), &renew(1, "10.0.0.100")));
    assert_eq!(to, To::Address("10.0.0.100:68".parse().unwrap()));
    assert_eq!(
        (ack.ciaddr, ack.yiaddr),
        (ip("10.0.0.100"), ip("10.0.0.100"))
    );
    // A day later all leases are over, and everybody has what he had (§4.3.1).
    let later = secs(T0, 86_400);
    assert_eq!(lease(&mut server, later, 2), ip("10.0.0.101"));
    assert_eq!(lease(&mut server, later, 3), ip("10.0.0.102"));
    assert_eq!(lease(&mut server, later, 1), ip("10.0.0.100"));
    // There are no more; of those that are over the oldest goes first.
    let acts = hear(&mut server, later, &message(Kind::Discover, 4));
    let exhausted = News::Exhausted {
        client: mac(4).to_string(),
    };
    assert_eq!(acts, [Act::Tell(exhausted)]);
    assert_eq!(server.ignored().get(&Ignored::Exhausted), Some(&1));
    let ack = ask(&mut server, secs(later, 60), &renew(2, "10.0.0.101"));
    assert_eq!(ack.kind(), Some(Kind::Ack));
    assert_eq!(lease(&mut server, secs(later, 3600), 4), ip("10.0.0.100"));
}

#[test]
fn wrong_addresses_are_refused_and_unknown_clients_are_not() {
    let mut server = server();
    lease(&mut server, T0, 1);
    lease(&mut server, T0, 2);
    let mut nak = |message: &Message, why: Refusal| {
        let acts = hear(&mut server, T0, message);
        let (to, nak) = answer(&acts);
        // §4.1: to all, whatever the client's address.
        assert_eq!((to, nak.kind()), (To::All, Some(Kind::Nak)));
        assert_eq!(nak.yiaddr, Ipv4Addr::UNSPECIFIED);
        assert_eq!(nak.options.address(code::SERVER_ID), Some(SERVER));
        assert!(nak.options.get(code::LEASE_TIME).is_none());
        let told =
            |act: &Act| matches!(act, Act::Tell(News::Refused { why: it, .. }) if *it == why);
        assert!(acts.iter().any(told), "{acts:?}");
    };
    // INIT-REBOOT on another network; known with another address (§4.3.2).
    nak(&request(1, "192.168.0.7", None), Refusal::WrongNetwork);
    nak(&request(1, "10.0.0.102", None), Refusal::Taken);
    // The other's, in each state.
    nak(&request(1, "10.0.0.101", Some(SERVER)), Refusal::Taken);
    nak(&renew(1, "10.0.0.101"), Refusal::Taken);
    nak(&renew(9, "10.0.0.7"), Refusal::NotInPool);
    // INIT-REBOOT of a client that is unknown: silence (§4.3.2).
    assert_eq!(hear(&mut server, T0, &request(9, "10.0.0.102", None)), []);
    assert_eq!(server.ignored().get(&Ignored::UnknownClient), Some(&1));
    // INIT-REBOOT with what it has.
    let ack = ask(&mut server, T0, &request(1, "10.0.0.100", None));
    assert_eq!(
        (ack.kind(), ack.yiaddr),
        (Some(Kind::Ack), ip("10.0.0.100"))
    );
    // A server that lost its memory takes over what its clients say they have.
    let mut reborn = self::server();
    let ack = ask(&mut reborn, T0, &renew(1, "10.0.0.101"));
    assert_eq!(ack.kind(), Some(Kind::Ack));
    assert_eq!(lease(&mut reborn, T0, 2), ip("10.0.0.100"));
}

#[test]
fn an_offer_that_is_not_taken_is_free_again() {
    let mut server = server();
    for client in 1..=3 {
        ask(&mut server, T0, &message(Kind::Discover, client));
    }
    // Kept for a minute, and for its client longer.
    assert_eq!(
        hear(&mut server, secs(T0, 59), &message(Kind::Discover, 4)).len(),
        1
    );
    // The second took another server's.
    let elsewhere = request(2, "10.0.0.7", Some(ip("10.0.0.2")));
    assert_eq!(hear(&mut server, T0, &elsewhere), []);
    assert_eq!(server.ignored().get(&Ignored::OtherServer), Some(&1));
    assert_eq!(lease(&mut server, secs(T0, 1), 4), ip("10.0.0.101"));
    assert_eq!(lease(&mut server, secs(T0, 60), 5), ip("10.0.0.100"));
}

#[test]
fn addresses_are_given_back_and_declined() {
    let mut server = server();
    lease(&mut server, T0, 1);
    let mut release = renew(1, "10.0.0.100");
    release
        .options
        .set(code::MESSAGE_TYPE, [Kind::Release.number()]);
    // Without the server's name it is for nobody; from another it is no good.
    assert_eq!(hear(&mut server, T0, &release), []);
    release.options.set_addresses(code::SERVER_ID, &[SERVER]);
    let mut others = release.clone();
    others.chaddr[5] = 9;
    assert_eq!(hear(&mut server, T0, &others), []);
    assert_eq!(server.ignored().get(&Ignored::NotTheirs), Some(&1));
    let (client, address) = (mac(1).to_string(), ip("10.0.0.100"));
    let told = [Act::Tell(News::Released { client, address })];
    assert_eq!(hear(&mut server, T0, &release), told);
    assert_eq!(server.leases(T0).count(), 0);

    lease(&mut server, T0, 1);
    let mut decline = request(1, "10.0.0.100", Some(SERVER));
    decline
        .options
        .set(code::MESSAGE_TYPE, [Kind::Decline.number()]);
    let client = Some(mac(1).to_string());
    let told = [Act::Tell(News::InUse { address, client })];
    assert_eq!(hear(&mut server, T0, &decline), told);
    // Nobody gets it, its client neither, for an hour.
    assert_eq!(lease(&mut server, T0, 1), ip("10.0.0.101"));
    assert_eq!(lease(&mut server, T0, 2), ip("10.0.0.102"));
    assert_eq!(
        hear(&mut server, secs(T0, 3599), &message(Kind::Discover, 3)).len(),
        1
    );
    assert_eq!(lease(&mut server, secs(T0, 3600), 3), ip("10.0.0.100"));
}

#[test]
fn what_somebody_answers_at_is_not_offered() {
    let mut server = Server::new(SERVER, vec![pool()], true);
    let discover = message(Kind::Discover, 1);
    let acts = hear(&mut server, T0, &discover);
    assert_eq!(acts, [Act::Probe(ip("10.0.0.100"))]);
    // Asked again meanwhile it is not asked about twice.
    assert_eq!(hear(&mut server, T0, &discover), []);
    assert_eq!(server.ignored().get(&Ignored::Again), Some(&1));
    let acts = server.probed(T0, ip("10.0.0.100"), true);
    let (address, client) = (ip("10.0.0.100"), None);
    let in_use = Act::Tell(News::InUse { address, client });
    assert_eq!(acts, [in_use, Act::Probe(ip("10.0.0.101"))]);
    let offer = answer(&server.probed(T0, ip("10.0.0.101"), false)).1;
    assert_eq!(offer.yiaddr, ip("10.0.0.101"));
    // Its own client would answer: it is not asked again.
    assert_eq!(ask(&mut server, T0, &discover).yiaddr, ip("10.0.0.101"));
    assert_eq!(server.probed(T0, ip("10.0.0.101"), true), []);
}

#[test]
fn reservations_are_for_one_card_alone() {
    let mut pool = pool();
    pool.reserved.insert(mac(7), ip("10.0.0.9"));
    pool.reserved.insert(mac(8), ip("10.0.0.100"));
    let mut server = Server::new(SERVER, vec![pool], false);
    assert_eq!(lease(&mut server, T0, 1), ip("10.0.0.101"));
    assert_eq!(lease(&mut server, T0, 7), ip("10.0.0.9"));
    assert_eq!(lease(&mut server, T0, 8), ip("10.0.0.100"));
    let nak = ask(&mut server, T0, &request(1, "10.0.0.9", Some(SERVER)));
    assert_eq!(nak.kind(), Some(Kind::Nak));
    // A wish within the range is granted, and a shorter time.
    let mut discover = message(Kind::Discover, 2);
    discover
        .options
        .set_addresses(code::REQUESTED_ADDRESS, &[ip("10.0.0.102")]);
    discover
        .options
        .set(code::LEASE_TIME, 600_u32.to_be_bytes());
    let offer = ask(&mut server, T0, &discover);
    assert_eq!(offer.yiaddr, ip("10.0.0.102"));
    assert_eq!(offer.options.number32(code::LEASE_TIME), Some(600));
}

#[test]
fn relay_agents_are_answered() {
    let far = Pool::new(
        "10.9.0.0/16".parse().unwrap(),
        "10.9.0.5-10.9.0.9".parse().unwrap(),
    );
    let mut server = Server::new(SERVER, vec![pool(), far], false);
    let mut discover = message(Kind::Discover, 1);
    discover.giaddr = ip("10.9.0.1");
    discover.options.set(code::RELAY_AGENT, [1, 2, 7, 7]);
    let (to, offer) = answer(&hear(&mut server, T0, &discover));
    assert_eq!(to, To::Address("10.9.0.1:67".parse().unwrap()));
    assert_eq!(
        (offer.yiaddr, offer.giaddr),
        (ip("10.9.0.5"), ip("10.9.0.1"))
    );
    assert_eq!(
        offer.options.get(code::RELAY_AGENT),
        Some(&[1, 2, 7, 7][..])
    );
    // A refusal is to reach a client that hears nothing but broadcasts (§4.3.2).
    let mut moved = request(1, "10.0.0.100", Some(SERVER));
    moved.giaddr = ip("10.9.0.1");
    let (to, nak) = answer(&hear(&mut server, T0, &moved));
    assert_eq!(to, To::Address("10.9.0.1:67".parse().unwrap()));
    assert_eq!((nak.kind(), nak.broadcast), (Some(Kind::Nak), true));
    // It renews by itself, from its network.
    lease_by(&mut server, &discover);
    let ack = ask(&mut server, T0, &renew(1, "10.9.0.5"));
    assert_eq!(
        ack.options.address(code::SUBNET_MASK),
        Some(ip("255.255.0.0"))
    );
    discover.giaddr = ip("10.8.0.1");
    assert_eq!(hear(&mut server, T0, &discover), []);
    assert_eq!(server.ignored().get(&Ignored::NoPool), Some(&1));
}

fn lease_by(server: &mut Server, discover: &Message) {
    let offer = ask(server, T0, discover);
    let mut wanted = request(1, &offer.yiaddr.to_string(), Some(SERVER));
    wanted.giaddr = discover.giaddr;
    assert_eq!(ask(server, T0, &wanted).kind(), Some(Kind::Ack));
}

#[test]
fn a_host_with_an_address_is_told_the_rest() {
    let mut server = server();
    let mut inform = renew(1, "10.0.0.7");
    inform
        .options
        .set(code::MESSAGE_TYPE, [Kind::Inform.number()]);
    let (to, ack) = answer(&hear(&mut server, T0, &inform));
    assert_eq!(to, To::Address("10.0.0.7:68".parse().unwrap()));
    assert_eq!(ack.options.addresses(code::DNS), [ip("10.0.0.53")]);
    // §4.3.5: no address and no times.
    assert_eq!(ack.yiaddr, Ipv4Addr::UNSPECIFIED);
    assert_eq!(ack.options.get(code::LEASE_TIME), None);
    assert_eq!(server.leases(T0).count(), 0);
}

#[test]
fn who_cannot_hear_is_answered_aloud() {
    let mut server = server();
    let mut discover = message(Kind::Discover, 1);
    discover.broadcast = true;
    assert_eq!(answer(&hear(&mut server, T0, &discover)).0, To::All);
    // Of a link that is not Ethernet no card is known.
    let mut other = message(Kind::Discover, 2);
    other.htype = 32;
    assert_eq!(answer(&hear(&mut server, T0, &other)).0, To::All);
}

#[test]
fn the_rest_is_counted() {
    let mut server = server();
    server.receive(T0, b"hello");
    hear(&mut server, T0, &Message::request(1, mac(1)));
    hear(&mut server, T0, &message(Kind::Offer, 1));
    hear(&mut server, T0, &message(Kind::Request, 1));
    let reply = Message::reply_to(&message(Kind::Discover, 1));
    hear(&mut server, T0, &reply);
    let ignored: Vec<_> = server
        .ignored()
        .iter()
        .map(|(why, count)| (*why, *count))
        .collect();
    let wanted = [
        (Ignored::Malformed, 1),
        (Ignored::NotARequest, 1),
        (Ignored::Kind, 2),
        (Ignored::NoAddress, 1),
    ];
    assert_eq!(ignored, wanted);
}

#[test]
fn pools_that_make_no_sense_are_refused() {
    let wrong = |range: &str| {
        let pool = Pool::new("10.0.0.0/24".parse().unwrap(), range.parse().unwrap());
        pool.check().unwrap_err()
    };
    let net = "10.0.0.0/24".parse().unwrap();
    assert_eq!(
        wrong("10.0.0.9-10.0.1.9"),
        PoolError::Outside(ip("10.0.1.9"), net)
    );
    assert_eq!(
        wrong("10.0.0.9-10.0.0.255"),
        PoolError::Outside(ip("10.0.0.255"), net)
    );
    let mut pool = Pool::new(
        "10.0.0.0/8".parse().unwrap(),
        "10.0.0.9-10.9.0.0".parse().unwrap(),
    );
    assert!(matches!(pool.check(), Err(PoolError::TooMany(_))));
    pool.range = "10.0.0.9-10.0.0.10".parse().unwrap();
    pool.lease = Duration::from_secs(9);
    assert_eq!(pool.check(), Err(PoolError::Lease(Duration::from_secs(9))));
    pool.lease = Duration::from_secs(10);
    assert_eq!(pool.check(), Ok(()));
    for text in ["10.0.0.9", "10.0.0.9-10.0.0.8", "a-b"] {
        assert!(text.parse::<services::dhcp::Range>().is_err(), "{text}");
    }
}
