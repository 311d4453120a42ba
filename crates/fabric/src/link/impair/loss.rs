//! Frames that never arrive.

use super::Dice;

/// Which frames are lost. netem's `loss`.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Loss {
    /// None.
    #[default]
    None,
    /// Each with this probability. `loss random`; with a
    /// [correlation](super::Correlation::loss), in bursts of 1/((1-p)(1-c)) on average.
    Random(f64),
    /// Those with these numbers, counted from 0 over all that were put on the wire in this
    /// direction since the link was built. For tests that must lose this one and no other.
    Frames(Vec<u64>),
    /// Every so-many-th, counted in the same way: of 10, the frames 9, 19, 29 … 0 is none.
    Every(u64),
    /// By a link that is now good and now bad. `loss gemodel`.
    GilbertElliott(GilbertElliott),
    /// By four states. `loss state`.
    FourState(FourState),
}

/// Gilbert's and Elliott's model, in netem's letters. Of what is lost in all, the share is
/// (r·(1-k) + p·(1-h)) / (p + r); with the usual 1-h and 1-k that is p / (p + r), in bursts of 1/r
/// on average.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GilbertElliott {
    /// How likely a good link is bad for the next frame.
    pub p: f64,
    /// How likely a bad link is good for the next frame.
    pub r: f64,
    /// `1-h`: how likely a bad link loses a frame. Usually always.
    pub lost_in_bad: f64,
    /// `1-k`: how likely a good link loses a frame. Usually never.
    pub lost_in_good: f64,
}

/// The model of four states, in netem's letters: 1, received while all is well; 2, received in a
/// burst; 3, lost in a burst; 4, lost alone while all is well, behind which 1 follows. Each frame
/// moves it once. Lost is a share of (a + p14) / (1 + a + b + p14), with a = p13/p31 and
/// b = a·p32/p23.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FourState {
    /// From 1 to 3: a burst begins.
    pub p13: f64,
    /// From 3 to 1: it is over.
    pub p31: f64,
    /// From 3 to 2: a frame gets through.
    pub p32: f64,
    /// From 2 to 3: losses go on.
    pub p23: f64,
    /// From 1 to 4: one frame is lost alone.
    pub p14: f64,
}

/// What the models remember from frame to frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum LossState {
    /// Received while all is well; of the two states, the good one.
    #[default]
    Good,
    /// Received in a burst.
    Between,
    /// Lost in a burst; of the two states, the bad one.
    Bad,
    /// Lost alone.
    Alone,
}

impl Loss {
    /// Whether the frame of this number is lost.
    pub(crate) fn hits(
        &self,
        state: &mut LossState,
        dice: &mut Dice,
        correlation: f64,
        number: u64,
    ) -> bool {
        match self {
            Self::None => false,
            Self::Random(probability) => dice.chance_after(correlation, *probability),
            Self::Frames(numbers) => numbers.contains(&number),
            Self::Every(gap) => *gap > 0 && (number + 1).is_multiple_of(*gap),
            Self::GilbertElliott(model) => model.hits(state, dice),
            Self::FourState(model) => model.hits(state, dice),
        }
    }
}

impl GilbertElliott {
    fn hits(&self, state: &mut LossState, dice: &mut Dice) -> bool {
        let bad = *state == LossState::Bad;
        let (lost, turns) = if bad {
            (self.lost_in_bad, self.r)
        } else {
            (self.lost_in_good, self.p)
        };
        let hit = dice.chance(lost);
        let bad = bad != dice.chance(turns);
        *state = if bad { LossState::Bad } else { LossState::Good };
        hit
    }
}

impl FourState {
    fn hits(&self, state: &mut LossState, dice: &mut Dice) -> bool {
        use LossState::{Alone, Bad, Between, Good};
        *state = match *state {
            Good => one_of(dice, [(self.p14, Alone), (self.p13, Bad)], Good),
            Between => one_of(dice, [(self.p23, Bad), (0.0, Between)], Between),
            Bad => one_of(dice, [(self.p32, Between), (self.p31, Good)], Bad),
            Alone => Good,
        };
        matches!(state, Bad | Alone)
    }
}

/// One of two ways with their probabilities, else the third.
fn one_of(dice: &mut Dice, ways: [(f64, LossState); 2], other: LossState) -> LossState {
    let mut drawn = dice.unit();
    for (probability, state) in ways {
        if drawn < probability {
            return state;
        }
        drawn -= probability.max(0.0);
    }
    other
}
