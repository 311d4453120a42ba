//! TCP segments: flags, numbers, options.

use super::ast::{Direction, Flags, Tcp, TcpOption};
use super::lexer::Tok;
use super::parser::{Parsed, Parser};
use crate::diagnostic::Diagnostic;
use crate::words::say;

impl Parser {
    pub(super) fn tcp(&mut self, direction: Direction) -> Parsed<Tcp> {
        let ports = self.ports()?;
        let flags = self.flags()?;
        let (seq, len) = self.sequence()?;
        let ack = if self.take_word("ack") {
            self.number("ack", 0xffff_ffff)? as u32
        } else {
            0
        };
        let at = self.span();
        let window = if self.take_word("win") {
            Some(self.number("win", 0xffff)? as u16)
        } else {
            None
        };
        if window.is_none() && direction == Direction::Inbound {
            return Err(Diagnostic::new(
                at,
                say!(
                    "an inbound segment needs its window: `win N`",
                    "收到的段必须写明窗口:`win N`"
                ),
            ));
        }
        let urgent = if self.take_word("urg") {
            self.number("urg", 0xffff)? as u16
        } else {
            0
        };
        let options = self.tcp_options(direction)?;
        Ok(Tcp {
            ports,
            flags,
            seq,
            len,
            ack,
            window,
            urgent,
            options,
        })
    }

    fn flags(&mut self) -> Parsed<Flags> {
        let span = self.span();
        let mut text = String::new();
        if self.take('-') {
            return Ok(Flags::default());
        }
        if let Tok::Word(word) = self.peek() {
            text.push_str(word);
            self.advance();
        }
        match self.peek() {
            Tok::Punct('.') => {
                self.advance();
                text.push('.');
            }
            // `.5`: ACK, and 5 in the ACE field.
            Tok::Float(_, literal) if literal.starts_with('.') => {
                text.push_str(literal);
                self.advance();
            }
            _ if text.is_empty() => {
                return self.expected("a packet: TCP flags (FSRPUEWA., or `-`), udp or icmp");
            }
            _ => {}
        }
        let mut flags = Flags::default();
        for c in text.chars() {
            flags.bits |= match c {
                'F' => Flags::FIN,
                'S' => Flags::SYN,
                'R' => Flags::RST,
                'P' => Flags::PSH,
                '.' => Flags::ACK,
                'U' => Flags::URG,
                'E' => Flags::ECE,
                'W' => Flags::CWR,
                'A' => Flags::AE,
                '0'..='7' if !flags.ace => {
                    flags.ace = true;
                    // The ACE field: AE, CWR and ECE as a number.
                    (c as u16 - '0' as u16) << 6
                }
                _ => {
                    let text = say!("`{c}` is no TCP flag here", "`{c}` 在这里不是 TCP 标志");
                    return Err(Diagnostic::new(span, text));
                }
            };
        }
        if flags.ace && text.contains(['E', 'W', 'A']) {
            let text = say!(
                "either an ACE count or the flags E, W and A, not both",
                "ACE 计数与标志 E、W、A 只能写一种"
            );
            return Err(Diagnostic::new(span, text));
        }
        Ok(flags)
    }

    /// `FIRST:END(LENGTH)`.
    pub(super) fn sequence(&mut self) -> Parsed<(u32, u32)> {
        let span = self.span();
        let first = self.number("the sequence number", 0xffff_ffff)? as u32;
        self.punct(':')?;
        let end = self.number("the end of the sequence numbers", 0xffff_ffff)? as u32;
        self.punct('(')?;
        let len = self.number("the payload's length", 0xffff)? as u32;
        self.punct(')')?;
        if first.wrapping_add(len) != end {
            return Err(Diagnostic::new(
                span.to(self.last_span()),
                say!(
                    "{first} and {len} bytes end at {}, not at {end}",
                    "{first} 加 {len} 字节应到 {} 为止,而不是 {end}",
                    first.wrapping_add(len)
                ),
            ));
        }
        Ok((first, len))
    }

