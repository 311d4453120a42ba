//! The target on two connected stacks: a script of both programs' calls, of what becomes of each
//! frame, and of time.
//!
//! Whatever the script says, what one program reads is what the other wrote, in order and once;
//! connections go only where RFC 9293 §3.3.2 lets them; what is held stays bounded; and where
//! something is owed a timer runs. When the cable is whole again everything arrives, unless there
//! was a reason for a connection to end.
//!
//! | file | what |
//! |---|---|
//! | `script` | bytes to steps |
//! | `cable` | frames under way, and what becomes of them |
//! | `end` | a stack and the program on it |
//! | `streams` | what was written and read: the oracle |
//! | `world` | both, and what must hold after every step |

mod cable;
mod end;
mod script;
mod streams;
mod world;

use self::script::Script;
use self::world::World;

/// Any bytes as a script for two stacks.
///
/// # Panics
/// When a stack does, or when something that must hold does not.
pub fn calls(bytes: &[u8]) {
    let mut script = Script::new(bytes);
    let mut world = World::new(&script.setup());
    for step in script {
        world.take(step);
    }
    world.end();
}
