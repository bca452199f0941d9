//! Sprints: the objects of Jira Cloud and the agile API, and the texts older servers put into issues.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use juno_domain::{BoardId, Sprint, SprintId, SprintState};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::raw::Text;
use crate::instant::parse_iso;

/// What a sprint value says. A value may name a sprint without describing it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ReadSprint {
    pub(crate) id: SprintId,
    /// The sprint; `None` for a bare id, an error where the description cannot be used.
    pub(crate) sprint: Option<Result<Sprint, String>>,
    /// Whether a date came without a zone.
    pub(crate) uncertain: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawSprint<'a> {
    #[serde(borrow)]
    id: Option<Text<'a>>,
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    state: Option<Text<'a>>,
    #[serde(borrow)]
    board_id: Option<Text<'a>>,
    #[serde(borrow)]
    origin_board_id: Option<Text<'a>>,
    #[serde(borrow)]
    rapid_view_id: Option<Text<'a>>,
    #[serde(borrow)]
    goal: Option<Text<'a>>,
    #[serde(borrow)]
    start_date: Option<Text<'a>>,
    #[serde(borrow)]
    activated_date: Option<Text<'a>>,
    #[serde(borrow)]
    end_date: Option<Text<'a>>,
    #[serde(borrow)]
    complete_date: Option<Text<'a>>,
}

/// Whether a field value is made of sprints: every element is a sprint object or text.
pub(crate) fn looks_like_sprints(raw: &RawValue) -> bool {
    let text = raw.get();
    if text.contains("greenhopper.service.sprint.Sprint@") {
        return true;
    }
    if !text.starts_with("[{") && !text.starts_with("[ {") && !text.starts_with("[\n") {
        return false;
    }
    let elements: Result<Vec<RawSprint<'_>>, _> = serde_json::from_str(text);
    elements.is_ok_and(|all| {
        let is_sprint = |s: &RawSprint<'_>| {
            let known = s.state.as_ref().is_some_and(|state| state_of(state.as_str()).is_some());
            known && number(s.id.as_ref()).is_some() && (s.board().is_some() || s.start_date.is_some())
        };
        !all.is_empty() && all.iter().all(is_sprint)
    })
}

/// Reads one sprint: an object, a `…Sprint@1f[id=…]` text, or a bare id.
///
/// # Errors
/// If not even an id can be made out.
pub(crate) fn read_sprint(raw: &RawValue, zone: Option<Tz>) -> Result<ReadSprint, String> {
    if raw.get().starts_with('{') {
        let sprint: RawSprint<'_> =
            serde_json::from_str(raw.get()).map_err(|e| format!("the sprint cannot be read: {e}"))?;
        return sprint.read(zone);
    }
    let text: Text<'_> =
        serde_json::from_str(raw.get()).map_err(|_| "a sprint is an object, a text or an id".to_owned())?;
    read_sprint_text(text.as_str(), zone)
}

/// Reads one sprint from a `…Sprint@1f[id=…]` text, or a bare id.
///
/// # Errors
/// If not even an id can be made out.
pub(crate) fn read_sprint_text(text: &str, zone: Option<Tz>) -> Result<ReadSprint, String> {
    if let Ok(id) = text.trim().parse() {
        return Ok(ReadSprint { id: SprintId(id), sprint: None, uncertain: false });
    }
    parse_text(text).ok_or_else(|| format!("`{}` is no sprint", shortened(text)))?.read(zone)
}