    fn tcp_options(&mut self, direction: Direction) -> Parsed<Option<Vec<TcpOption>>> {
        // `<` right behind a segment opens its options: an event would begin with its time.
        if !self.is('<') {
            return Ok(Some(Vec::new()));
        }
        let start = self.span();
        self.advance();
        if *self.peek() == Tok::Ellipsis {
            if direction == Direction::Inbound {
                return self.error(say!(
                    "`<...>` is for outbound segments: what comes in must be said",
                    "`<...>` 只用于发出的段:收到的段必须写明选项"
                ));
            }
            self.advance();
            self.punct('>')?;
            return Ok(None);
        }
        let mut options = vec![self.tcp_option()?];
        while self.take(',') {
            options.push(self.tcp_option()?);
        }
        self.punct('>')?;
        let span = start.to(self.last_span());
        let len: usize = options.iter().map(|option| option.encode().len()).sum();
        if !len.is_multiple_of(4) || len > 40 {
            let text = say!(
                "these options take {len} bytes; a TCP header has room for a multiple of 4, up to 40",
                "这些选项共 {len} 字节;TCP 首部要求 4 的倍数,最多 40"
            );
            return Err(Diagnostic::new(span, text));
        }
        Ok(Some(options))
    }

    fn tcp_option(&mut self) -> Parsed<TcpOption> {
        let span = self.span();
        let name = self.word("a TCP option")?;
        Ok(match name.as_str() {
            "nop" => TcpOption::Nop,
            "eol" => TcpOption::Eol,
            "mss" => TcpOption::Mss(self.number("mss", 0xffff)? as u16),
            "wscale" => TcpOption::WindowScale(self.number("wscale", 0xff)? as u8),
            "sackOK" => TcpOption::SackOk,
            "sack" => {
                let mut blocks = Vec::new();
                while matches!(self.peek(), Tok::Int(_)) {
                    let left = self.number("a block's first number", 0xffff_ffff)? as u32;
                    self.punct(':')?;
                    let right = self.number("a block's end", 0xffff_ffff)? as u32;
                    blocks.push((left, right));
                }
                TcpOption::Sack(blocks)
            }
            "TS" => {
                if !self.take_word("val") {
                    return self.expected("`val`");
                }
                let val = self.number("val", 0xffff_ffff)? as u32;
                if !self.take_word("ecr") {
                    return self.expected("`ecr`");
                }
                let ecr = self.number("ecr", 0xffff_ffff)? as u32;
                TcpOption::Timestamps { val, ecr }
            }
            "FO" => TcpOption::FastOpen(self.hex()?),
            "FOEXP" => TcpOption::FastOpenExp(self.hex()?),
            "md5" => TcpOption::Md5(self.hex()?),
            "ECN" => self.accecn()?,
            other => {
                let text = say!(
                    "there is no TCP option `{other}`",
                    "没有名为 `{other}` 的 TCP 选项"
                );
                return Err(Diagnostic::new(span, text));
            }
        })
    }

    /// Hexadecimal digits, which may look like a word or a number; none for an empty cookie.
    fn hex(&mut self) -> Parsed<Vec<u8>> {
        let digits = match self.peek() {
            Tok::Word(word) => word.clone(),
            // The number's own text: leading zeros count.
            Tok::Int(_) | Tok::Float(..) => self.text(),
            _ => return Ok(Vec::new()),
        };
        let byte = |at: usize| {
            digits
                .get(at..at + 2)
                .and_then(|d| u8::from_str_radix(d, 16).ok())
        };
        let bytes: Option<Vec<u8>> = (0..digits.len()).step_by(2).map(byte).collect();
        match bytes {
            Some(bytes) if digits.len() % 2 == 0 && bytes.len() <= 38 => {
                self.advance();
                Ok(bytes)
            }
            _ => self.expected("pairs of hexadecimal digits"),
        }
    }

    fn accecn(&mut self) -> Parsed<TcpOption> {
        const WHAT: &str = "an AccECN counter";
        let first_e1 = self.is_word("e1b");
        let order = if first_e1 {
            ["e1b", "ceb", "e0b"]
        } else {
            ["e0b", "ceb", "e1b"]
        };
        let mut counters = Vec::new();
        for name in order {
            if !self.take_word(name) {
                break;
            }
            counters.push(self.number(WHAT, 0xff_ffff)? as u32);
        }
        if counters.is_empty() {
            return self.expected("`e0b` or `e1b`");
        }
        Ok(TcpOption::AccEcn { first_e1, counters })
    }
}
