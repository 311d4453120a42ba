//! What goes wrong on a link: a file each, each with dice of its own.

mod corrupt;
mod delay;
mod dice;
mod duplicate;
mod loss;
mod reorder;

pub use corrupt::Corrupt;
pub use delay::Delay;
pub(crate) use dice::Dice;
pub use duplicate::Duplicate;
pub use loss::Loss;
pub use reorder::Reorder;
