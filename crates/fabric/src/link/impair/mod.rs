//! What goes wrong on a link: a file each, each with dice of its own.

mod corrupt;
mod delay;
mod dice;
mod distribution;
mod duplicate;
mod loss;
mod reorder;

pub use corrupt::Corrupt;
pub use delay::Delay;
pub use dice::Correlation;
pub(crate) use dice::Dice;
pub use distribution::Distribution;
pub use duplicate::Duplicate;
pub(crate) use loss::LossState;
pub use loss::{FourState, GilbertElliott, Loss};
pub use reorder::Reorder;
