//! What is noted when something goes out, new or again.

use base::Instant;
use wire::tcp::SeqNumber;

use super::segment::{Fate, Record};
use crate::Connection;
use crate::transmit::Fresh;

impl Connection {
    /// New data goes out from `from` on, with the PSH and FIN of `fate`.
    pub(crate) fn send_first(&mut self, now: Instant, from: SeqNumber, fresh: &Fresh, fate: Fate) {
        let mut record = Record::new(from, fresh.len as u32, fresh.fin, fresh.segment as u16, now);
        record.fate |= fate;
        record.stamp = self.congestion.rate.on_send(now, self.in_flight());
        self.recovery.queue.push(record);
        self.count_sent(record.count);
    }

    /// Makes one record of the `len` bytes of data from `from` on, in segments of the size of the
    /// moment, which may be smaller than when it was sent. Its index.
    pub(crate) fn cut_again(&mut self, from: SeqNumber, len: u32) -> usize {
        let size = self.current_mss();
        let queue = &mut self.recovery.queue;
        let mut index = queue.find(from);
        if queue.get(index).is_some_and(|record| record.start != from) {
            queue.split(index, from);
            index += 1;
        }
        if queue.get(index).is_some_and(|record| record.size > size) {
            queue.change(index, |record| {
                record.size = size;
                record.recount();
            });
        }
        if queue.get(index).is_some_and(|record| record.data() > len) && len > 0 {
            queue.split(index, from + len);
        }
        index
    }

    /// The record at `index` goes out again; `probe`: not because it is lost.
    pub(crate) fn send_again(&mut self, now: Instant, index: usize, probe: bool) -> Record {
        let stamp = self.congestion.rate.on_send(now, self.in_flight());
        let sack = self.has_sack();
        let queue = &mut self.recovery.queue;
        queue.sent_again(index, now, sack);
        queue.change(index, |record| {
            record.stamp = stamp;
            if !probe {
                record.fate |= Fate::RETRANS;
            }
        });
        let Some(record) = queue.get(index).copied() else {
            return Record::new(self.snd.una, 0, false, 1, now);
        };
        if probe {
            self.recovery.count(record.count);
        } else {
            self.recovery.count_again(record.count, now);
            self.count_sent(record.count);
        }
        record
    }

    /// The path takes only smaller segments: what is larger goes again, and that says nothing of
    /// congestion (RFC 1191 §6.5; Linux's `tcp_simple_retransmit`).
    pub(crate) fn resend_smaller(&mut self) {
        let size = self.snd.mss;
        let before = self.recovery.queue.lost;
        for index in 0..self.recovery.queue.len() {
            let record = self.recovery.queue.get(index);
            if record.is_some_and(|record| record.size > size && record.data() > u32::from(size)) {
                let queue = &mut self.recovery.queue;
                // Its copies are lost too.
                queue.change(index, |record| record.fate -= Fate::RETRANS);
                self.mark_lost(index);
            }
        }
        if self.recovery.queue.lost > before {
            self.repair_blameless();
        }
    }

    /// What lies between SND.UNA and SND.NXT went in a SYN, whose answer left it out: it goes again,
    /// and that says nothing of congestion either (RFC 7413 §4.1.3; Linux's
    /// `tcp_rcv_fastopen_synack`).
    pub(crate) fn resend_syn_data(&mut self, now: Instant) {
        let len = self.snd.flight();
        if len == 0 {
            return;
        }
        let mut record = Record::new(self.snd.una, len, false, self.current_mss(), now);
        record.fate |= Fate::PSH;
        self.recovery.queue.push(record);
        self.mark_lost(0);
        self.repair_blameless();
        self.arm_retransmit(now);
    }

    /// What was marked lost goes again in the state Loss, with the window as it is.
    fn repair_blameless(&mut self) {
        self.owe_lost();
        if self.recovery.state != crate::CaState::Loss {
            let state = self.recovery.state;
            let window = &mut self.congestion.window;
            window.ssthresh = window.current_ssthresh(state);
            self.recovery.high = self.snd.nxt;
            let episode = self.recovery.episode();
            episode.marker = None;
            episode.undo = None;
            self.enter(crate::CaState::Loss);
        }
    }
}
