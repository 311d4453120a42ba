//! How large a window is offered: what the program bounds it by, and how it finds its size.

mod world;

use tcp::SocketOptions;
use world::hand::Hand;

/// Changes the options of the connection.
fn set(h: &mut Hand, change: impl FnOnce(&mut SocketOptions)) {
    let (now, settings) = (h.now, h.settings.clone());
    let mut options = h.tcp().options();
    change(&mut options);
    h.tcp().set_options(now, &settings, options);
}

#[test]
fn a_clamp_bounds_what_is_offered() {
    // TCP_WINDOW_CLAMP, as Linux: from the first window on, and later ones do not outgrow it.
    Hand::everywhere(|mut h| {
        h.options.window_clamp = 20_000;
        h.establish_with("SA 5000 ack 1001 mss 1460 ws 7");
        assert!(h.tcp().info().rcv_wnd <= 20_000);
        let mut number = 5001;
        for _ in 0..200 {
            h.take(&format!("A {number}+1460 ack 1001"));
            number += 1460;
            let _ = h.read(1460);
            let _ = h.sent();
            assert!(h.tcp().info().rcv_wnd <= 20_000);
        }
        // Lifted, it grows again with what comes.
        set(&mut h, |options| options.window_clamp = 60_000);
        for _ in 0..200 {
            h.take(&format!("A {number}+1460 ack 1001"));
            number += 1460;
            let _ = h.read(1460);
            let _ = h.sent();
        }
        let window = h.tcp().info().rcv_wnd;
        assert!((40_000..=60_000).contains(&window), "{window}");
    });
}

/// Rounds of 50 ms in each of which the peer fills the window and the program takes it all; the
/// windows that were offered.
fn rounds(h: &mut Hand, count: usize) -> Vec<u32> {
    let mut number = 5001_u32;
    (0..count)
        .map(|_| {
            let window = h.tcp().info().rcv_wnd;
            for _ in 0..window / 1460 {
                h.take(&format!("A {number}+1460 ack 1001"));
                number = number.wrapping_add(1460);
                let _ = h.read(1460);
                let _ = h.sent();
            }
            let _ = h.wait(50);
            window
        })
        .collect()
}

#[test]
fn a_fast_path_makes_room_for_itself() {
    // Each round trip brings a whole window: the room doubles until `tcp_rmem` is reached.
    Hand::everywhere(|mut h| {
        h.settings.rmem = [4096, 131_072, 2_000_000];
        h.establish_with("SA 5000 ack 1001 mss 1460 ws 7");
        let windows = rounds(&mut h, 12);
        let (first, last) = (windows[0], windows[11]);
        assert!(first <= 65_536, "{windows:?}");
        assert!((800_000..=1_000_000).contains(&last), "{windows:?}");
    });
}

#[test]
fn without_moderation_the_room_stays() {
    // `tcp_moderate_rcvbuf` = 0.
    Hand::everywhere(|mut h| {
        h.settings.rmem = [4096, 131_072, 2_000_000];
        h.settings.moderate_rcvbuf = false;
        h.establish_with("SA 5000 ack 1001 mss 1460 ws 7");
        let windows = rounds(&mut h, 12);
        assert!(windows[11] <= 65_536, "{windows:?}");
    });
}

#[test]
fn a_size_that_the_program_chose_stays() {
    // SO_RCVBUF, of which half is offered.
    Hand::everywhere(|mut h| {
        h.options.rcvbuf = Some(100_000);
        h.establish_with("SA 5000 ack 1001 mss 1460 ws 7");
        let windows = rounds(&mut h, 12);
        assert!(
            windows.iter().all(|&window| window <= 50_000),
            "{windows:?}"
        );
    });
}
