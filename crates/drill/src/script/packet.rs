//! Packets: direction, headers around, what is said of IP, and UDP and ICMP.

use std::net::IpAddr;

use super::ast::{Body, Direction, Echoed, Fragment, Icmp, IpInfo, Outer, Packet, Ports, Tos, Udp};
use super::lexer::Tok;
use super::parser::{Parsed, Parser};
use crate::words::say;

impl Parser {
    pub(super) fn packet(&mut self) -> Parsed<Packet> {
        let start = self.span();
        let direction = if self.take('<') {
            Direction::Inbound
        } else {
            self.punct('>')?;
            Direction::Outbound
        };
        let mut outer = Vec::new();
        while let Some(header) = self.outer()? {
            outer.push(header);
        }
        // The innermost addresses are the packet's own.
        let addresses = match outer.last() {
            Some(Outer::Ip { src, dst }) => {
                let own = (*src, *dst);
                outer.pop();
                Some(own)
            }
            _ => None,
        };
        let mut info = self.ip_info(direction)?;
        info.addresses = addresses;
        if self.take_word("encap") {
            outer.push(Outer::Psp);
            while !matches!(self.peek(), Tok::Int(_) | Tok::Hex(_) | Tok::End) {
                self.advance();
            }
            self.advance();
        }
        let body = self.body(direction)?;
        Ok(Packet {
            direction,
            outer,
            info,
            body,
            span: start.to(self.last_span()),
        })
    }

    fn outer(&mut self) -> Parsed<Option<Outer>> {
        let Tok::Word(word) = self.peek().clone() else {
            return Ok(None);
        };
        let header = match word.as_str() {
            "ipv4" | "ipv6" => {
                self.advance();
                self.ip_info(Direction::Outbound)?;
                let src = self.address()?;
                self.punct('>')?;
                let dst = self.address()?;
                if src.is_ipv4() != dst.is_ipv4() || src.is_ipv4() != (word == "ipv4") {
                    return self.error(say!(
                        "these addresses are not both {word}",
                        "这两个地址不都是 {word}"
                    ));
                }
                Outer::Ip { src, dst }
            }
            "gre" | "GREv0" | "mpls" => {
                self.advance();
                while !self.is(':') {
                    if *self.peek() == Tok::End {
                        return self.expected("`:`");
                    }
                    self.advance();
                }
                if word == "mpls" {
                    Outer::Mpls
                } else {
                    Outer::Gre
                }
            }
            _ => return Ok(None),
        };
        self.punct(':')?;
        Ok(Some(header))
    }

    fn address(&mut self) -> Parsed<IpAddr> {
        let addr = match self.peek() {
            Tok::Ipv4(text) => text.parse().ok().map(IpAddr::V4),
            Tok::Ipv6(text) => text.parse().ok().map(IpAddr::V6),
            _ => None,
        };
        match addr {
            Some(addr) => {
                self.advance();
                Ok(addr)
            }
            None => self.expected("an IP address"),
        }
    }

    /// `[ect0]`, `(ttl 3)`, `[tos 0x10, flowlabel 0x1]`, `[frag 0:1480+, id 7]`.
    fn ip_info(&mut self, direction: Direction) -> Parsed<IpInfo> {
        let mut info = IpInfo::default();
        let close = if self.is('[') {
            ']'
        } else if self.is('(') {
            ')'
        } else {
            return Ok(info);
        };
        self.advance();
        loop {
            let span = self.span();
            match self
                .word("one of noecn, ect0, ect1, ect01, ce, tos, ttl, flowlabel, frag, id")?
                .as_str()
            {
                "noecn" => info.tos = Tos::Ecn(0),
                "ect1" => info.tos = Tos::Ecn(1),
                "ect0" => info.tos = Tos::Ecn(2),
                "ce" => info.tos = Tos::Ecn(3),
                "ect01" if direction == Direction::Outbound => info.tos = Tos::EitherEct,
                "tos" => info.tos = Tos::Byte(self.number("the tos byte", 0xff)? as u8),
                "ttl" => info.ttl = Some(self.number("the ttl", 0xff)? as u8),
                "flowlabel" => {
                    info.flow_label = Some(self.number("the flow label", 0xf_ffff)? as u32);
                }
                "id" => info.id = Some(self.number("the identification", 0xffff_ffff)? as u32),
                "frag" => info.fragment = Some(self.fragment()?),
                other => {
                    let text = say!(
                        "`{other}` says nothing about an IP header here",
                        "`{other}` 不能用来描述这里的 IP 首部"
                    );
                    return Err(crate::diagnostic::Diagnostic::new(span, text));
                }
            }
            if !self.take(',') {
                break;
            }
        }
        self.punct(close)?;
        Ok(info)
    }

    /// `FROM:TO`, and `+` when more follow.
    fn fragment(&mut self) -> Parsed<Fragment> {
        let from = self.number("the fragment's first byte", 0xffff)? as u32;
        if !from.is_multiple_of(8) {
            return self.error(say!(
                "a fragment begins at a multiple of 8",
                "分片的起点必须是 8 的倍数"
            ));
        }
        self.punct(':')?;
        let to = self.number("the fragment's end", 0x1_ffff)? as u32;
        if to < from {
            return self.error(say!(
                "this fragment ends before it begins",
                "这个分片的终点早于起点"
            ));
        }
        let more = self.take('+');
        Ok(Fragment { from, to, more })
    }

    fn body(&mut self, direction: Direction) -> Parsed<Body> {
        if self.take_word("udp") {
            let ports = self.ports()?;
            self.punct('(')?;
            let len = self.number("the payload's length", 0xffff)? as u32;
            self.punct(')')?;
            return Ok(Body::Udp(Udp { ports, len }));
        }
        if self.take_word("icmp") {
            return Ok(Body::Icmp(self.icmp()?));
        }
        self.tcp(direction).map(Body::Tcp)
    }

    /// `SRC > DST`.
    pub(super) fn ports(&mut self) -> Parsed<Ports> {
        if !matches!(self.peek(), Tok::Int(_)) || *self.peek_second() != Tok::Punct('>') {
            return Ok(None);
        }
        let src = self.number("a port", 0xffff)? as u16;
        self.punct('>')?;
        let dst = self.number("a port", 0xffff)? as u16;
        Ok(Some((src, dst)))
    }

    fn icmp(&mut self) -> Parsed<Icmp> {
        let kind = self.word("the type of an ICMP message")?;
        let code = match self.peek() {
            Tok::Word(word) if word != "mtu" && word != "id" => Some(self.word("a code")?),
            _ => None,
        };
        let mtu = if self.take_word("mtu") {
            Some(self.number("the MTU", 0xffff_ffff)? as u32)
        } else {
            None
        };
        let echo_id = if self.take_word("id") {
            Some(self.number("the identifier", 0xffff)? as u16)
        } else {
            None
        };
        let mut echoed = Echoed::Tcp { seq: 0, len: 0 };
        if self.take('[') {
            echoed = self.echoed()?;
            self.punct(']')?;
        }
        Ok(Icmp {
            kind,
            code,
            mtu,
            echo_id,
            echoed,
        })
    }

    fn echoed(&mut self) -> Parsed<Echoed> {
        let raw = self.is_word("raw");
        if raw || self.is_word("udp") {
            self.advance();
            self.punct('(')?;
            let len = self.number("a length", 0xffff)? as u32;
            self.punct(')')?;
            return Ok(if raw {
                Echoed::Raw { len }
            } else {
                Echoed::Udp { len }
            });
        }
        let (seq, len) = self.sequence()?;
        Ok(Echoed::Tcp { seq, len })
    }
}
