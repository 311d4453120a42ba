//! Calls that somebody else makes: only what they say about the packets is taken from them.

use std::net::SocketAddr;

use super::super::flow::{Flow, Phase, Protocol};
use super::super::machine::Machine;
use super::super::{Step, Stop};
use super::{Answer, Attempt, int};
use crate::script::ast::Call;
use crate::words::say;

impl Machine<'_> {
    /// Takes it that a call was made and answered as the script has it.
    pub(super) fn trust(&mut self, call: &Call) -> Step<Attempt> {
        let fd = match call.arguments.first() {
            Some(first) if call.name != "socket" => int(first).unwrap_or(-1),
            _ => -1,
        };
        let own = SocketAddr::new(self.config.local, self.config.bind_port);
        let flow = self
            .flows
            .iter()
            .rposition(|flow| flow.fd == Some(fd) && fd >= 0);
        match (call.name.as_str(), flow) {
            ("socket", _) => {
                let datagrams = call
                    .arguments
                    .get(1)
                    .is_some_and(|kind| matches!(int(kind), Ok(2)));
                let protocol = if datagrams {
                    Protocol::Udp
                } else {
                    Protocol::Tcp
                };
                self.add_flow(protocol, int(&call.result)?);
            }
            ("bind", Some(index)) => self.flows[index].local = own,
            ("listen", Some(index)) => self.flows[index].phase = Phase::Listening,
            ("accept" | "accept4", _) => {
                let fd = int(&call.result)?;
                let unnamed = |flow: &&mut Flow| flow.fd.is_none();
                if let Some(flow) = self.flows.iter_mut().rfind(unnamed) {
                    flow.fd = Some(fd);
                }
            }
            ("connect", _) => {
                let text = say!(
                    "the foreign stack would have to call {own}'s peer itself at this moment; without calls only servers are tried",
                    "此刻需由对方协议栈自行发起连接;不代为调用时只能测试服务器脚本"
                );
                return Err(Stop::skip(call.span, text));
            }
            _ => {}
        }
        let value = int(&call.result)?;
        let errno = match &call.errno {
            Some((name, _)) => crate::symbols::errno(name),
            None => None,
        };
        Ok(Answer { value, errno }.into())
    }

    /// A socket's flow of packets, which is now the one under test.
    pub(super) fn add_flow(&mut self, protocol: Protocol, fd: i64) {
        let local = SocketAddr::new(self.config.local, 0);
        let remote = SocketAddr::new(self.config.remote, self.config.connect_port);
        let mut flow = Flow::new(protocol, local, remote);
        flow.fd = Some(fd);
        self.under_test = Some(self.flows.len());
        self.flows.push(flow);
    }
}
