//! What `landline lab` says of files.

use std::path::PathBuf;

use services::words::Lang;

/// Something to say.
#[derive(Debug)]
pub(super) enum Say {
    NoMistakes {
        hosts: usize,
        nodes: usize,
        /// It runs by the clock only.
        real_time: bool,
    },
    Written(PathBuf),
    CannotWrite(PathBuf, String),
    CannotRead(PathBuf, String),
    /// Longer than so many MiB.
    TooLong(PathBuf, u64),
    CannotBuild(String),
    Capture(String),
    /// A port cannot be published; all of it was said.
    NoDoor(String),
    Output(String),
}

impl Say {
    pub(super) fn words(&self, lang: Lang) -> String {
        match lang {
            Lang::English => self.english(),
            Lang::Chinese => self.chinese(),
        }
    }

    fn english(&self) -> String {
        match self {
            Self::NoMistakes {
                hosts,
                nodes,
                real_time,
            } => {
                let how = if *real_time {
                    "; it leads out of the lab, and so runs with --real-time only"
                } else {
                    ""
                };
                format!("no mistakes: {nodes} nodes, {hosts} of them hosts{how}")
            }
            Self::Written(file) => {
                let file = file.display();
                format!("wrote {file}; run it with: landline lab run {file}")
            }
            Self::CannotWrite(file, why) => format!("cannot write {}: {why}", file.display()),
            Self::CannotRead(file, why) => format!("cannot read {}: {why}", file.display()),
            Self::TooLong(file, mib) => {
                format!("{} is longer than {mib} MiB", file.display())
            }
            Self::CannotBuild(why) => format!("cannot build the lab: {why}"),
            Self::Capture(why) => format!("the run is not recorded: {why}"),
            Self::NoDoor(words) => words.clone(),
            Self::Output(why) => format!("cannot write the report: {why}"),
        }
    }

    fn chinese(&self) -> String {
        match self {
            Self::NoMistakes {
                hosts,
                nodes,
                real_time,
            } => {
                let how = if *real_time {
                    ";它通到实验网之外,因此只能加 --real-time 运行"
                } else {
                    ""
                };
                format!("没有错误:{nodes} 个节点,其中主机 {hosts} 台{how}")
            }
            Self::Written(file) => {
                let file = file.display();
                format!("已写入 {file};运行:landline lab run {file}")
            }
            Self::CannotWrite(file, why) => format!("无法写入 {}:{why}", file.display()),
            Self::CannotRead(file, why) => format!("无法读取 {}:{why}", file.display()),
            Self::TooLong(file, mib) => format!("{} 超过 {mib} MiB", file.display()),
            Self::CannotBuild(why) => format!("无法搭建实验网:{why}"),
            Self::Capture(why) => format!("运行没有记录下来:{why}"),
            Self::NoDoor(words) => words.clone(),
            Self::Output(why) => format!("无法写出报告:{why}"),
        }
    }
}
