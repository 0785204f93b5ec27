//! Requests to the API server, and the reading of its answers.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::{Request, Response, StatusCode};
use kube::Client;
use kube::client::Body;
use kube::core::{ApiResource, GroupVersionKind};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::limits::{ANSWER, OBJECT_BYTES};
use super::{AccessReview, ApiClient, ApiError, Collection, WatchEvent};

/// A status and a body.
type Canned = (StatusCode, Vec<u8>);
/// The head and the body of a request.
type Sent = (Request<()>, Vec<u8>);

/// An API server that gives these answers, one after the other, and none after the last.
#[derive(Clone, Default)]
struct ApiServer {
    answers: Arc<Mutex<VecDeque<Canned>>>,
    requests: Arc<Mutex<Vec<Sent>>>,
}

impl ApiServer {
    fn answering(answers: impl IntoIterator<Item = Canned>) -> (Self, ApiClient) {
        let fake = Self {
            answers: Arc::new(Mutex::new(answers.into_iter().collect())),
            ..Self::default()
        };
        let at_work = fake.clone();
        let service = tower::service_fn(move |request: Request<Body>| {
            let fake = at_work.clone();
            async move {
                let (head, body) = request.into_parts();
                let body = body.collect().await.unwrap().to_bytes().to_vec();
                fake.requests.lock().unwrap().push((Request::from_parts(head, ()), body));
                let answer = fake.answers.lock().unwrap().pop_front();
                let Some((code, body)) = answer else { return std::future::pending().await };
                let mut response = Response::new(Body::from(body));
                *response.status_mut() = code;
                Ok::<_, Infallible>(response)
            }
        });
        (fake, Client::new(service, "default").into())
    }

    /// Method, path and query of each request.
    fn lines(&self) -> Vec<String> {
        let requests = self.requests.lock().unwrap();
        requests.iter().map(|(head, _)| format!("{} {}", head.method(), head.uri())).collect()
    }

    fn header(&self, name: &str) -> Vec<String> {
        let requests = self.requests.lock().unwrap();
        let text = |head: &Request<()>| Some(head.headers().get(name)?.to_str().ok()?.to_owned());
        requests.iter().filter_map(|(head, _)| text(head)).collect()
    }
}

fn ok(body: &impl ToString) -> Canned {
    (StatusCode::OK, body.to_string().into_bytes())
}

fn refusal(code: u16) -> Canned {
    let status = json!({"kind": "Status", "message": "as told", "code": 200});
    (StatusCode::from_u16(code).unwrap(), status.to_string().into_bytes())
}

fn lambs(namespace: Option<&str>) -> Collection {
    let kind = GroupVersionKind::gvk("farm.example", "v1", "Lamb");
    Collection::new(&ApiResource::from_gvk_with_plural(&kind, "lambs"), namespace)
}

#[tokio::test]
async fn requests_are_those_that_kubernetes_documents() {
    let none = json!({"metadata": {}, "items": null});
    let answers =
        [ok(&"{}"), ok(&"{}"), ok(&"{}"), ok(&"{}"), ok(&none), ok(&""), ok(&""), ok(&"")];
    let (fake, client) = ApiServer::answering(answers);
    let (all, here) = (lambs(None), lambs(Some("here")));
    client.get(&here, "dolly").await.unwrap();
    client.create(&here, &json!({"of": "dolly"})).await.unwrap();
    client.replace(&all, "dolly", &json!({})).await.unwrap();
    client.patch(&all, "dolly", &json!({})).await.unwrap();
    client.list(&here).next().await.unwrap();
    client.watch(&all, "7").await.unwrap();
    client.stream(&all).await.unwrap();
    client.watch_metadata(&here, "dolly").await.unwrap();
    let watch = "?&watch=true&timeoutSeconds=290";
    let expected = [
        "GET /apis/farm.example/v1/namespaces/here/lambs/dolly".to_owned(),
        "POST /apis/farm.example/v1/namespaces/here/lambs?&fieldManager=sandbox-admission"
            .to_owned(),
        "PUT /apis/farm.example/v1/lambs/dolly?&fieldManager=sandbox-admission".to_owned(),
        "PATCH /apis/farm.example/v1/lambs/dolly?&fieldManager=sandbox-admission".to_owned(),
        "GET /apis/farm.example/v1/namespaces/here/lambs?&limit=25".to_owned(),
        format!(
            "GET /apis/farm.example/v1/lambs{watch}&allowWatchBookmarks=true&resourceVersion=7"
        ),
        format!(
            "GET /apis/farm.example/v1/lambs{watch}&allowWatchBookmarks=true&sendInitialEvents=true\
             &resourceVersionMatch=NotOlderThan&resourceVersion="
        ),
        format!(
            "GET /apis/farm.example/v1/namespaces/here/lambs{watch}\
             &fieldSelector=metadata.name%3Ddolly&allowWatchBookmarks=true&resourceVersion=0"
        ),
    ];
    assert_eq!(fake.lines(), expected);
    let types = fake.header("content-type");
    assert!(types.contains(&"application/strategic-merge-patch+json".to_owned()), "{types:?}");
    let accepted = fake.header("accept");
    assert!(accepted.iter().any(|it| it.contains("as=PartialObjectMetadata;")), "{accepted:?}");
    let created: Value = serde_json::from_slice(&fake.requests.lock().unwrap()[1].1).unwrap();
    assert_eq!(created, json!({"of": "dolly"}));
}

