//! `{ serve = "web", … }` and `{ fetch = "http://…" }`.

use services::web::{Site, Url};

use super::reader::{Reading, Table, Value};
use crate::scenario::Task;

/// `{ serve = "web", page = "<p>hello" }` or `{ serve = "web", root = "site" }`; `on` as others have
/// it.
pub(super) fn serve(table: &mut Table<'_>, reading: &mut Reading) -> Option<Task> {
    let page = table.take_with("page", reading, |value, reading| {
        Some(Site::Page(value.text(reading)?.to_owned()))
    });
    let folder = table.take_with("root", reading, |value, reading| {
        Some((
            Site::Folder(value.text(reading)?.into()),
            value.span.clone(),
        ))
    });
    table.one_of("page, root", reading);
    let mut on = Vec::new();
    for value in table.take("on").iter().flat_map(Value::each) {
        on.extend(value.parse("\"tcp://0.0.0.0:80\"", reading));
    }
    let (site, span) = match (page, folder) {
        (Some(page), None) => (page, table.span.clone()),
        (None, Some(folder)) => folder,
        _ => return None,
    };
    Some(Task::Web { site, span, on })
}

/// `{ fetch = "http://web/index.html" }`
pub(super) fn fetch(table: &mut Table<'_>, reading: &mut Reading) -> Option<Task> {
    table.take_with("fetch", reading, |value, reading| {
        let url: Url = value.parse("\"http://web/index.html\"", reading)?;
        let to = value.at(url.host.clone());
        Some(Task::Fetch { to, url })
    })
}
