//! The words for what links do to frames.

use fabric::{
    Channel, CoDel, Corrupt, Discipline, Distribution, Duplicate, FourState, GilbertElliott, Limit,
    Loss, Rate, Reorder,
};
use lab::{Scenario, Wrong};
use services::words::Lang;

/// The two directions of a cable that is described so.
fn channels(words: &str) -> [Channel; 2] {
    let scenario = Scenario::read(&file(words)).unwrap_or_else(|mistakes| {
        panic!("{}", mistakes.show("net.toml", words, Lang::English, false))
    });
    let cable = &scenario.cables[0];
    [cable.there.clone(), cable.back.clone()]
}

fn file(words: &str) -> String {
    format!("[switch.a]\n[switch.b]\n[[link]]\nbetween = [\"a\", \"b\"]\n{words}\n")
}

fn mistakes(words: &str) -> Vec<Wrong> {
    let mistakes = Scenario::read(&file(words)).expect_err(words);
    mistakes.iter().map(|m| m.wrong.clone()).collect()
}

#[test]
fn jitter_has_a_distribution_a_correlation_and_an_order() {
    let [there, back] = channels(
        r#"link = { delay = "20ms", jitter = "2ms", distribution = "paretonormal", correlation = "25%", in_order = true }
        back = { distribution = "normal" }"#,
    );
    assert_eq!(there.delay.distribution, Distribution::ParetoNormal);
    assert_eq!(there.delay.jitter.as_millis(), 2);
    assert_eq!(there.correlation.delay, 0.25);
    assert!(there.delay.in_order);
    assert_eq!(back.delay.distribution, Distribution::Normal);
    assert_eq!(back.delay.time.as_millis(), 20);
}

