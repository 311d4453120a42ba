//! Two ends over a link.