impl RawSprint<'_> {
    fn board(&self) -> Option<u64> {
        [&self.board_id, &self.origin_board_id, &self.rapid_view_id]
            .into_iter()
            .find_map(|id| number(id.as_ref()))
    }

    fn read(&self, zone: Option<Tz>) -> Result<ReadSprint, String> {
        let id = SprintId(number(self.id.as_ref()).ok_or("the sprint has no id")?);
        let mut uncertain = false;
        let sprint = self.describe(id, zone, &mut uncertain);
        Ok(ReadSprint { id, sprint: Some(sprint), uncertain })
    }

    fn describe(&self, id: SprintId, zone: Option<Tz>, uncertain: &mut bool) -> Result<Sprint, String> {
        let mut date = |what: &str, text: &Option<Text<'_>>| -> Result<Option<DateTime<Utc>>, String> {
            let Some(text) = given(text) else { return Ok(None) };
            let read = parse_iso(text, zone)
                .ok_or_else(|| format!("sprint {id}: {what} `{}` is no date", shortened(text)))?;
            *uncertain |= read.uncertain;
            Ok(Some(read.at))
        };
        let start = date("startDate", &self.start_date)?;
        let activated = date("activatedDate", &self.activated_date)?;
        let end = date("endDate", &self.end_date)?;
        let closed_at = date("completeDate", &self.complete_date)?;
        let state = given(&self.state).unwrap_or_default();
        let state = state_of(state).ok_or_else(|| {
            format!("sprint {id}: state `{}` is none of future, active, closed", shortened(state))
        })?;
        Ok(Sprint {
            id,
            name: given(&self.name).map_or_else(|| format!("Sprint {id}"), str::to_owned),
            board: self.board().map(BoardId),
            state,
            goal: given(&self.goal).unwrap_or_default().to_owned(),
            start: activated.or(start),
            end,
            closed_at,
        })
    }
}

fn given<'t>(text: &'t Option<Text<'_>>) -> Option<&'t str> {
    text.as_ref().map(Text::as_str).filter(|t| !matches!(t.trim(), "" | "<null>" | "null"))
}

fn number(text: Option<&Text<'_>>) -> Option<u64> {
    text.and_then(|t| t.as_str().trim().parse().ok())
}

fn state_of(text: &str) -> Option<SprintState> {
    match text.to_ascii_lowercase().as_str() {
        "future" => Some(SprintState::Future),
        "active" => Some(SprintState::Active),
        "closed" => Some(SprintState::Closed),
        _ => None,
    }
}

/// Names inside a sprint text, in no fixed order. A value may hold commas, brackets and equal signs, so it ends
/// only where another of these names begins.
const KEYS: [&str; 13] = [
    "id",
    "rapidViewId",
    "state",
    "name",
    "goal",
    "startDate",
    "endDate",
    "completeDate",
    "activatedDate",
    "sequence",
    "synced",
    "autoStartStop",
    "incompleteIssuesDestinationId",
];

fn parse_text(text: &str) -> Option<RawSprint<'static>> {
    let inside = text.get(text.find('[')? + 1..text.rfind(']')?)?;
    let mut found: Vec<(&str, usize, usize)> = Vec::new();
    let mut after_backslash = false;
    let mut at_name = true;
    for (index, byte) in inside.bytes().enumerate() {
        if at_name {
            let rest = inside.get(index..).unwrap_or_default().trim_start();
            let begins = inside.len() - rest.len();
            let named = KEYS.iter().find(|key| {
                rest.strip_prefix(**key).is_some_and(|r| r.starts_with('='))
                    && !found.iter().any(|(seen, _, _)| seen == *key)
            });
            if let Some(key) = named {
                found.push((key, index, begins + key.len() + 1));
            }
        }
        at_name = byte == b',' && !after_backslash;
        after_backslash = byte == b'\\' && !after_backslash;
    }
    let mut sprint = RawSprint::default();
    for (i, (key, _, value)) in found.iter().enumerate() {
        let end = found.get(i + 1).map_or(inside.len(), |(_, begins, _)| begins.saturating_sub(1));
        let value = Some(Text(unescape(inside.get(*value..end)?).into()));
        match *key {
            "id" => sprint.id = value,
            "rapidViewId" => sprint.rapid_view_id = value,
            "state" => sprint.state = value,
            "name" => sprint.name = value,
            "goal" => sprint.goal = value,
            "startDate" => sprint.start_date = value,
            "endDate" => sprint.end_date = value,
            "completeDate" => sprint.complete_date = value,
            "activatedDate" => sprint.activated_date = value,
            _ => {}
        }
    }
    sprint.id.is_some().then_some(sprint)
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let escapes =
            c == '\\' && chars.peek().is_some_and(|next| matches!(next, ',' | '[' | ']' | '=' | '\\'));
        out.push(if escapes { chars.next().unwrap_or(c) } else { c });
    }
    out
}

