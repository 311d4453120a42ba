//! Bytes and their meaning: packet layouts, addresses, checksums.
