//! `landline dissect`: captures taken apart.
//!
//! - Here: the file, and what is asked of it. `line.rs`: a packet in a line. `full.rs`: field by
//!   field. `json.rs`: for programs. `follow.rs`: what a connection carried.

mod follow;
mod full;
mod json;
mod line;

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;
use std::process::ExitCode;

use ::lab::analysis::{Damage, Filter, Interface, Packet, Reader, Record, Sight, Streams, Told};
use services::words::Lang;

pub(crate) use line::{remarks, time, what};

use crate::args::DissectArgs;
use crate::output;
use crate::trace::Ink;

/// How to tell.
#[derive(Clone, Copy)]
pub(crate) struct Manner {
    pub(crate) lang: Lang,
    pub(crate) ink: Ink,
}

/// A packet, and all that is known of it.
pub(crate) struct Looked<'a> {
    pub(crate) record: &'a Record,
    pub(crate) packet: &'a Packet,
    pub(crate) told: Option<&'a Told>,
    pub(crate) interface: &'a Interface,
    /// Nanoseconds since the first packet of the file.
    pub(crate) since: Option<i128>,
}

/// Why nothing more comes.
pub(crate) enum Failed {
    /// Of the file.
    Open(io::Error),
    Damage(Damage),
    /// Of the output.
    Output(io::Error),
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl Failed {
    /// Says it, and gives the exit code.
    pub(crate) fn tell(&self, file: &Path, lang: Lang) -> ExitCode {
        let file = services::escaped(file.as_os_str().as_encoded_bytes());
        let words = match (self, lang) {
            (Self::Output(error), _) if error.kind() == io::ErrorKind::BrokenPipe => {
                return ExitCode::SUCCESS;
            }
            (Self::Output(error), Lang::English) => format!("cannot write: {error}"),
            (Self::Output(error), Lang::Chinese) => format!("无法写出:{error}"),
            (Self::Open(error), Lang::English) => format!("cannot read {file}: {error}"),
            (Self::Open(error), Lang::Chinese) => format!("无法读取 {file}:{error}"),
            (Self::Damage(damage), Lang::English) => format!("{file}: {}", damage.words(lang)),
            (Self::Damage(damage), Lang::Chinese) => format!("{file}:{}", damage.words(lang)),
        };
        let _ = writeln!(io::stderr(), "landline: {words}"); // nowhere else to say it
        ExitCode::FAILURE
    }
}

/// A file, or standard input.
pub(crate) fn open(file: &Path) -> Result<Reader<Box<dyn Read>>, Failed> {
    let input: Box<dyn Read> = if file == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        Box::new(File::open(file).map_err(Failed::Open)?)
    };
    let buffered: Box<dyn Read> = Box::new(BufReader::with_capacity(1 << 16, input));
    Reader::new(buffered).map_err(Failed::Damage)
}

/// Runs the command; its failure becomes one line and an exit code.
pub(crate) fn run(args: &DissectArgs, lang: Lang, json: bool) -> ExitCode {
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let manner = Manner {
        lang,
        ink: Ink {
            colour: !json && output::colours(&io::stdout()),
        },
    };
    let told = match args.follow {
        Some(stream) => follow::follow(&args.file, stream, manner, json, &mut out),
        None => tell_all(args, manner, json, &mut out),
    };
    let flushed = out.flush().map_err(Failed::Output);
    match told.and(flushed) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => failed.tell(&args.file, lang),
    }
}

fn tell_all(
    args: &DissectArgs,
    manner: Manner,
    json: bool,
    out: &mut impl Write,
) -> Result<(), Failed> {
    let mut reader = open(&args.file)?;
    let told = each(&mut reader, &args.filter, |looked| {
        let text = if json {
            json::packet(looked)
        } else if args.full {
            full::packet(looked, manner)
        } else {
            line::packet(looked, manner)
        };
        out.write_all(text.as_bytes())
    });
    if let (Err(Failed::Damage(damage)), true) = (&told, json) {
        out.write_all(json::damage(damage).as_bytes())?;
    }
    told
}

/// Looks at each packet that the filter lets pass, until the file ends or is damaged.
pub(crate) fn each<R: Read>(
    reader: &mut Reader<R>,
    filter: &Filter,
    mut look: impl FnMut(&Looked<'_>) -> io::Result<()>,
) -> Result<(), Failed> {
    let (mut streams, mut began) = (Streams::new(), None);
    let unnamed = Interface::default();
    while let Some(record) = reader.next().map_err(Failed::Damage)? {
        let packet = reader.peel(&record);
        let told = told(&mut streams, &record, &packet);
        let interface = reader
            .interfaces()
            .get(record.interface)
            .unwrap_or(&unnamed);
        let names: Vec<&str> = interface.name.as_deref().into_iter().collect();
        let since = record
            .at
            .map(|at| i128::from(at) - i128::from(*began.get_or_insert(at)));
        let sight = Sight {
            record: &record,
            packet: &packet,
            told: told.as_ref(),
            names: &names,
        };
        if filter.passes(sight) {
            look(&Looked {
                record: &record,
                packet: &packet,
                told: told.as_ref(),
                interface,
                since,
            })?;
        }
    }
    Ok(())
}

/// What is known of a packet's segment. One that died is no part of the exchange.
pub(crate) fn told(streams: &mut Streams, record: &Record, packet: &Packet) -> Option<Told> {
    if record.dropped().is_some() {
        streams.look(packet, record.interface)
    } else {
        streams.note(packet, record.interface, record.at)
    }
}