const MAY_SHEAR: AccessReview<'_> = AccessReview {
    user: "shepherd",
    uid: "7",
    groups: &[],
    extra: None,
    verb: "shear",
    group: "farm.example",
    version: "v1",
    resource: "lambs",
    name: "dolly",
};

#[tokio::test]
async fn what_a_user_may_do_is_asked_as_the_user() {
    let answer = |status: Value| ok(&json!({"kind": "SubjectAccessReview", "status": status}));
    let answers = [json!({"allowed": true}), json!({"allowed": false, "reason": "no role"})];
    let (fake, client) = ApiServer::answering(answers.map(answer));
    let groups = ["farmers".to_owned()];
    let extra = RawValue::from_string(r#"{"scopes":["all"]}"#.to_owned()).unwrap();
    let known = AccessReview { groups: &groups, extra: Some(&extra), ..MAY_SHEAR };
    assert!(client.is_allowed(&known).await.unwrap());
    assert!(!client.is_allowed(&MAY_SHEAR).await.unwrap());
    let line = "POST /apis/authorization.k8s.io/v1/subjectaccessreviews?";
    assert_eq!(fake.lines(), [line, line]);
    let sent: Value = serde_json::from_slice(&fake.requests.lock().unwrap()[0].1).unwrap();
    let expected = json!({
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {
            "user": "shepherd",
            "uid": "7",
            "groups": ["farmers"],
            "extra": {"scopes": ["all"]},
            "resourceAttributes": {
                "verb": "shear",
                "group": "farm.example",
                "version": "v1",
                "resource": "lambs",
                "name": "dolly",
            },
        },
    });
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn an_authorizer_that_fails_has_not_refused() {
    let failed = json!({"allowed": false, "evaluationError": "out of order"});
    let one_failed = json!({"allowed": true, "evaluationError": "out of order"});
    let answers = [failed, one_failed].map(|status| ok(&json!({"status": status})));
    let (_, client) = ApiServer::answering(answers.into_iter().chain([refusal(403), ok(&"{}")]));
    let error = client.is_allowed(&MAY_SHEAR).await.unwrap_err().to_string();
    assert_eq!(error, "the API server's authorizers cannot tell: out of order");
    assert!(client.is_allowed(&MAY_SHEAR).await.unwrap());
    assert!(matches!(client.is_allowed(&MAY_SHEAR).await, Err(ApiError::Refused { .. })));
    assert!(matches!(client.is_allowed(&MAY_SHEAR).await, Err(ApiError::Malformed(_))));
}

#[tokio::test]
async fn a_listing_goes_on_where_the_page_before_ended() {
    let page = |token: &str, version: &str, items: Value| {
        ok(&json!({"metadata": {"continue": token, "resourceVersion": version}, "items": items}))
    };
    let answers = [page("a/b==", "1", json!([{"a": 1}, {}])), page("", "2", json!([{"b": 2}]))];
    let (fake, client) = ApiServer::answering(answers);
    let all = lambs(None);
    let mut listing = client.list(&all);
    let mut seen = Vec::new();
    while let Some(object) = listing.next().await.unwrap() {
        seen.push(object.get().to_owned());
    }
    assert!(listing.next().await.unwrap().is_none(), "it is over");
    assert_eq!(seen, [r#"{"a":1}"#, "{}", r#"{"b":2}"#]);
    assert_eq!(listing.version(), "2");
    assert!(fake.lines()[1].ends_with("?&limit=250&continue=a%2Fb%3D%3D"), "{:?}", fake.lines());
    assert_eq!(fake.lines().len(), 2);
}

#[tokio::test]
async fn pages_of_large_objects_are_small() {
    let large = "x".repeat(1 << 20);
    let page = |token: &str| {
        ok(&json!({"items": [{"a": large}, {"a": large}], "metadata": {"continue": token}}))
    };
    let (fake, client) = ApiServer::answering([page("more"), page("")]);
    let all = lambs(None);
    let mut listing = client.list(&all);
    while listing.next().await.unwrap().is_some() {}
    assert!(fake.lines()[1].contains("?&limit=3&"), "{:?}", fake.lines());
}

#[tokio::test]
async fn the_bookmark_that_ends_the_initial_events_is_recognised() {
    let bookmark = |annotations: &Value| {
        json!({"type": "BOOKMARK", "object": {"metadata": {"annotations": annotations}}})
            .to_string()
    };
    let lines = [
        bookmark(&json!({"k8s.io/initial-events-end": "true"})),
        bookmark(&json!({})),
        r#"{"type":"BOOKMARK","object":{"metadata":{}}}"#.to_owned(),
        r#"{"type":"ADDED","object":{"metadata":{"annotations":{"k8s.io/initial-events-end":"true"}}}}"#
            .to_owned(),
    ];
    let (_, client) = ApiServer::answering([ok(&(lines.join("\n") + "\n"))]);
    let mut watch = client.stream(&lambs(None)).await.unwrap();
    let mut ends = Vec::new();
    while let Some(event) = watch.next().await.unwrap() {
        ends.push(event.ends_initial_events());
    }
    assert_eq!(ends, [true, false, false, false]);
}

#[tokio::test]
async fn a_watch_is_read_line_by_line_until_it_ends() {
    let lines = [
        r#"{"type":"ADDED","object":{"a":1}}"#,
        r#"{"object":{"b":2},"type":"MODIFIED"}"#,
        r#"{"type":"BOOKMARK","object":{}}"#,
        r#"{"type":"DELETED","object":{"c":3}}"#,
        r#"{"type":"ADDED","obj"#,
    ];
    let (_, client) = ApiServer::answering([ok(&lines.join("\n"))]);
    let mut watch = client.watch(&lambs(None), "7").await.unwrap();
    let mut seen = Vec::new();
    while let Some(event) = watch.next().await.unwrap() {
        let (what, object) = match event {
            WatchEvent::Changed(object) => ("changed", object),
            WatchEvent::Deleted(object) => ("deleted", object),
            WatchEvent::Bookmark(object) => ("bookmark", object),
        };
        seen.push(format!("{what} {object}"));
    }
    let expected =
        [r#"changed {"a":1}"#, r#"changed {"b":2}"#, "bookmark {}", r#"deleted {"c":3}"#];
    assert_eq!(seen, expected, "what was cut comes again");
}

#[tokio::test]
async fn a_watch_says_what_is_wrong() {
    let error = |code: u16| {
        json!({"type": "ERROR", "object": {"code": code, "message": "why"}}).to_string() + "\n"
    };
    let cases = [
        (error(410), "the history is gone"),
        (error(500), "the API server says: why (500)"),
        (
            "{\"type\":\"LOST\",\"object\":{}}\n".to_owned(),
            "cannot be read: an event of type \"LOST\"",
        ),
        ("<html>\n".to_owned(), "cannot be read: expected value"),
        ("x".repeat(OBJECT_BYTES + 1), "cannot be read: an event without an end"),
    ];
    for (line, expected) in cases {
        let (_, client) = ApiServer::answering([ok(&line)]);
        let mut watch = client.watch(&lambs(None), "7").await.unwrap();
        let error = watch.next().await.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[tokio::test]
async fn refusals_are_told_apart_by_their_codes() {
    let (_, client) = ApiServer::answering([404, 409, 410, 403].map(refusal));
    let mut errors = Vec::new();
    for _ in 0..4 {
        errors.push(client.get(&lambs(None), "dolly").await.unwrap_err());
    }
    let is_expected = matches!(
        &errors[..],
        [
            ApiError::NotFound(_),
            ApiError::Conflict,
            ApiError::Gone,
            ApiError::Refused { code: 403, .. }
        ]
    );
    assert!(is_expected, "{errors:?}");
    assert_eq!(errors[0].to_string(), "the API server says: as told (404)");
    assert_eq!(errors[3].to_string(), "the API server says: as told (403)");
}

#[tokio::test]
async fn an_answer_larger_than_any_object_is_not_read_to_its_end() {
    let (_, client) = ApiServer::answering([ok(&"x".repeat(OBJECT_BYTES + 1))]);
    let error = client.get(&lambs(None), "dolly").await.unwrap_err();
    assert!(matches!(error, ApiError::Malformed(_)), "{error}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_does_not_come_is_not_waited_for() {
    let (_, client) = ApiServer::answering([]);
    let start = Instant::now();
    let error = client.get(&lambs(None), "dolly").await.unwrap_err();
    assert!(matches!(error, ApiError::Silent), "{error}");
    assert!(start.elapsed() < ANSWER + Duration::from_secs(1), "{:?}", start.elapsed());
}

#[tokio::test]
async fn an_empty_name_is_not_asked_for() {
    let (fake, client) = ApiServer::answering([]);
    let error = client.get(&lambs(None), "").await.unwrap_err();
    assert!(matches!(error, ApiError::Unaskable(_)), "{error}");
    assert!(fake.lines().is_empty(), "it would be the whole collection");
}
