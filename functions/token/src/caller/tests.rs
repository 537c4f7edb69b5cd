use serde_json::{Value, json};
use shared::http::Event;

use super::*;

const FORM: &str = "application/x-www-form-urlencoded";

/// A request with these headers, query and body.
fn request(headers: &Value, query: &str, body: &str) -> RawRequest {
    let event: Event = serde_json::from_value(json!({
        "version": "2.0", "routeKey": "POST /oauth/client_credential/accesstoken", "rawPath": "/", "body": body,
        "rawQueryString": query, "headers": headers, "isBase64Encoded": false,
        "requestContext": {"http": {"method": "POST", "path": "/", "protocol": "HTTP/1.1"}},
    }))
    .unwrap();
    RawRequest::from(event)
}

fn basic(text: &str) -> String {
    format!("Basic {}", STANDARD.encode(text))
}

fn read(headers: &Value, query: &str, body: &str) -> Result<(Option<String>, String, String), Refusal> {
    let request = request(headers, query, body);
    let form = match Form::read(&request) {
        Ok(form) => form,
        Err(Stop::Refused(refusal)) => return Err(refusal),
        Err(Stop::Failed(error)) => panic!("{error}"),
    };
    let grant = form.anywhere("grant_type")?.map(str::to_owned);
    Credentials::read(&request, &form).map(|Credentials { id, secret }| (grant, id, secret))
}

fn invalid_request(result: &Result<(Option<String>, String, String), Refusal>) -> bool {
    matches!(result, Err(Refusal::InvalidRequest(_)))
}

#[test]
fn all_five_forms_say_the_same() {
    const GRANT: &str = "grant_type=client_credentials";
    let authorization = basic("portal:s3cret");
    let in_form = "client_id=portal&client_secret=s3cret";
    let forms = [
        (json!({"authorization": authorization}), GRANT, String::new()),
        (json!({"authorization": authorization, "content-type": "application/json"}), GRANT, String::new()),
        (json!({"authorization": authorization, "content-type": FORM}), GRANT, "scope=read".to_owned()),
        (json!({"content-type": FORM}), GRANT, in_form.to_owned()),
        (json!({"content-type": FORM}), "", format!("{in_form}&{GRANT}")),
        (
            json!({"authorization": authorization, "content-type": format!("{FORM}; charset=utf-8")}),
            "",
            GRANT.to_owned(),
        ),
    ];
    for (headers, query, body) in forms {
        let (grant, id, secret) = read(&headers, query, &body).unwrap();
        let what = (grant.as_deref(), id.as_str(), secret.as_str());
        assert_eq!(what, (Some("client_credentials"), "portal", "s3cret"), "{headers} {query} {body}");
    }
}

#[test]
fn basic_credentials_are_form_decoded() {
    let headers = json!({"authorization": basic("port%61l:a%3Ab+c%25")});
    assert_eq!(read(&headers, "", "").unwrap(), (None, "portal".to_owned(), "a:b c%".to_owned()));
    // Everything after the first colon is the secret, and the scheme is case-insensitive.
    let headers = json!({"authorization": basic("portal:a:b").replace("Basic", "bAsIc")});
    assert_eq!(read(&headers, "", "").unwrap().2, "a:b");
}

#[test]
fn without_good_credentials_there_is_no_client() {
    let cases = [
        (json!({}), ""),
        (json!({}), "client_id=portal"),
        (json!({}), "client_secret=s3cret"),
        (json!({}), "client_id=portal&client_secret="),
        (json!({"authorization": "Basic"}), ""),
        (json!({"authorization": "Basic ****"}), ""),
        (json!({"authorization": basic("portal")}), ""),
        (json!({"authorization": basic("portal:%ff")}), ""),
        (json!({"authorization": basic("portal:s3cret").replace("Basic", "Bearer")}), ""),
        (json!({"authorization": format!("{0}, {0}", basic("portal:s3cret"))}), ""),
    ];
    for (headers, body) in cases {
        assert_eq!(read(&headers, "", body).unwrap_err(), Refusal::InvalidClient, "{headers} {body}");
    }
}

#[test]
fn one_way_of_authenticating() {
    let headers = json!({"authorization": basic("portal:s3cret")});
    assert!(invalid_request(&read(&headers, "", "client_id=portal&client_secret=s3cret")));
    assert!(invalid_request(&read(&headers, "", "client_secret=s3cret")));
    assert!(invalid_request(&read(&headers, "", "client_id=other")));
    assert!(read(&headers, "", "client_id=portal").is_ok());
}

#[test]
fn a_parameter_is_given_once() {
    let headers = json!({"authorization": basic("portal:s3cret")});
    assert!(invalid_request(&read(&headers, "grant_type=a&grant_type=a", "")));
    assert!(invalid_request(&read(&headers, "", "grant_type=a&grant_type=a")));
    assert!(invalid_request(&read(&headers, "grant_type=a", "grant_type=b")));
    assert!(invalid_request(&read(&json!({}), "", "client_id=a&client_id=a&client_secret=s")));
    assert_eq!(read(&headers, "grant_type=a", "grant_type=a").unwrap().0.as_deref(), Some("a"));
    assert_eq!(read(&headers, "grant_type=", "").unwrap().0, None);
}

#[test]
fn secrets_stay_out_of_the_address_and_bodies_are_forms() {
    assert!(invalid_request(&read(&json!({}), "client_id=portal&client_secret=s3cret", "")));
    let json_body = json!({"content-type": "application/json"});
    assert!(invalid_request(&read(&json_body, "", "{\"client_id\":\"portal\"}")));
    assert!(!invalid_request(&read(&json_body, "", " \n")));
}
