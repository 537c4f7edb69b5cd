//! A token under construction. It starts out valid; a test breaks one thing and looks at the verdict.

use super::*;

type Change = fn(String) -> String;

/// The signing key of [`RING`], outside its ring.
static OURS: LazyLock<RsaKeyPair> = LazyLock::new(|| {
    let json: Value = serde_json::from_str(&RING.to_json().unwrap()).unwrap();
    RsaKeyPair::from_pkcs8(&decode(json["keys"][0]["pkcs8"].as_str().unwrap()).unwrap()).unwrap()
});

static FOREIGN: LazyLock<RsaKeyPair> = LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());

pub struct Draft {
    pub header: Map<String, Value>,
    pub claims: Map<String, Value>,
    /// Replaces the JSON of `header` and `claims` before they are encoded.
    pub header_json: Change,
    pub claims_json: Change,
    /// Change the encoded parts, before they are signed.
    pub header_part: Change,
    pub claims_part: Change,
    pub sign: fn(&[u8]) -> Vec<u8>,
    /// Changes the encoded signature.
    pub signature_part: Change,
    /// Changes the whole token.
    pub whole: Change,
}

impl Default for Draft {
    fn default() -> Self {
        let Value::Object(header) = json!({"alg": "RS256", "typ": "at+jwt", "kid": RING.signer().unwrap().kid()})
        else {
            panic!("a header is an object")
        };
        let Value::Object(claims) = json!({
            "iss": REALM.issuer, "sub": "acme", "aud": REALM.audience, "exp": 1_790_003_600, "iat": 1_790_000_000,
            "nbf": 1_790_000_000, "jti": "0123456789abcdefghijkl", "client_id": "acme", "scope": "read write",
        }) else {
            panic!("claims are an object")
        };
        let same: Change = |text| text;
        Self {
            header,
            claims,
            header_json: same,
            claims_json: same,
            header_part: same,
            claims_part: same,
            sign: |message| signed(&OURS, &RSA_PKCS1_SHA256, message),
            signature_part: same,
            whole: same,
        }
    }
}

impl Draft {
    /// Sets a header parameter.
    pub fn head(&mut self, name: &str, value: impl Into<Value>) {
        self.header.insert(name.to_owned(), value.into());
    }

    /// Sets a claim.
    pub fn claim(&mut self, name: &str, value: impl Into<Value>) {
        self.claims.insert(name.to_owned(), value.into());
    }

    /// Signs with another algorithm and says so, if `alg` is given.
    pub fn signs(&mut self, alg: Option<&str>, sign: fn(&[u8]) -> Vec<u8>) {
        self.sign = sign;
        if let Some(alg) = alg {
            self.head("alg", alg);
        }
    }

    pub fn token(&self) -> String {
        let part = |json: String, change: Change| change(encode(json.as_bytes()));
        let header = part((self.header_json)(Value::from(self.header.clone()).to_string()), self.header_part);
        let claims = part((self.claims_json)(Value::from(self.claims.clone()).to_string()), self.claims_part);
        let message = format!("{header}.{claims}");
        let signature = (self.signature_part)(encode(&(self.sign)(message.as_bytes())));
        (self.whole)(format!("{message}.{signature}"))
    }
}

pub fn ours(encoding: &'static dyn RsaEncoding, message: &[u8]) -> Vec<u8> {
    signed(&OURS, encoding, message)
}

pub fn foreign(message: &[u8]) -> Vec<u8> {
    signed(&FOREIGN, &RSA_PKCS1_SHA256, message)
}

fn signed(pair: &RsaKeyPair, encoding: &'static dyn RsaEncoding, message: &[u8]) -> Vec<u8> {
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(encoding, &SystemRandom::new(), message, &mut signature).unwrap();
    signature
}

/// HMAC with the public key, which a verifier accepts if it lets the token choose the algorithm.
pub fn hs256_with_modulus(message: &[u8]) -> Vec<u8> {
    let modulus = decode(RING.jwks(now())["keys"][0]["n"].as_str().unwrap()).unwrap();
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &modulus), message).as_ref().to_vec()
}

pub fn hs256_with_der(message: &[u8]) -> Vec<u8> {
    let der = OURS.public_key().as_der().unwrap();
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, der.as_ref()), message).as_ref().to_vec()
}

/// Another encoding of the same bytes: sets the unused bits of the last character.
pub fn with_trailing_bits(mut part: String) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    assert_ne!(part.len() % 4, 0, "a part without spare bits");
    let last = ALPHABET.find(part.pop().unwrap()).unwrap();
    part.push(char::from(ALPHABET.as_bytes()[last + 1]));
    part
}

/// Blanks at the end, so that the encoded text has spare bits.
pub fn with_spare_bits(mut json: String) -> String {
    while json.len().is_multiple_of(3) {
        json.push(' ');
    }
    json
}
