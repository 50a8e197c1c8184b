//! The seal of a callback (developer.work.weixin.qq.com, 加解密方案): SHA-1 over the sorted token, timestamp, nonce and
//! ciphertext; AES-256-CBC with the key's first half as IV; 16 random bytes, a length, the message, the receive id.

use aes::Aes256;
use aes::cipher::block_padding::NoPadding;
use aes::cipher::{BlockModeDecrypt, KeyIvInit};
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use sha1::{Digest, Sha1};

use super::{CallbackError, Keys};
use crate::store::journal::hex;

/// What stands in the callback's address.
#[derive(Clone, Copy, Debug)]
pub struct Signature<'a> {
    /// `msg_signature`.
    pub msg_signature: &'a str,
    /// `timestamp`.
    pub timestamp: &'a str,
    /// `nonce`.
    pub nonce: &'a str,
}

/// An opened message.
pub type Sealed = Vec<u8>;

/// Checks the signature and opens the message.
pub(super) fn open(
    keys: &Keys,
    signature: &Signature<'_>,
    encrypted: &str,
) -> Result<Sealed, CallbackError> {
    let encrypted = encrypted.trim();
    let mut parts = [
        keys.token.reveal(),
        signature.timestamp,
        signature.nonce,
        encrypted,
    ];
    parts.sort_unstable();
    let ours = hex(&Sha1::digest(parts.concat().as_bytes()));
    if !same(ours.as_bytes(), signature.msg_signature.as_bytes()) {
        return Err(CallbackError::Signature);
    }
    // The key's last character carries bits that mean nothing.
    let config = GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
    let base64 = GeneralPurpose::new(&STANDARD, config);
    let key = base64
        .decode(format!("{}=", keys.aes_key.reveal()))
        .map_err(|_| CallbackError::Key)?;
    let iv = key.get(..16).ok_or(CallbackError::Key)?;
    let mut bytes = base64
        .decode(encrypted)
        .map_err(|_| CallbackError::Sealed(("不是 base64", "it is not base64")))?;
    let cipher =
        cbc::Decryptor::<Aes256>::new_from_slices(&key, iv).map_err(|_| CallbackError::Key)?;
    let plain = cipher
        .decrypt_padded::<NoPadding>(&mut bytes)
        .map_err(|_| CallbackError::Sealed(("长度不对", "its length is not that of a message")))?;
    message(unpadded(plain)?, keys.receive_id.as_bytes()).map(<[u8]>::to_vec)
}

/// Takes the padding off: to 32 bytes, which no library knows.
fn unpadded(plain: &[u8]) -> Result<&[u8], CallbackError> {
    let wrong = CallbackError::Sealed(("填充不对", "its padding is wrong"));
    let Some(pad) = plain.last().filter(|pad| (1..=32).contains(*pad)) else {
        return Err(wrong);
    };
    let Some(at) = plain.len().checked_sub(usize::from(*pad)) else {
        return Err(wrong);
    };
    let (message, padding) = plain.split_at(at);
    if padding.iter().any(|byte| byte != pad) {
        return Err(wrong);
    }
    Ok(message)
}

/// The message between its length and the receive id, which has to be ours.
fn message<'m>(plain: &'m [u8], receive_id: &[u8]) -> Result<&'m [u8], CallbackError> {
    let short = || CallbackError::Sealed(("太短", "it is too short"));
    let (length, rest) = plain
        .get(16..)
        .and_then(<[u8]>::split_first_chunk::<4>)
        .ok_or_else(short)?;
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| short())?;
    let (message, receiver) = rest.split_at_checked(length).ok_or_else(short)?;
    if receiver != receive_id {
        return Err(CallbackError::Sealed((
            "是给别的企业的",
            "it is for another company",
        )));
    }
    Ok(message)
}

/// Compares without telling by its time where they differ.
fn same(ours: &[u8], theirs: &[u8]) -> bool {
    ours.len() == theirs.len()
        && ours
            .iter()
            .zip(theirs)
            .fold(0, |diff, (a, b)| diff | (a ^ b))
            == 0
}

