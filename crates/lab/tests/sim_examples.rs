//! The examples of tests in Rust do what they say; each says what would be wrong.

#[path = "../examples/crash_and_restart.rs"]
mod crash_and_restart;
#[path = "../examples/http_in_a_lab.rs"]
mod http_in_a_lab;
#[path = "../examples/replicated_counter.rs"]
mod replicated_counter;

#[test]
fn hyper_bears_with_a_network_that_parts() {
    http_in_a_lab::main().expect("pages come when the network is whole");
}

#[test]
fn a_crash_forgets_what_was_in_memory() {
    crash_and_restart::main().expect("the counter is there again");
}

#[test]
fn loss_finds_the_counters_mistake() {
    replicated_counter::main().expect("a seed shows it");
}
