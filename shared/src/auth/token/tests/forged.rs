//! Forged and malformed tokens, each with one thing wrong. All but those about signatures are signed with our own key,
//! so that only the rule under test can refuse them.

use aws_lc_rs::signature::{RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256};

use super::draft::{Draft, foreign, hs256_with_der, hs256_with_modulus, ours, with_spare_bits, with_trailing_bits};
use super::*;

type Forgery = (&'static str, fn(&mut Draft));

pub const FORGERIES: &[Forgery] = &[
    // The key determines the algorithm, never the token.
    ("alg none, signed", |d| d.head("alg", "none")),
    ("alg none, signature empty", |d| d.signs(Some("none"), |_| Vec::new())),
    ("alg None", |d| d.signs(Some("None"), |_| Vec::new())),
    ("alg empty", |d| d.head("alg", "")),
    ("alg missing", |d| drop(d.header.remove("alg"))),
    ("alg null", |d| d.head("alg", Value::Null)),
    ("alg in lower case", |d| d.head("alg", "rs256")),
    ("alg a list", |d| d.head("alg", json!(["RS256"]))),
    ("HS256 with the modulus", |d| d.signs(Some("HS256"), hs256_with_modulus)),
    ("HS256 with the public key", |d| d.signs(Some("HS256"), hs256_with_der)),
    ("HS256 signature called RS256", |d| d.signs(None, hs256_with_der)),
    ("RS384", |d| d.signs(Some("RS384"), |m| ours(&RSA_PKCS1_SHA384, m))),
    ("RS512 signature called RS256", |d| d.signs(None, |m| ours(&RSA_PKCS1_SHA512, m))),
    ("PS256", |d| d.signs(Some("PS256"), |m| ours(&RSA_PSS_SHA256, m))),
    ("PS256 signature called RS256", |d| d.signs(None, |m| ours(&RSA_PSS_SHA256, m))),
    ("ES256", |d| d.head("alg", "ES256")),
    // The key must be one of ours.
    ("kid missing", |d| drop(d.header.remove("kid"))),
    ("kid unknown", |d| d.head("kid", "nobody")),
    ("kid empty", |d| d.head("kid", "")),
    ("kid a number", |d| d.head("kid", 0)),
    ("kid null", |d| d.head("kid", Value::Null)),
    ("kid like a path", |d| d.head("kid", "../../dev/null")),
    ("kid like a query", |d| d.head("kid", "x' OR '1'='1")),
    ("kid with NUL", |d| d.head("kid", format!("{}\0", RING.signer().unwrap().kid()))),
    ("kid with a blank", |d| d.head("kid", format!("{} ", RING.signer().unwrap().kid()))),
    // The header must hold exactly what we write.
    ("typ JWT", |d| d.head("typ", "JWT")),
    ("typ missing", |d| drop(d.header.remove("typ"))),
    ("typ of an ID token", |d| d.head("typ", "id+jwt")),
    ("typ in capitals", |d| d.head("typ", "AT+JWT")),
    ("typ with a homoglyph", |d| d.head("typ", "\u{430}t+jwt")),
    ("jku", |d| d.head("jku", "https://evil.example/jwks.json")),
    ("jwk", |d| d.head("jwk", RING.jwks(now())["keys"][0].clone())),
    ("x5u", |d| d.head("x5u", "https://evil.example/chain.pem")),
    ("x5c", |d| d.head("x5c", json!(["MIIB"]))),
    ("x5t", |d| d.head("x5t", "AAAA")),
    ("crit", |d| d.head("crit", json!(["exp"]))),
    ("crit empty", |d| d.head("crit", json!([]))),
    ("b64 false", |d| d.head("b64", false)),
    ("zip", |d| d.head("zip", "DEF")),
    ("cty JWT", |d| d.head("cty", "JWT")),
    ("exp in the header", |d| d.head("exp", 1_790_003_600)),
    // Header and claims are objects without duplicate keys.
    ("header with alg twice", |d| d.header_json = |json| json.replacen('{', r#"{"alg":"RS256","#, 1)),
    ("header with alg twice, escaped", |d| d.header_json = |json| json.replacen('{', r#"{"\u0061lg":"none","#, 1)),
    ("claims with exp twice", |d| d.claims_json = |json| json.replacen('{', r#"{"exp":1790003600,"#, 1)),
    ("claims with sub twice", |d| d.claims_json = |json| json.replacen('{', r#"{"sub":"globex","#, 1)),
    ("claims with an unknown key twice", |d| d.claims_json = |json| json.replacen('{', r#"{"x":1,"x":1,"#, 1)),
    ("header a list", |d| d.header_json = |_| r#"["RS256","at+jwt","k"]"#.to_owned()),
    ("header a text", |d| d.header_json = |json| Value::from(json).to_string()),
    ("header empty", |d| d.header_json = |_| String::new()),
    ("header cut off", |d| d.header_json = |json| json[..json.len() - 1].to_owned()),
    ("header with more behind it", |d| d.header_json = |json| json + "{}"),
    ("claims a list", |d| d.claims_json = |json| format!("[{json}]")),
    ("claims null", |d| d.claims_json = |_| "null".to_owned()),
    ("claims empty", |d| d.claims_json = |_| String::new()),
    ("claims cut off", |d| d.claims_json = |json| json[..json.len() - 1].to_owned()),
    ("claims with more behind them", |d| d.claims_json = |json| json + "x"),
    ("claims behind a byte order mark", |d| d.claims_json = |json| format!("\u{feff}{json}")),
    ("claims not UTF-8", |d| d.claims_part = |_| encode(b"{\"iss\":\"\xff\"}")),
    ("claims nested too deep", |d| {
        d.claims_json = |json| json.replacen('{', &format!(r#"{{"x":{}{},"#, "[".repeat(500), "]".repeat(500)), 1);
    }),
    // One encoding of the same bytes is accepted.
    ("header padded", |d| d.header_part = |part| part + "="),
    ("claims padded", |d| d.claims_part = |part| part + "=="),
    ("signature padded", |d| d.signature_part = |part| part + "=="),
    ("header with trailing bits", |d| {
        d.header_json = with_spare_bits;
        d.header_part = with_trailing_bits;
    }),
    ("claims with trailing bits", |d| {
        d.claims_json = with_spare_bits;
        d.claims_part = with_trailing_bits;
    }),
    ("signature with trailing bits", |d| d.signature_part = with_trailing_bits),
    ("claims with a line end", |d| d.claims_part = |part| part + "\n"),
    ("claims in plain base64", |d| d.claims_part = |part| format!("{part}+/+/")),
    ("blank in front", |d| d.whole = |token| format!(" {token}")),
    ("blank behind", |d| d.whole = |token| token + " "),
    ("line end behind", |d| d.whole = |token| token + "\n"),
    ("NUL behind", |d| d.whole = |token| token + "\0"),
    ("letters of another script", |d| d.whole = |token| token.replacen('e', "\u{435}", 1)),
    ("wide dots", |d| d.whole = |token| token.replace('.', "\u{ff0e}")),
    // There must be three parts.
    ("nothing", |d| d.whole = |_| String::new()),
    ("two dots", |d| d.whole = |_| "..".to_owned()),
    ("one part", |d| d.whole = |token| token.replace('.', "")),
    ("two parts", |d| d.whole = |token| token.rsplit_once('.').unwrap().0.to_owned()),
    ("four parts", |d| d.whole = |token| token + ".AAAA"),
    ("a dot behind", |d| d.whole = |token| token + "."),
    ("a dot in front", |d| d.whole = |token| format!(".{token}")),
    ("five parts, as a JWE", |d| d.whole = |token| format!("{token}.AAAA.AAAA")),
    ("a token in a token", |d| d.claims_json = |_| Value::from(Draft::default().token()).to_string()),
    ("the JSON serialization", |d| {
        d.whole = |token| {
            let parts: Vec<_> = token.split('.').collect();
            json!({"protected": parts[0], "payload": parts[1], "signature": parts[2]}).to_string()
        }
    }),
    ("with its scheme", |d| d.whole = |token| format!("Bearer {token}")),
    ("too long", |d| d.claim("x", "x".repeat(MAX_TOKEN))),
    // The signature covers every part.
    ("signature empty", |d| d.signature_part = |_| String::new()),
    ("signature cut", |d| d.signature_part = |part| part[..part.len() - 4].to_owned()),
    ("signature longer", |d| d.signature_part = |part| encode(&[decode(&part).unwrap(), vec![0]].concat())),
    ("signature with a zero in front", |d| {
        d.signature_part = |part| encode(&[vec![0], decode(&part).unwrap()].concat());
    }),
    ("signature of zeros", |d| d.sign = |_| vec![0; 256]),
    ("signature of another key", |d| d.sign = foreign),
    ("signature of another message", |d| d.sign = |_| ours(&RSA_PKCS1_SHA256, b"message")),
    ("one bit of the signature", |d| {
        d.signature_part = |part| {
            let mut bytes = decode(&part).unwrap();
            bytes[100] ^= 1;
            encode(&bytes)
        }
    }),
    ("scope changed afterwards", |d| {
        d.claim("scope", "read");
        d.whole = |token| {
            let parts: Vec<_> = token.split('.').collect();
            let claims = String::from_utf8(decode(parts[1]).unwrap()).unwrap();
            let more = claims.replace(r#""scope":"read""#, r#""scope":"read write""#);
            assert_ne!(more, claims);
            format!("{}.{}.{}", parts[0], encode(more.as_bytes()), parts[2])
        };
    }),
    // For this service, from this issuer.
    ("iss missing", |d| drop(d.claims.remove("iss"))),
    ("iss another", |d| d.claim("iss", "https://evil.example")),
    ("iss with a slash more", |d| d.claim("iss", format!("{}/", REALM.issuer))),
    ("iss a list", |d| d.claim("iss", json!([REALM.issuer]))),
    ("aud missing", |d| drop(d.claims.remove("aud"))),
    ("aud another", |d| d.claim("aud", "https://elsewhere.example")),
    ("aud empty", |d| d.claim("aud", "")),
    ("aud an empty list", |d| d.claim("aud", json!([]))),
    ("aud a list of two", |d| d.claim("aud", json!([REALM.audience, "https://elsewhere.example"]))),
    ("aud twice in a list", |d| d.claim("aud", json!([REALM.audience, REALM.audience]))),
    ("aud an object", |d| d.claim("aud", json!({"0": REALM.audience}))),
    // Of one client.
    ("sub missing", |d| drop(d.claims.remove("sub"))),
    ("sub another client", |d| d.claim("sub", "globex")),
    ("sub in another case", |d| d.claim("sub", "Acme")),
    ("client_id missing", |d| drop(d.claims.remove("client_id"))),
    ("client_id another client", |d| d.claim("client_id", "globex")),
    ("no client id at all", |d| {
        d.claim("sub", "");
        d.claim("client_id", "");
    }),
    ("a client id that is a key", |d| {
        d.claim("sub", "a#b");
        d.claim("client_id", "a#b");
    }),
    // Times are whole seconds in a sane order.
    ("exp missing", |d| drop(d.claims.remove("exp"))),
    ("exp a text", |d| d.claim("exp", "1790003600")),
    ("exp a fraction", |d| d.claim("exp", 1_790_003_600.5)),
    ("exp a whole fraction", |d| d.claim("exp", 1_790_003_600.0)),
    ("exp with an exponent", |d| {
        d.claims_json = |json| json.replace("1790003600", "1.7900036e9");
    }),
    ("exp negative", |d| d.claim("exp", -1)),
    ("exp null", |d| d.claim("exp", Value::Null)),
    ("exp huge", |d| d.claim("exp", u64::MAX)),
    ("exp the largest integer", |d| d.claim("exp", i64::MAX)),
    ("exp beyond all integers", |d| d.claims_json = |json| json.replace("1790003600", "1790003600000000000000000")),
    ("exp in milliseconds", |d| d.claim("exp", 1_790_003_600_000_i64)),
    ("exp more than a day after iat", |d| d.claim("exp", 1_790_086_401)),
    ("exp before iat", |d| {
        d.claim("exp", 1_789_999_999);
        d.claim("nbf", 1_789_999_000);
    }),
    ("iat missing", |d| drop(d.claims.remove("iat"))),
    ("iat a text", |d| d.claim("iat", "1790000000")),
    ("iat in the future", |d| {
        d.claim("iat", 1_790_004_061);
        d.claim("exp", 1_790_005_000);
    }),
    ("iat zero", |d| d.claim("iat", 0)),
    ("nbf missing", |d| drop(d.claims.remove("nbf"))),
    ("nbf in the future", |d| {
        d.claim("nbf", 1_790_004_061);
        d.claim("exp", 1_790_005_000);
    }),
    ("nbf a truth value", |d| d.claim("nbf", true)),
    // An id and a token type.
    ("jti missing", |d| drop(d.claims.remove("jti"))),
    ("jti empty", |d| d.claim("jti", "")),
    ("jti too long", |d| d.claim("jti", "x".repeat(65))),
    ("jti that is a key", |d| d.claim("jti", "a#b")),
    ("jti a number", |d| d.claim("jti", 7)),
    ("scope missing", |d| drop(d.claims.remove("scope"))),
    ("scope empty", |d| d.claim("scope", "")),
    ("scope unknown", |d| d.claim("scope", "read admin")),
    ("scope twice", |d| d.claim("scope", "read read")),
    ("scope a list", |d| d.claim("scope", json!(["read"]))),
];

/// Written differently than ours, and valid: the limit of strictness.
const VARIANTS: &[Forgery] = &[
    ("as it is", |_| {}),
    ("typ in full", |d| d.head("typ", "application/at+jwt")),
    ("aud as a list of one", |d| d.claim("aud", json!([REALM.audience]))),
    ("a claim from a later version", |d| d.claim("region", "north")),
    ("blanks in the JSON", |d| d.claims_json = |json| format!(" {}\n", json.replace(',', ", "))),
    ("spare bits that are zero", |d| d.claims_json = with_spare_bits),
    ("a day to live", |d| d.claim("exp", 1_790_086_400)),
    ("jti of 64 characters", |d| d.claim("jti", "x".repeat(64))),
    ("the other order of scopes", |d| d.claim("scope", "write read")),
    ("clocks apart", |d| {
        d.claim("iat", 1_790_000_060);
        d.claim("nbf", 1_790_000_060);
    }),
];

fn spoilt(forge: fn(&mut Draft)) -> String {
    let mut draft = Draft::default();
    forge(&mut draft);
    draft.token()
}

#[test]
fn no_forged_or_malformed_token_is_accepted() {
    assert!(FORGERIES.len() >= 60);
    for (name, forge) in FORGERIES {
        assert!(check(&Draft::default().token()).is_ok(), "the draft before: {name}");
        let token = spoilt(*forge);
        assert_ne!(token, Draft::default().token(), "nothing was changed: {name}");
        assert_eq!(check(&token), Err(Verdict::InvalidToken), "{name}");
    }
}

#[test]
fn forgeries_have_names_of_their_own() {
    let names: std::collections::BTreeSet<_> = FORGERIES.iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), FORGERIES.len());
}

#[test]
fn a_token_spelt_otherwise_is_accepted() {
    for (name, vary) in VARIANTS {
        assert!(check(&spoilt(*vary)).is_ok(), "{name}");
    }
}

#[test]
fn a_token_is_read_up_to_its_longest_length_only() {
    let of_length = |filler: usize| {
        let mut draft = Draft::default();
        draft.claim("x", "x".repeat(filler));
        draft.token()
    };
    let too_much = (2_000..MAX_TOKEN).find(|filler| of_length(*filler).len() > MAX_TOKEN).unwrap();
    assert!(check(&of_length(too_much - 1)).is_ok());
    assert_eq!(check(&of_length(too_much)), Err(Verdict::InvalidToken));
}
