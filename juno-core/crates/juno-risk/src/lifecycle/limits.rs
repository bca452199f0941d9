use super::page::percent;
use crate::blend::{MIN_IN_MEASURE, SEASONED, StageModel};
use crate::{BlendRiskModel, Input};

/// What a model cannot do, in plain words, from what it has seen.
pub(super) fn limits(model: &BlendRiskModel) -> Vec<String> {
    let stages = model.stages();
    let mut limits = Vec::new();
    limits.push(format!(
        "It speaks of sprints at {} of their planned time, and of what lies between; further than a quarter of the planned \
         time from these, earlier sprints that stood alike answer instead.",
        list(stages.iter().map(|stage| percent(stage.stage.get()))),
    ));
    for (unit, seen) in [
        ("points", (|stage: &StageModel| stage.in_points) as fn(&StageModel) -> u32),
        ("issues", |stage: &StageModel| stage.sprints.saturating_sub(stage.in_points)),
    ] {
        let few = stages.iter().filter(|stage| seen(stage) < MIN_IN_MEASURE);
        let few: Vec<String> = few.map(|stage| percent(stage.stage.get())).collect();
        if !few.is_empty() {
            limits.push(format!(
                "It has seen fewer than {MIN_IN_MEASURE} sprints counted in {unit} at {}: there, too, earlier sprints answer.",
                list(few.into_iter()),
            ));
        }
    }
    let never = |input: &&Input| {
        stages.iter().all(|stage| {
            let spread = stage.spread.of_input(**input);
            stage.spread.sprints > 0
                && spread.is_some_and(|of| of.counts.last() == Some(&stage.spread.sprints))
        })
    };
    let never: Vec<String> = Input::ALL.iter().filter(never).map(|input| input.name().to_owned()).collect();
    if !never.is_empty() {
        limits.push(format!(
            "It has never seen {}: knowing more changes no forecast.",
            list(never.into_iter())
        ));
    }
    let data = model.data();
    for (n, what) in [(data.projects, "project"), (data.teams, "team")] {
        if n == 1 {
            limits.push(format!("It has seen one {what} only; how far that holds for others is not known."));
        }
    }
    if data.last.is_none() {
        limits.push("Its data had no dates: what was known when is told by sprint ids.".to_owned());
    }
    limits.push(format!(
        "A team with fewer than {SEASONED} finished sprints is forecast from its project, and a new project from all others."
    ));
    limits
        .push("It learns from what teams did, not from why: a forecast is no verdict on people.".to_owned());
    if model.scores().is_none() {
        limits.push("It was not scored when it was trained.".to_owned());
    }
    limits
}

/// "a, b and c".
fn list(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    match items.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        Some((only, _)) => only.clone(),
        None => String::new(),
    }
}
