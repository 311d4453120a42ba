//! The few words every floor shares: time, seeded randomness, ranges, buffers.
