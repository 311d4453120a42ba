//! What stacks plug into: links, impairments, switches, the event clock.
