//! `landline lab ladder`: captures as a ladder diagram.

use std::io::{self, BufWriter, Read, Write};
use std::process::ExitCode;

use ::lab::analysis::{Arrow, End, Interface, Ladder, Reader, Record, Seen, Streams};
use serde_json::json as object;
use services::words::Lang;

use crate::args::LabLadderArgs;
use crate::dissect::{Failed, Looked, Manner, open, remarks, told, what};
use crate::output;
use crate::trace::{Ink, cut, pad, summary, width};

/// The fewest and the most columns between two hosts.
const NARROWEST: usize = 16;
const WIDEST: usize = 56;
/// Columns of the time.
const TIME: usize = 12;

/// Runs the command; its failure becomes one line and an exit code.
pub(super) fn run(args: &LabLadderArgs, lang: Lang, json: bool) -> ExitCode {
    let mut ladder = Ladder::new(args.filter.clone(), args.first);
    let read = read(args, &mut ladder, lang);
    let ink = Ink {
        colour: !json && output::colours(&io::stdout()),
    };
    let mut out = BufWriter::new(io::stdout().lock());
    let drawn = if json {
        objects(&ladder, &mut out)
    } else {
        draw(&ladder, Manner { lang, ink }, &mut out)
    };
    let drawn = drawn.and_then(|()| out.flush());
    if let Err(error) = drawn {
        return Failed::Output(error).tell(&args.files[0], lang);
    }
    match read {
        Ok(()) => ExitCode::SUCCESS,
        Err((file, failed)) => failed.tell(&args.files[file], lang),
    }
}

/// One of the files, with its next packet.
struct Open<R> {
    reader: Reader<R>,
    streams: Streams,
    next: Option<Record>,
}

/// Reads the files side by side, by their times. A damaged one ends; the others go on.
fn read(args: &LabLadderArgs, ladder: &mut Ladder, lang: Lang) -> Result<(), (usize, Failed)> {
    let (mut files, mut failed) = (Vec::new(), None);
    for (index, file) in args.files.iter().enumerate() {
        files.push(Open {
            reader: open(file).map_err(|error| (index, error))?,
            streams: Streams::new(),
            next: None,
        });
        advance(&mut files[index], index, &mut failed);
    }
    loop {
        let times = files.iter().enumerate().filter_map(|(index, file)| {
            let record = file.next.as_ref()?;
            Some((record.at.unwrap_or_default(), index))
        });
        let Some((_, index)) = times.min() else {
            return failed.map_or(Ok(()), Err);
        };
        let file = &mut files[index];
        if let Some(record) = file.next.take() {
            note(file, &record, ladder, lang);
        }
        advance(file, index, &mut failed);
    }
}

fn advance<R: Read>(file: &mut Open<R>, index: usize, failed: &mut Option<(usize, Failed)>) {
    match file.reader.next() {
        Ok(next) => file.next = next,
        Err(damage) => {
            failed.get_or_insert((index, Failed::Damage(damage)));
        }
    }
}

