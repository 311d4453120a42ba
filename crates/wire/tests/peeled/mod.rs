//! What was peeled, as tests read it.

use wire::dissect::{LayerKind, LayerView};

/// `key value (meaning)` for each field, a layer in a line.
pub(crate) fn text(layers: &[LayerView]) -> String {
    let mut text = String::new();
    for layer in layers {
        text += layer.kind.key();
        for field in &layer.fields {
            let name = field.id.key().rsplit('.').next().unwrap_or_default();
            text += &format!(" {name}={}", field.value);
            if let Some(meaning) = field.meaning {
                text += &format!(" ({meaning})");
            }
        }
        if let Some(verdict) = layer.checksum {
            text += &format!(" {verdict:?}");
        }
        if let Some(malformed) = layer.malformed {
            text += &format!(" [{malformed}]");
        }
        text += "\n";
    }
    text
}

pub(crate) fn kinds(layers: &[LayerView]) -> Vec<LayerKind> {
    layers.iter().map(|layer| layer.kind).collect()
}