#[test]
fn every_model_of_loss_has_its_words() {
    let loss = |words: &str| channels(&format!("link = {{ loss = {words} }}"))[0].clone();
    assert_eq!(loss(r#""2%""#).loss, Loss::Random(0.02));
    let bursts = loss(r#"{ share = "2%", correlation = "25%" }"#);
    assert_eq!(
        (bursts.loss, bursts.correlation.loss),
        (Loss::Random(0.02), 0.25)
    );
    assert_eq!(loss("{ every = 10 }").loss, Loss::Every(10));
    assert_eq!(loss("{ frames = [3, 7] }").loss, Loss::Frames(vec![3, 7]));
    // tc-netem(8): r is 1 - p, 1-h 100 % and 1-k 0 where they are not said.
    let usual = GilbertElliott {
        p: 0.25,
        r: 0.75,
        lost_in_bad: 1.0,
        lost_in_good: 0.0,
    };
    assert_eq!(
        loss(r#"{ gemodel = { p = "25%" } }"#).loss,
        Loss::GilbertElliott(usual)
    );
    let all = GilbertElliott {
        p: 0.01,
        r: 0.1,
        lost_in_bad: 0.75,
        lost_in_good: 0.001,
    };
    assert_eq!(
        loss(r#"{ gemodel = { p = "1%", r = "10%", 1-h = "75%", 1-k = 0.001 } }"#).loss,
        Loss::GilbertElliott(all)
    );
    let states = FourState {
        p13: 0.01,
        p31: 0.2,
        p32: 0.3,
        p23: 0.4,
        p14: 0.05,
    };
    let words = "{ state = { p13 = 0.01, p31 = 0.2, p32 = 0.3, p23 = 0.4, p14 = 0.05 } }";
    assert_eq!(loss(words).loss, Loss::FourState(states));
}

#[test]
fn what_else_goes_wrong_has_a_share_and_a_correlation() {
    let [there, _] = channels(
        r#"link = { corrupt = "1%", duplicate = { share = "2%", correlation = "50%" }, reorder = { share = "100%", gap = 5, correlation = 0.1 } }"#,
    );
    assert_eq!(
        (there.corrupt, there.correlation.corrupt),
        (Corrupt(0.01), 0.0)
    );
    assert_eq!(
        (there.duplicate, there.correlation.duplicate),
        (Duplicate(0.02), 0.5)
    );
    let fifth = Reorder {
        probability: 1.0,
        gap: 5,
    };
    assert_eq!((there.reorder, there.correlation.reorder), (fifth, 0.1));
}

#[test]
fn queues_have_their_disciplines() {
    let queue = |words: &str| {
        let [there, _] = channels(&format!("link = {{ rate = \"10Mbit\", queue = {words} }}"));
        (there.queue, there.discipline)
    };
    assert_eq!(queue("100"), (Limit::Packets(100), Discipline::DropTail));
    assert_eq!(
        queue(r#""64KiB""#),
        (Limit::Bytes(65536), Discipline::DropTail)
    );
    let usual = Discipline::CoDel(CoDel::USUAL);
    assert_eq!(queue("{ codel = true }"), (Limit::Packets(1000), usual));
    let (limit, discipline) = queue(
        r#"{ limit = "1MB", codel = { target = "1ms", ecn = false, ce_threshold = "2ms" } }"#,
    );
    assert_eq!(limit, Limit::Bytes(1_000_000));
    let Discipline::CoDel(codel) = discipline else {
        panic!("{discipline:?}");
    };
    assert_eq!(codel.target.as_millis(), 1);
    assert_eq!(codel.interval.as_millis(), 100);
    assert_eq!(codel.ce_threshold.map(|time| time.as_millis()), Some(2));
    assert!(!codel.ecn);
    let (_, discipline) = queue(r#"{ red = { min = "30kB", max = "90kB", probability = "2%" } }"#);
    let Discipline::Red(red) = discipline else {
        panic!("{discipline:?}");
    };
    // tc-red(8): the burst is (min + min + max) / (3 * avpkt).
    assert_eq!(
        (red.min, red.max, red.avpkt, red.burst),
        (30_000, 90_000, 1000, 50)
    );
    assert!(red.ecn);
}

#[test]
fn a_preset_is_a_beginning_and_each_key_counts_for_itself() {
    let [there, back] = channels(r#"link = "dsl""#);
    assert_eq!(
        (there.rate, back.rate),
        (Some(Rate::mbit(10)), Some(Rate::mbit(50)))
    );
    assert_eq!((there.mtu, back.mtu), (1492, 1492));
    let [there, back] =
        channels("link = { preset = \"satellite\", loss = \"2%\" }\nback = { rate = \"20Mbit\" }");
    assert_eq!(
        (there.loss, back.loss),
        (Loss::Random(0.02), Loss::Random(0.02))
    );
    assert_eq!(
        (there.rate, back.rate),
        (Some(Rate::mbit(5)), Some(Rate::mbit(20)))
    );
    assert_eq!(there.delay.time.as_millis(), 290);
    // One direction of one, the other of another.
    let [there, back] = channels("there = \"wifi\"\nback = \"4g\"");
    assert_eq!(
        (there.rate, back.rate),
        (Some(Rate::mbit(100)), Some(Rate::mbit(30)))
    );
    for preset in [
        "ethernet",
        "wifi",
        "4g",
        "dsl",
        "satellite",
        "intercontinental",
    ] {
        let [there, back] = channels(&format!("link = \"{preset}\""));
        assert!(there.rate.is_some() && back.rate.is_some(), "{preset}");
    }
}

#[test]
fn wrong_words_are_named() {
    let near = |name: &str, near: &str| Wrong::UnknownName {
        name: name.into(),
        near: Some(near.into()),
    };
    assert_eq!(mistakes(r#"link = "wify""#), [near("wify", "wifi")]);
    assert_eq!(
        mistakes(r#"link = { jitter = "1ms", distribution = "normale" }"#),
        [near("normale", "normal")]
    );
    assert_eq!(
        mistakes(r#"link = { loss = { gemodel = { p = "1%", h = "1%" } } }"#),
        [Wrong::UnknownKey {
            key: "h".into(),
            near: Some("p".into())
        }]
    );
    assert_eq!(
        mistakes(r#"link = { loss = { every = 2, share = "1%" } }"#),
        [Wrong::OneOf("share, every, frames, gemodel, state")]
    );
    assert_eq!(
        mistakes("link = { queue = { codel = true, red = { min = 1000, max = 3000 } } }"),
        [Wrong::OneOf("red, codel")]
    );
    let refused = |words: &str| matches!(mistakes(words)[..], [Wrong::WrongKind(_)]);
    assert!(refused(
        "link = { queue = { red = { min = 3000, max = 3000 } } }"
    ));
    assert!(refused(
        r#"link = { loss = { state = { p13 = "60%", p14 = "50%" } } }"#
    ));
    assert!(refused("link = { in_order = 1 }"));
    assert!(matches!(
        mistakes("link = { loss = { every = 0 } }")[..],
        [Wrong::BadValue { .. }]
    ));
    // A correlation of what has none.
    assert!(matches!(
        mistakes(r#"link = { loss = { every = 2, correlation = "5%" } }"#)[..],
        [Wrong::UnknownKey { .. }]
    ));
}