/// Sealing, for tests.
#[cfg(test)]
pub(super) mod testing {
    use super::*;
    use crate::wecom::secret::Secret;
    use aes::cipher::BlockModeEncrypt;

    /// Keys of an app.
    pub(in super::super) fn keys() -> Keys {
        Keys {
            token: Secret::new("tok").unwrap(),
            aes_key: Secret::new("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG").unwrap(),
            receive_id: "ww1".into(),
        }
    }

    /// Seals a message for a receiver; its ciphertext and signature.
    pub(in super::super) fn seal(keys: &Keys, message: &str, receiver: &str) -> (String, String) {
        let config = GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
        let base64 = GeneralPurpose::new(&STANDARD, config);
        let key = base64
            .decode(format!("{}=", keys.aes_key.reveal()))
            .unwrap();
        let mut plain = vec![7; 16];
        plain.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
        plain.extend(message.as_bytes());
        plain.extend(receiver.as_bytes());
        let pad = 32 - plain.len() % 32;
        plain.extend(vec![u8::try_from(pad).unwrap(); pad]);
        let length = plain.len();
        let cipher = cbc::Encryptor::<Aes256>::new_from_slices(&key, &key[..16]).unwrap();
        cipher
            .encrypt_padded::<NoPadding>(&mut plain, length)
            .unwrap();
        let encrypted = base64.encode(&plain);
        let mut parts = [keys.token.reveal(), "1", "n", &encrypted];
        parts.sort_unstable();
        let signature = hex(&Sha1::digest(parts.concat().as_bytes()));
        (encrypted, signature)
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{keys, seal};
    use super::*;

    fn opened(encrypted: &str, msg_signature: &str) -> Result<Sealed, CallbackError> {
        let signature = Signature {
            msg_signature,
            timestamp: "1",
            nonce: "n",
        };
        open(&keys(), &signature, encrypted)
    }

    #[test]
    fn the_documents_own_example_opens() {
        // The sample of 加解密方案: token, key and receive id are the document's.
        use crate::wecom::secret::Secret;
        let keys = Keys {
            token: Secret::new("QDG6eK").unwrap(),
            aes_key: Secret::new("jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C").unwrap(),
            receive_id: "wx5823bf96d3bd56c7".into(),
        };
        let signature = Signature {
            msg_signature: "477715d11cdb4164915debcba66cb864d751f3e6",
            timestamp: "1409659813",
            nonce: "1372623149",
        };
        let encrypted = "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q==";
        let plain = open(&keys, &signature, encrypted).unwrap();
        let text = String::from_utf8(plain).unwrap();
        assert!(
            text.contains("<Content><![CDATA[hello]]></Content>"),
            "{text}"
        );
    }

    #[test]
    fn a_message_opens_only_whole_signed_and_for_us() {
        let (encrypted, signature) = seal(&keys(), "<xml/>", "ww1");
        assert_eq!(opened(&encrypted, &signature).unwrap(), b"<xml/>");
        assert!(matches!(
            opened(&encrypted, &"0".repeat(40)),
            Err(CallbackError::Signature)
        ));
        assert!(matches!(
            opened(&encrypted, ""),
            Err(CallbackError::Signature)
        ));
        assert!(matches!(
            opened(encrypted.get(4..).unwrap(), &signature),
            Err(CallbackError::Signature)
        ));
        let (encrypted, signature) = seal(&keys(), "<xml/>", "ww2");
        assert!(matches!(
            opened(&encrypted, &signature),
            Err(CallbackError::Sealed(_))
        ));
    }

    #[test]
    fn broken_padding_and_lengths_are_refused() {
        assert!(unpadded(&[]).is_err());
        assert!(unpadded(&[0; 32]).is_err());
        assert!(unpadded(&[33; 64]).is_err());
        assert!(unpadded(&[5, 4, 3, 3]).is_err());
        assert_eq!(unpadded(&[9, 2, 2]).unwrap(), [9]);
        let mut plain = vec![0; 16];
        plain.extend(u32::MAX.to_be_bytes());
        assert!(message(&plain, b"").is_err());
        assert!(message(&[0; 19], b"").is_err());
    }
}
