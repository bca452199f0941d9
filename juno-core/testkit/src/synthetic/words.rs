//! Summaries, descriptions, goals and comments that read like a team's own.

use super::catalogue::{BUG, STORY, SUB_TASK, TEAMS};
use super::dice::Dice;

const WHO: [&str; 8] = [
    "customers",
    "support agents",
    "admins",
    "new users",
    "partners",
    "auditors",
    "the finance team",
    "returning users",
];
const ACTS: [&str; 12] = [
    "cancel",
    "download",
    "rename",
    "filter by",
    "share",
    "preview",
    "schedule",
    "restore",
    "compare",
    "pin",
    "bulk edit",
    "undo",
];
const FAILS: [&str; 12] = [
    "is missing",
    "shows the wrong date",
    "fails with a 500",
    "is sent twice",
    "times out",
    "loses its order",
    "is cut off",
    "keeps the old value",
    "flickers",
    "ignores the time zone",
    "cannot be saved",
    "shows up empty",
];
const WHEN: [&str; 12] = [
    "after a retry",
    "on slow networks",
    "for archived accounts",
    "when two tabs are open",
    "after the last deploy",
    "with more than 500 rows",
    "in French",
    "at month end",
    "for amounts over 10,000",
    "after a password change",
    "on Safari",
    "behind a proxy",
];
const GOALS: [&str; 10] = [
    "cut support calls",
    "get ready for the audit",
    "faster first load",
    "close the gaps from the pilot",
    "ship the beta to ten customers",
    "pay down the oldest bugs",
    "make retries safe",
    "bring error rate below 0.5 %",
    "finish the migration",
    "one flow for every region",
];
const TECH: [&str; 10] = [
    "the HTTP client",
    "the JSON parser",
    "the test runner",
    "the database driver",
    "the build image",
    "the linter",
    "the logging library",
    "the date library",
    "the base container",
    "the queue client",
];
const STEPS: [&str; 6] = ["Wire up", "Add tests for", "Review copy of", "Clean up", "Measure", "Document"];

/// Titles with words that trip keyword rules: none of these tickets is a duplicate, done, closed or stale.
const TRAPS: [&str; 14] = [
    "Fix duplicate invoices",
    "Close button does nothing on the refund dialog",
    "Resolved addresses are not shown to the courier",
    "Stale cache entries survive a deploy",
    "Duplicate keys in the settlement export",
    "Done badge stays grey after the last step",
    "Won't do: wording of the opt-out button is rude",
    "Add \"abandoned\" state to the basket report",
    "Block lists with a comma, like \"a, b\", are split",
    "Reopen closed accounts without a new contract",
    "Épargne: l'intitulé du virement est tronqué",
    "Обновить тексты писем о возврате",
    "100% discount is rounded to 99.99%",
    "O'Brien; DROP TABLE customers -- breaks the import",
];

const TALK: [&str; 28] = [
    "Could reproduce this on staging.",
    "Not able to reproduce, which build was that?",
    "I'll take a look after stand-up.",
    "Talked to design, the second variant it is.",
    "Waiting for the other team to confirm the contract.",
    "Still needed? We said we would decide after the pilot.",
    "Two more customers asked about this today.",
    "PR is up, needs one more pair of eyes.",
    "Merged, will be in tomorrow's build.",
    "Tests are green now, the fixture was wrong.",
    "This is bigger than we thought, splitting it may help.",
    "Moved the copy changes out, they need legal.",
    "Checked the logs: it happens about twenty times a day.",
    "Can we get an estimate for this one?",
    "Parking this until the new pipeline is there.",
    "Looks good to me, one question about the retry.",
    "The screenshot in the description is outdated.",
    "Agreed in refinement: keep it small, no new screen.",
    "Support has a workaround, so this can wait.",
    "I added the failing request to the description.",
    "Blocked by missing test data again.",
    "Rolled back, it broke the nightly run.",
    "Second attempt is on staging, please test.",
    "Who owns this now?",
    "Let's do this together with the cleanup.",
    "Numbers from last week attached.",
    "Same here on the newest version.",
    "Verified on production, thanks!",
];

/// A summary for a new issue of `kind`, in the words of team `seed`.
pub(crate) fn summary(dice: &mut Dice, seed: usize, kind: usize) -> String {
    if kind != SUB_TASK && dice.chance(0.05) {
        return dice.pick(&TRAPS).to_owned();
    }
    let team = &TEAMS[seed];
    let thing = dice.pick(&team.things);
    let place = dice.pick(&team.places);
    match (kind, dice.whole(0, 3)) {
        (STORY, 0) => format!("Let {} {} {} {thing}", dice.pick(&WHO), dice.pick(&ACTS), article(thing)),
        (STORY, 1) => format!("Show the {thing} on {place}"),
        (STORY, 2) => format!("Make it easy to {} {} {thing} from {place}", dice.pick(&ACTS), article(thing)),
        (STORY, _) => format!("Support more than one {thing} in {place}"),
        (BUG, 0 | 1) => capital(&format!("{thing} {} {}", dice.pick(&FAILS), dice.pick(&WHEN))),
        (BUG, 2) => capital(&format!("{place} {} {}", dice.pick(&FAILS), dice.pick(&WHEN))),
        (BUG, _) => format!("Wrong {thing} on {place} {}", dice.pick(&WHEN)),
        (SUB_TASK, _) => format!("{} the {thing}", dice.pick(&STEPS)),
        (_, 0) => format!("Upgrade {} to {}.{}", dice.pick(&TECH), dice.whole(2, 9), dice.whole(0, 14)),
        (_, 1) => format!("Remove the old {thing} code from {place}"),
        (_, 2) => format!("Write tests for the {thing} in {place}"),
        (_, _) => format!("Move the {thing} out of {place}"),
    }
}

/// Paragraphs of a description; often none.
pub(crate) fn description(dice: &mut Dice, seed: usize, kind: usize) -> Vec<String> {
    let team = &TEAMS[seed];
    let thing = dice.pick(&team.things);
    let place = dice.pick(&team.places);
    if dice.chance(0.22) {
        return Vec::new();
    }
    let mut text = match kind {
        BUG => vec![
            format!("Seen on {place} {}: the {thing} {}.", dice.pick(&WHEN), dice.pick(&FAILS)),
            format!("Steps: open {place}, pick the {thing}, save, reload."),
        ],
        STORY => {
            vec![format!("{} asked for it: the {thing} should be on {place}.", capital(dice.pick(&WHO)))]
        }
        _ => vec![format!("Keeps {place} simple; see the notes on the {thing}.")],
    };
    if dice.chance(0.4) {
        text.push(format!("Out of scope: {} {}.", dice.pick(&ACTS), dice.pick(&team.things)));
    }
    if dice.chance(0.15) {
        text.push(format!("Ask {} first, the wording \"{thing}\" is not final.", dice.pick(&WHO)));
    }
    text
}

/// What someone says about an issue.
pub(crate) fn comment(dice: &mut Dice) -> String {
    dice.pick(&TALK).to_owned()
}

/// A sprint goal.
pub(crate) fn goal(dice: &mut Dice, commas: bool) -> String {
    let first = capital(dice.pick(&GOALS));
    if commas && dice.chance(0.3) { format!("{first}, {}", dice.pick(&GOALS)) } else { first }
}

fn article(noun: &str) -> &'static str {
    if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}
