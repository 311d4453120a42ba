//! The algorithms against their documents' numbers.

mod bbr;
mod hand;
mod loss_based;
mod slow_start;
mod window;
