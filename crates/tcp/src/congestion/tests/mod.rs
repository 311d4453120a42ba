//! The algorithms against their documents' numbers, and on a model of a bottleneck.

mod hand;
mod loss_based;
mod matrix;
mod model;
mod slow_start;
mod window;
