//! How a record is kept in a Secret: as JSON, compressed, and in base64.

use std::io::{Read as _, Write as _};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::{Map, Value as Json};

use super::RecordError;

const GZIP: [u8; 3] = [0x1f, 0x8b, 0x08];
/// No honest record is larger: a Secret has at most 1 MiB, and manifests do not shrink to a sixtieth.
const LONGEST: u64 = 64 << 20;

pub(super) fn encode(record: &Map<String, Json>) -> Result<String, RecordError> {
    let failed = |error: std::io::Error| RecordError::new(format!("it cannot be written: {error}"));
    let text = serde_json::to_vec(record).map_err(|error| failed(error.into()))?;
    let mut compressed = GzEncoder::new(Vec::new(), Compression::best());
    compressed.write_all(&text).map_err(failed)?;
    Ok(BASE64_STANDARD.encode(compressed.finish().map_err(failed)?))
}

/// Reads what any version of Helm wrote; the first ones did not compress.
pub(super) fn decode(text: &str) -> Result<Map<String, Json>, RecordError> {
    let failed = |what: &str| RecordError::new(format!("it is no record of Helm's: {what}"));
    let bytes = BASE64_STANDARD.decode(text.trim()).map_err(|_| failed("it is not in base64"))?;
    let bytes = match bytes.starts_with(&GZIP) {
        false => bytes,
        true => {
            let mut text = Vec::new();
            let read = GzDecoder::new(bytes.as_slice()).take(LONGEST + 1).read_to_end(&mut text);
            read.map_err(|_| failed("it does not unpack"))?;
            if text.len() as u64 > LONGEST {
                return Err(failed("it unpacks to more than 64 MiB"));
            }
            text
        }
    };
    serde_json::from_slice(&bytes).map_err(|_| failed("it is no JSON object"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn a_record_that_is_not_compressed_is_read() {
        let plain = BASE64_STANDARD.encode("{\"name\":\"a\"}");
        assert_eq!(Json::Object(decode(&plain).unwrap()), json!({"name": "a"}));
    }

    #[test]
    fn what_is_no_record_says_why() {
        let cases = [
            ("?".to_owned(), "base64"),
            (BASE64_STANDARD.encode("[]"), "no JSON object"),
            (BASE64_STANDARD.encode([0x1f, 0x8b, 0x08, 0, 0, 0]), "does not unpack"),
        ];
        for (text, expected) in cases {
            assert!(decode(&text).unwrap_err().to_string().contains(expected), "{text}");
        }
    }

    #[test]
    fn what_unpacks_to_too_much_is_refused() {
        let mut compressed = GzEncoder::new(Vec::new(), Compression::best());
        let zeros = vec![0; 1 << 20];
        for _ in 0..65 {
            compressed.write_all(&zeros).unwrap();
        }
        let text = BASE64_STANDARD.encode(compressed.finish().unwrap());
        assert!(text.len() < 100_000);
        assert!(decode(&text).unwrap_err().to_string().contains("64 MiB"));
    }

    fn any_json() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::from),
            any::<i64>().prop_map(Json::from),
            ".*".prop_map(Json::from)
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
                prop::collection::btree_map(".*", inner, 0..4).prop_map(|all| Json::Object(all.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn whatever_is_kept_reads_back(all in prop::collection::btree_map(".*", any_json(), 0..5)) {
            let record: Map<String, Json> = all.into_iter().collect();
            prop_assert_eq!(decode(&encode(&record).unwrap()).unwrap(), record);
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = decode(&text);
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), zipped in any::<bool>()) {
            let bytes = if zipped { [GZIP.as_slice(), &bytes].concat() } else { bytes };
            let _ = decode(&BASE64_STANDARD.encode(bytes));
        }
    }
}
