//! The target on two connected stacks: a script of both programs' calls, of what becomes of each
//! frame, and of time.
//!
//! Whatever the script says, what one program reads is what the other wrote, in order and once, but
//! for urgent bytes that were taken out of their place; a datagram arrives as it was sent or not at
//! all. Connections go only where RFC 9293 §3.3.2 lets them; what is held stays bounded; where
//! something is owed a timer runs; a program that waits is told; what leaves is well-formed. When the
//! cable is whole again everything arrives, unless there was a reason for a connection to end, and
//! when both have closed nothing is left.
//!
//! | file | what |
//! |---|---|
//! | `script` | bytes to steps |
//! | `setup` | the first bytes: how both are set |
//! | `cable`, `path` | frames under way, and what becomes of them; a router with a narrow link |
//! | `end` | a stack and the program on it |
//! | `programs` | what the programs do, and what they must find |
//! | `strangers` | what is forged |
//! | `streams` | what was written and read: the oracle |
//! | `check` | what must hold after every step |
//! | `told` | the script in words, should it end badly |
//! | `world` | both ends, and how time goes on |

mod cable;
mod check;
mod end;
mod path;
mod programs;
mod script;
mod setup;
mod strangers;
mod streams;
mod told;
mod world;

use self::script::Script;
use self::world::World;

/// Any bytes as a script for two stacks.
///
/// # Panics
/// When a stack does, or when something that must hold does not. The script in words goes to the
/// standard error stream then.
pub fn calls(bytes: &[u8]) {
    told::begin();
    let mut script = Script::new(bytes);
    let setup = script.setup();
    told::tell(&setup);
    let mut world = World::new(setup);
    for step in script {
        told::tell(&step);
        world.take(step);
    }
    world.end();
}
