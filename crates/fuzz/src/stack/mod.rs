//! The target on a whole stack: a script of frames, waiting and a program's calls.
//!
//! A stack with two cards, a listener and a few datagram sockets takes whatever the script says.
//! Whatever that is, what the stack sends must be well-formed, every deadline must let time go on,
//! and once the program has closed everything and an hour has passed nothing may be left.
//!
//! | file | what |
//! |---|---|
//! | `script` | bytes to steps |
//! | `peer` | what a stranger hears, so that the script's frames can follow on it |
//! | `world` | the stack, its sockets, and what must hold after every step |

mod peer;
pub(crate) mod script;
mod world;

use self::script::Script;
use self::world::World;

/// Any bytes as a script for a whole stack.
///
/// # Panics
/// When the stack does, or when something that must hold does not.
pub fn frames(bytes: &[u8]) {
    let mut world = World::new();
    for step in Script::new(bytes) {
        world.take(step);
    }
    world.end();
}
