//! The algorithms against their documents' numbers, and on a model of a bottleneck.

mod matrix;
mod model;
