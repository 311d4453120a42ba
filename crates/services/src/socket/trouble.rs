//! What a server does when its own socket fails.

use std::io;
use std::time::Duration;

use landline::Network;

use crate::words::{Cause, Failure, Message};
use crate::{Console, Endpoint};

/// How long a server that cannot receive waits before it tries again.
const REST: Duration = Duration::from_millis(100);

/// What a server does when its own socket fails: it tells once, rests, and goes on.
#[derive(Default)]
pub(crate) struct Trouble {
    told: Option<Cause>,
}

impl Trouble {
    /// Takes an error of `accept` or `recvfrom`. One such as EMFILE is still there when the next
    /// attempt follows at once: time has to pass.
    pub(crate) async fn rest(
        &mut self,
        error: &io::Error,
        on: &Endpoint,
        network: &Network,
        console: &Console,
    ) -> Result<(), Failure> {
        let why = Cause::from(error);
        if matches!(why, Cause::Reset | Cause::Refused) {
            // A caller gave up before being taken (ECONNABORTED), or did not wait for an earlier
            // answer (ICMP port unreachable): theirs, not ours.
            return Ok(());
        }
        if self.told.as_ref() != Some(&why) {
            console.say(&Message::Trouble { on, why: &why })?;
            self.told = Some(why);
        }
        network.sleep(REST).await;
        Ok(())
    }
}
