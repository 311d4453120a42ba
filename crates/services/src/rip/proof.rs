//! By what messages of RIPv2 show whose they are (RFC 2453 §4.1, RFC 4822 with MD5).

use base::Instant;
use md5::{Digest, Md5};
use wire::rip::v2::{DIGEST_LEN, Proof};

use super::config::Secret;

/// What a message written now shows. Its sequence number is the time in seconds, so that it does not
/// fall behind when the program starts again.
pub(super) fn of(secret: &Secret, now: Instant) -> Proof {
    match *secret {
        Secret::None => Proof::None,
        Secret::Password(password) => Proof::Password(password),
        Secret::Md5 { id: key, .. } => Proof::Digest {
            key,
            sequence: (now.as_millis() / 1000) as u32,
        },
    }
}

/// Puts the digest in its place, where there is one.
pub(super) fn seal(mut message: Vec<u8>, secret: &Secret) -> Vec<u8> {
    if let Secret::Md5 { key, .. } = secret {
        let end = message.len() - DIGEST_LEN;
        let digest = md5(&message[..end], key);
        message[end..].copy_from_slice(&digest);
    }
    message
}

/// RFC 2082 §3.2.2: over the message with the key in the digest's place.
pub(super) fn md5(covered: &[u8], key: &[u8]) -> [u8; DIGEST_LEN] {
    let mut digest = Md5::new();
    digest.update(covered);
    digest.update(key);
    digest.finalize().into()
}

/// Whether messages show anything.
pub(super) const fn is_needed(secret: &Secret) -> bool {
    !matches!(secret, Secret::None)
}