/// The beginning of a text, for messages.
pub(crate) fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(60).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(json: &str) -> Sprint {
        let raw: &RawValue = serde_json::from_str(json).unwrap();
        read_sprint(raw, None).unwrap().sprint.unwrap().unwrap()
    }

    #[test]
    fn objects_and_texts_give_the_same_sprint() {
        let object = read(
            r#"{"id":37,"self":"https://x/rest/agile/1.0/sprint/37","state":"closed","name":"Sprint 1, the [big] one",
            "startDate":"2026-01-05T09:00:00.000+0100","endDate":"2026-01-19T09:00:00.000Z",
            "completeDate":"2026-01-19T10:30:00.000Z","originBoardId":4,"goal":"Ship = done"}"#,
        );
        assert_eq!(object.start.unwrap().to_rfc3339(), "2026-01-05T08:00:00+00:00");
        for text in [
            "com.atlassian.greenhopper.service.sprint.Sprint@1f[id=37,rapidViewId=4,state=CLOSED,name=Sprint 1, the [big] one,startDate=2026-01-05T09:00:00.000+01:00,endDate=2026-01-19T09:00:00.000Z,completeDate=2026-01-19T10:30:00.000Z,activatedDate=<null>,sequence=37,goal=Ship = done,autoStartStop=false]",
            "com.atlassian.greenhopper.service.sprint.Sprint@1f[completeDate=2026-01-19T10:30:00.000Z,endDate=2026-01-19T09:00:00.000Z,goal=Ship = done,name=Sprint 1\\\\, the [big] one,rapidViewId=4,sequence=37,startDate=2026-01-05T08:00:00Z,state=CLOSED,id=37]",
        ] {
            assert_eq!(read(&format!("\"{text}\"")), object, "{text}");
        }
    }

    #[test]
    fn a_sprint_in_planning_has_no_dates() {
        let sprint = read(
            "\"…Sprint@2[id=9,rapidViewId=<null>,state=FUTURE,name=Next,goal=,startDate=<null>,endDate=<null>,completeDate=<null>,sequence=9]\"",
        );
        assert_eq!(
            (sprint.state, sprint.start, sprint.end, sprint.board),
            (SprintState::Future, None, None, None)
        );
        assert_eq!(sprint.goal, "");
    }

    #[test]
    fn a_bad_description_keeps_the_id() {
        let raw: Box<RawValue> = serde_json::from_str(r#"{"id":"5","state":"paused","name":"x"}"#).unwrap();
        let read = read_sprint(&raw, None).unwrap();
        assert_eq!(read.id, SprintId(5));
        assert!(read.sprint.unwrap().unwrap_err().contains("`paused`"));
        let id: Box<RawValue> = serde_json::from_str("12").unwrap();
        assert_eq!(read_sprint(&id, None).unwrap().sprint, None);
        for bad in ["\"Sprint 4\"", "null", "[]", "{\"name\":\"x\"}"] {
            let raw: Box<RawValue> = serde_json::from_str(bad).unwrap();
            assert!(read_sprint(&raw, None).is_err(), "{bad}");
        }
    }

    #[test]
    fn sprint_values_are_told_from_other_values_by_their_shape() {
        let looks = |json: &str| looks_like_sprints(serde_json::from_str::<&RawValue>(json).unwrap());
        assert!(looks(r#"[{"id":1,"name":"S","state":"active","boardId":2}]"#));
        assert!(looks(r#"["com.atlassian.greenhopper.service.sprint.Sprint@1[id=1]"]"#));
        for other in [
            "[]",
            "null",
            "[{\"id\":\"10019\",\"value\":\"Impediment\"}]",
            "[{\"id\":1,\"state\":\"active\"}]",
            "5",
        ] {
            assert!(!looks(other), "{other}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,60}", middle in "[a-zA-Z=,\\[\\]\\\\<> 0-9]{0,60}") {
            let both = format!("x@[id=1,name={middle},state=ACTIVE]{text}");
            for text in [text, both] {
                let json = serde_json::to_string(&text).unwrap();
                let raw: Box<RawValue> = serde_json::from_str(&json).unwrap();
                let _ = read_sprint(&raw, None);
                let _ = looks_like_sprints(&raw);
            }
        }

        #[test]
        fn a_name_with_anything_in_it_is_kept(name in "[a-zA-Z,\\[\\]= ]{1,30}") {
            prop_assume!(!KEYS.iter().any(|key| format!(",{name}").replace(' ', "").contains(&format!(",{key}="))));
            prop_assume!(!name.trim().is_empty());
            let text = format!("x.Sprint@1[id=3,rapidViewId=1,state=ACTIVE,name={name},startDate=<null>,goal=<null>]");
            let json = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(read(&json).name, name);
        }
    }
}