fn note<R: Read>(file: &mut Open<R>, record: &Record, ladder: &mut Ladder, lang: Lang) {
    let packet = file.reader.peel(record);
    let told = told(&mut file.streams, record, &packet);
    let unnamed = Interface::default();
    let interfaces = file.reader.interfaces();
    let interface = interfaces.get(record.interface).unwrap_or(&unnamed);
    let seen = Seen {
        record,
        packet: &packet,
        told: told.as_ref(),
        interface: interface.name.as_deref(),
    };
    ladder.note(seen, || {
        let looked = Looked {
            record,
            packet: &packet,
            told: told.as_ref(),
            interface,
            since: None,
        };
        let kind = summary(&packet, None, lang).kind;
        let mut text = format!("{kind} {}", what(&looked, lang));
        // Why it died stands at the arrow's end.
        for remark in remarks(&looked, lang) {
            if record.dropped().is_none() {
                text += &format!(" [{remark}]");
            }
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        words.join(" ")
    });
}

fn draw(ladder: &Ladder, manner: Manner, out: &mut impl Write) -> io::Result<()> {
    let hosts: Vec<String> = ladder
        .hosts()
        .iter()
        .map(|host| cut(&services::escaped(host.as_bytes()), WIDEST - 2))
        .collect();
    // Wide enough for most of what is said between two hosts, where there are few.
    let said = ladder.arrows().iter().map(|arrow| width(&arrow.text) + 4);
    let most = if hosts.len() <= 2 {
        WIDEST
    } else {
        WIDEST * 2 / hosts.len().max(1)
    };
    let names = hosts.iter().map(|host| width(host) + 2).max().unwrap_or(0);
    let gap = said.max().unwrap_or(0).min(most).max(NARROWEST).max(names);
    if !hosts.is_empty() {
        let mut head = " ".repeat(TIME + 2);
        for host in &hosts {
            head += &pad(host, gap);
        }
        writeln!(out, "{}", manner.ink.strong(head.trim_end()))?;
    }
    let began = ladder.arrows().iter().find_map(|arrow| arrow.at);
    for arrow in ladder.arrows() {
        let since = arrow.at.zip(began);
        let since = since.map(|(at, began)| i128::from(at) - i128::from(began));
        let time = crate::dissect::time(since);
        let (lane, beside) = lane(arrow, hosts.len(), gap, manner.lang);
        let row = format!("{time:>TIME$}  {lane}  {beside}");
        let row = row.trim_end();
        match arrow.end {
            End::Lost(_) => writeln!(out, "{}", manner.ink.strong(row))?,
            _ => writeln!(out, "{row}")?,
        }
    }
    if ladder.left_out() > 0 {
        let count = ladder.left_out();
        let words = match manner.lang {
            Lang::English => {
                format!("({count} more frames are left out; see --first and --filter)")
            }
            Lang::Chinese => format!("(另有 {count} 帧略去;见 --first 和 --filter)"),
        };
        writeln!(out, "{}", manner.ink.faint(&words))?;
    }
    Ok(())
}

/// The hosts' lines with an arrow across, and what does not fit on it.
fn lane(arrow: &Arrow, hosts: usize, gap: usize, lang: Lang) -> (String, String) {
    let mut cells: Vec<char> = vec![' '; hosts.saturating_sub(1) * gap + 1];
    for host in 0..hosts {
        cells[host * gap] = '│';
    }
    let from = arrow.from * gap;
    let mut beside = match &arrow.end {
        End::Lost(reason) => match lang {
            Lang::English => format!("died: {reason}"),
            Lang::Chinese => format!("丢弃:{reason}"),
        },
        End::Unseen => match lang {
            Lang::English => "not seen to arrive".into(),
            Lang::Chinese => "未见到达".into(),
        },
        End::Arrived => String::new(),
    };
    let arrived = arrow.end == End::Arrived;
    let targets: Vec<usize> = if arrow.to.is_empty() {
        // To nobody in particular: towards the nearest neighbour.
        let next = if arrow.from + 1 < hosts {
            arrow.from + 1
        } else {
            arrow.from.saturating_sub(1)
        };
        vec![next]
    } else {
        arrow.to.clone()
    };
    let mut free = None;
    for target in &targets {
        let full = target * gap;
        // Half-way, where it did not arrive.
        let to = if arrived { full } else { (from + full) / 2 };
        if to == from {
            cells[from] = '●';
            continue;
        }
        let (low, high) = (from.min(to), from.max(to));
        for cell in &mut cells[low..=high] {
            *cell = match *cell {
                ' ' => '─',
                '│' => '┼',
                drawn => drawn,
            };
        }
        cells[to] = match (arrived, to > from) {
            (false, _) if matches!(arrow.end, End::Unseen) => '?',
            (false, _) => '✗',
            (true, true) => '▶',
            (true, false) => '◀',
        };
        // Between the sender and the first line that is crossed.
        let near = if to > from {
            (from + 1, (from + gap).min(to))
        } else {
            (from.saturating_sub(gap).max(to) + 1, from)
        };
        free.get_or_insert(near);
    }
    cells[from] = '●';
    let mut lane: String = cells.iter().collect();
    match free.filter(|(low, high)| width(&arrow.text) + 2 <= high - low) {
        Some((low, high)) => {
            let start = low + (high - low - width(&arrow.text)) / 2;
            let before: String = cells[..start].iter().collect();
            let behind: String = cells[start + width(&arrow.text)..].iter().collect();
            lane = format!("{before}{}{behind}", arrow.text);
        }
        None => {
            let between = if beside.is_empty() { "" } else { " · " };
            beside = format!("{}{between}{beside}", arrow.text);
        }
    }
    (lane, beside)
}

fn objects(ladder: &Ladder, out: &mut impl Write) -> io::Result<()> {
    let name = |column: usize| ladder.hosts().get(column);
    for arrow in ladder.arrows() {
        let to: Vec<_> = arrow.to.iter().filter_map(|to| name(*to)).collect();
        let mut line = object!({
            "event": "arrow", "at_ns": arrow.at, "took_ns": arrow.took, "from": name(arrow.from),
            "to": to, "text": arrow.text,
        });
        line["end"] = match &arrow.end {
            End::Arrived => "arrived".into(),
            End::Unseen => "unseen".into(),
            End::Lost(reason) => object!({"lost": reason}),
        };
        writeln!(out, "{line}")?;
    }
    if ladder.left_out() > 0 {
        writeln!(
            out,
            "{}",
            object!({"event": "left-out", "arrows": ladder.left_out()})
        )?;
    }
    Ok(())
}
